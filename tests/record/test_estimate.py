import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from assay.record.estimate import Estimate, Exhibit


def of(group, reference=None):
    return Estimate(name="impact_ratio", grouping="race", group=group, reference=reference, value=1.0).id


def test_ordinary_names_stand_in_the_id_as_they_are():
    assert of("18-24", "25-34") == "impact_ratio[race: 18-24 / 25-34]"
    assert of("and/or", "b") == "impact_ratio[race: and/or / b]"


def test_the_same_of_two_groupings_has_two_ids():
    whole = [Estimate(name="gap", grouping=grouping, of=of, value=0.1).id for grouping in "ab" for of in (None, "x")]
    assert whole == ["gap[a]", "gap of x[a]", "gap[b]", "gap of x[b]"]


def test_a_name_with_a_slash_between_spaces_is_quoted():
    assert of("Black / African", "White") == "impact_ratio[race: “Black / African” / White]"


names = st.text(alphabet="a/ “”", min_size=1, max_size=6)
compared = st.tuples(names, st.none() | names)


@given(compared, compared)
@example(("a / b", "c"), ("a", "b / c"))
@example(("a /", "b"), ("a", "/ b"))
@example(("“a", "b”"), ("a / b", None))
def test_two_comparisons_never_have_the_same_id(one, other):
    assert (of(*one) == of(*other)) == (one == other)


def exhibit(columns, rows):
    named = [{"name": f"c{i}", "title": "C", "unit": "text"} for i in range(columns)]
    return Exhibit.model_validate_json(json.dumps({"name": "x", "title": "X", "columns": named, "rows": rows}))


@pytest.mark.parametrize(("columns", "rows"), [(0, []), (0, [[]]), (1, [[]]), (1, [["a"], ["a", "b"]]), (2, [["a"]])])
def test_a_table_without_columns_or_with_rows_of_another_length_is_no_exhibit(columns, rows):
    with pytest.raises(ValidationError, match=r"as many cells|at least 1 item"):
        exhibit(columns, rows)


def test_an_exhibit_may_have_no_rows_and_empty_cells():
    assert exhibit(2, []).rows == ()
    assert exhibit(2, [["a", None]]).rows == (("a", None),)
