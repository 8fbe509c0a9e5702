"""What a check says of itself when it is registered, and what its parameters refuse."""

import pytest

from assay.checks.registry import CheckParameters, check, find, names
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from builders import context, manifest

DOCSTRING = "Asks.\n\nMethod: m.\nEvidence: e.\nInconclusive when: i.\nLimits: l.\nSource: s.\n"
AGAINST = [name for name in names() if "against" in find(name).parameters.model_fields]
MAY_BE_THE_SAME = ["performance.gain_over_naive"]
"""Its naive model may know the share of events of the very data."""


class Parameters(CheckParameters):
    """Which number is given."""

    number: str = "first"


def needs(p, view):
    return Needs(())


def given(name):
    def numbers(evidence, p, context):
        return Measured(estimates=(Estimate(name=name, value=1.0),))

    numbers.__doc__ = DOCSTRING + "`number`"
    return check("custom.numbers", version=1, estimates={"{number}_number": "higher", "other": 0})(numbers)


def test_an_estimate_that_a_check_does_not_name_is_an_error_and_no_number():
    there = given("first_number")
    assert there.gives(there.parameters()) == {"first_number": "higher", "other": 0}
    assert there.measure(Evidence({}), there.parameters(), context(manifest())).estimates[0].value == 1
    with pytest.raises(TypeError, match=r"custom\.numbers gives estimates that it does not name: first_number"):
        there.measure(Evidence({}), there.parameters(number="second"), context(manifest()))
    with pytest.raises(TypeError, match="does not name: misspelt"):
        given("misspelt").measure(Evidence({}), there.parameters(), context(manifest()))


def test_what_is_good_may_follow_from_the_name_that_a_parameter_gives():
    stable = find("performance.stability_over_time")
    assert stable.gives(stable.parameters()) == {"auc": "higher"}
    assert stable.gives(stable.parameters(metric="brier")) == {"brier": "lower"}


@pytest.mark.parametrize("name", AGAINST)
def test_data_beside_themselves_differ_in_nothing_so_that_it_is_refused(name):
    parameters = find(name).parameters
    if name in MAY_BE_THE_SAME:
        assert parameters(data="train", against="train")
        return
    assert parameters(data="train", against="test")
    for same in ({"data": "train"}, {"against": "test"}, {"data": "production", "against": "production"}):
        with pytest.raises(ValueError, match="`data` and `against` are both"):
            parameters(**same)


@pytest.mark.parametrize("name", names())
def test_an_empty_list_in_the_place_of_a_word_would_measure_nothing_so_that_it_is_refused(name):
    parameters = find(name).parameters
    lists = [
        field
        for field, info in parameters.model_fields.items()
        if isinstance(info.default, str) and "tuple" in str(info.annotation)
    ]
    for field in lists:
        with pytest.raises(ValueError, match=r"empty list|at least 1 item"):
            parameters(**{field: ()})
