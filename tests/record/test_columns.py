"""Names that nothing could call by, and probabilities of one group, are refused where they are declared."""

import pytest
from pydantic import ValidationError

from assay.record.columns import Columns, GroupColumn


@pytest.mark.parametrize("block", ["groups", "strata", "candidates"])
@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u2028b"])
def test_a_name_is_one_line_and_not_blank(block, name):
    with pytest.raises(ValidationError, match=f"{block}: a name is one line, and not blank"):
        Columns.model_validate({block: {name: {"column": "c", **({"favourable": 1} if block == "candidates" else {})}}})


@pytest.mark.parametrize("block", ["groups", "strata"])
def test_the_sign_that_crosses_two_groups_is_in_the_name_of_none(block):
    with pytest.raises(ValidationError, match=rf"{block}.sex\*age: `\*` stands between the names of two, and in none"):
        Columns.model_validate({block: {"sex*age": {"column": "c"}}})
    assert Columns.model_validate({block: {"<b>, 'x' {{7*7}}".replace("*", "·"): {"column": "c"}}})


def test_probabilities_are_of_two_groups_at_least():
    with pytest.raises(ValidationError, match="probabilities are of two groups at least"):
        GroupColumn.model_validate({"probabilities": {"a": "pa"}})
    assert GroupColumn.model_validate({"probabilities": {"a": "pa", "b": "pb"}})
