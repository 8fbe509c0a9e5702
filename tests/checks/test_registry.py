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
LISTS = [
    (name, field)
    for name in names()
    for field, info in find(name).parameters.model_fields.items()
    if isinstance(info.default, str) and "tuple" in str(info.annotation)
]
"""Parameters that are a list or a word such as `declared`."""
MAY_BE_THE_SAME = ["performance.gain_over_naive"]
"""Its naive model may know the share of events of the very data."""


class Parameters(CheckParameters):
    """Which number is given."""

    number: str = "first"


def needs(p, view):
    return Needs(())


def given(*names):
    def numbers(evidence, p, context):
        return Measured(estimates=tuple(Estimate(name=name, value=1.0) for name in names))

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


def test_the_first_estimate_that_is_given_is_judged_so_that_it_must_be_the_first_that_is_named():
    for names_ in [("first_number", "other"), ("first_number", "other", "first_number"), ("other",), ()]:
        there = given(*names_)
        found = there.measure(Evidence({}), there.parameters(), context(manifest())).estimates
        assert tuple(each.name for each in found) == names_
    with pytest.raises(TypeError, match=r"custom\.numbers gives other first, and names first_number before it"):
        given("other", "first_number").measure(Evidence({}), there.parameters(), context(manifest()))


# A version counts the changes of a method, so that none is lost and numbers of two methods are told apart.
VERSIONS = {
    "data.distribution_shift": 2,
    "data.drift": 3,
    "data.entity_overlap": 2,
    "data.near_overlap": 2,
    "data.overlap": 2,
    "data.time_order": 2,
    "governance.digests": 2,
    "governance.documents": 2,
    "performance.auc": 2,
    "performance.root_mean_squared_error": 2,
    "performance.stability_over_time": 2,
}


def test_a_changed_method_has_a_version_of_its_own():
    shipped = [find(name) for name in names() if find(name).measure.__module__.startswith("assay.")]
    assert {check.id: check.version for check in shipped if check.version != 1} == VERSIONS


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


def test_there_are_checks_that_take_a_list_in_the_place_of_a_word():
    assert {("data.drift", "columns"), ("fairness.impact_ratio", "groups")} < {*LISTS}


@pytest.mark.parametrize(("name", "field"), LISTS)
def test_an_empty_list_in_the_place_of_a_word_would_measure_nothing_so_that_it_is_refused(name, field):
    parameters = find(name).parameters
    assert parameters(**{field: ("a", "b", "c")})
    with pytest.raises(ValueError, match=r"empty list|at least 1 item"):
        parameters(**{field: ()})
