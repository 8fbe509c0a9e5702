"""p-values may close a gate, never open it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.record.policy import Criterion, SmallGroups
from assay.run.people import people_to_decide
from assay.verdict.judge import judge
from assay.verdict.region import NOTHING, region
from assay.verdict.rollup import conclude

SMALL = SmallGroups()


def wants(**given):
    return Criterion(source="house", **given)


def difference(value=0.02, low=0.01, high=0.03, p=0.001, n=1000, **given):
    given = {"shape": "difference", "grouping": "sex", "group": "f", "reference": "m", "comparisons": 1} | given
    interval = Interval(low=low, high=high, confidence=0.95, method="Newcombe")
    return Estimate(name="selection_rate_difference", value=value, n=n, interval=interval, p_value=p, **given)


def judged(estimate, **asked):
    found = judge(estimate, wants(**asked), 0, SMALL)
    return found.outcome, found.reason


def test_within_the_margin_it_passes_whatever_the_p_value():
    for p in (0.0, 1e-12, 0.05, 1.0):
        assert judged(difference(p=p), significance=0.05, margin=0.05) == ("pass", None)


def test_outside_the_margin_significant_fails_and_not_significant_is_undecided():
    wide = {"value": 0.04, "low": 0.01, "high": 0.07}
    assert judged(difference(**wide, p=0.01), significance=0.05, margin=0.05) == ("fail", None)
    assert judged(difference(**wide, p=0.06), significance=0.05, margin=0.05) == ("inconclusive", "interval_straddles")


def test_a_p_value_on_the_level_itself_is_significant():
    assert judged(difference(p=0.05), significance=0.05) == ("fail", None)
    assert judged(difference(p=0.05000000000000001), significance=0.05) == ("inconclusive", "interval_straddles")


def test_an_interval_that_touches_the_margin_lies_within_it():
    assert judged(difference(low=-0.05, high=0.05), significance=0.05, margin=0.05) == ("pass", None)
    assert judged(difference(low=-0.050000001, high=0.05, p=0.5), significance=0.05, margin=0.05)[0] == "inconclusive"


def test_the_adjusted_p_value_decides_where_there_is_one():
    estimate = difference(p=0.02, p_adjusted=0.06, comparisons=3)
    assert judged(estimate, significance=0.05) == ("inconclusive", "interval_straddles")
    sentence = judge(estimate, wants(significance=0.05), 0, SMALL).sentence
    assert "p = 0.06, adjusted for 3 comparisons: not significant at 0.05" in sentence
    assert "does not show that they are equal" in sentence


def test_few_people_fail_by_a_p_value_and_never_pass():
    assert judged(difference(n=12, p=0.001), significance=0.05, margin=0.05) == ("fail", None)
    assert judged(difference(n=12, p=0.5), significance=0.05, margin=0.05) == ("inconclusive", "sample_too_small")


def test_a_group_too_small_to_be_the_reference_does_not_fail_the_other_by_being_better_off():
    assert judged(difference(value=0.3, n=12, p=0.001, worse_only=True), significance=0.05) == (
        "inconclusive",
        "sample_too_small",
    )
    assert judged(difference(value=-0.3, n=12, p=0.001, worse_only=True), significance=0.05)[0] == "fail"


def test_without_a_p_value_nothing_is_said_to_be_equal_or_different():
    assert judged(difference(p=None), significance=0.05) == ("inconclusive", "estimate_undefined")
    assert judged(difference(p=None), significance=0.05, margin=0.05) == ("pass", None)
    bare = Estimate(name="x", value=0.0, n=1000, p_value=0.001)
    assert judged(bare, significance=0.05, margin=0.05) == ("fail", None)


def test_a_margin_of_a_ratio_is_taken_from_one_on_the_scale_of_ratios():
    good = region(wants(margin=0.2), difference(shape="ratio", value=1.0))
    assert (float(good.low), float(good.high)) == (0.8, 1.25)
    assert region(wants(margin=1.0), difference(shape="ratio", value=1.0)) is NOTHING


def test_a_margin_alone_is_decided_by_the_interval_alone():
    assert judged(difference(low=0.06, high=0.09, value=0.07, p=0.5), margin=0.05) == ("fail", None)
    assert judged(difference(low=0.04, high=0.09, value=0.07, p=0.0), margin=0.05)[0] == "inconclusive"


@given(
    st.sampled_from(["value", "ratio", "difference"]),
    st.floats(-5, 5),
    st.tuples(st.floats(-5, 5), st.floats(-5, 5)).map(sorted),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.floats(1e-9, 0.5),
    st.integers(0, 10_000),
    st.booleans(),
    st.sampled_from(["sample", "exact"]),
)
def test_no_p_value_alone_ever_passes(shape, value, ends, p, adjusted, level, n, worse_only, basis):
    estimate = difference(value, *ends, p, n, shape=shape, p_adjusted=adjusted, worse_only=worse_only, basis=basis)
    criterion = wants(significance=level)
    assert judge(estimate, criterion, 0, SMALL).outcome in ("fail", "inconclusive")
    found = conclude(criteria=(criterion,), measured=Measured(estimates=(estimate,)))
    assert found.outcome in ("fail", "inconclusive")


@given(st.floats(0, 1), st.floats(0, 1), st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(sorted), st.integers(1, 99))
def test_a_smaller_p_value_never_opens_what_a_larger_one_closed(one, other, ends, n):
    smaller, larger = sorted((one, other))
    asked = {"significance": 0.05, "margin": 0.1}
    outcomes = [judged(difference(0.0, *ends, p, n), **asked)[0] for p in (smaller, larger)]
    assert outcomes == sorted(outcomes)  # fail, inconclusive, pass


def test_the_most_significant_leads_the_sentence():
    estimates = tuple(difference(p=p, group=name) for name, p in (("a", 0.04), ("b", 0.0001), ("c", 0.03)))
    found = conclude(criteria=(wants(significance=0.05),), measured=Measured(estimates=estimates))
    assert found.sentence.startswith("Selection rate difference of b against m")


def test_a_number_of_people_is_told_only_where_an_interval_would_decide():
    counts = {"numerator": 50, "denominator": 100, "reference_numerator": 51, "reference_denominator": 100}
    near = difference(-0.01, -0.15, 0.13, 0.9, 100, **counts)
    assert people_to_decide(near, wants(significance=0.05), SMALL) is None
    assert people_to_decide(near, wants(significance=0.05, margin=0.005), SMALL) is None
    assert people_to_decide(near, wants(significance=0.05, margin=0.05), SMALL) > 1000


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"significance": 0.0}, "above 0"),
        ({"significance": 0.51}, "at most 0.5"),
        ({"margin": 0.0}, "above 0"),
        ({"margin": -0.1, "significance": 0.05}, "above 0"),
        ({"significance": 0.05, "at_most": 0.1}, "exactly one"),
        ({"margin": 0.05, "at_most": 0.1}, "exactly one"),
        ({"significance": 0.05, "decide_on": "estimate"}, "never by the estimate"),
        ({"significance": 0.05, "sides": "one"}, "both sides"),
        ({"margin": 0.05, "sides": "one"}, "both sides"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, told):
    with pytest.raises(ValidationError, match=told):
        wants(**asked)
