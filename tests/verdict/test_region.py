"""The good side of a criterion (the one place where numbers are compared)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.estimate import Estimate, Interval
from assay.record.policy import Criterion
from assay.verdict.region import NOTHING, Region, region


def criterion(**given):
    return Criterion(source="convention", **given)


def ratio(value=0.9, **given):
    return Estimate(name="impact_ratio", shape="ratio", grouping="sex", group="f", reference="m", value=value, **given)


def test_a_decimal_threshold_is_the_fraction_a_policy_means():
    assert region(criterion(at_least=0.8), ratio()).low == Fraction(4, 5)


def test_two_fifths_against_eight_twenty_fifths_is_exactly_four_fifths_and_passes():
    estimate = ratio(
        value=(8 / 25) / (2 / 5), numerator=8, denominator=25, reference_numerator=2, reference_denominator=5
    )
    assert estimate.exact == Fraction(4, 5)
    assert region(criterion(at_least=0.8), estimate).holds(estimate.exact)
    assert not region(criterion(above=0.8), estimate).holds(estimate.exact)


def test_a_ratio_is_judged_on_both_sides():
    good = region(criterion(at_least=0.8), ratio())
    assert (good.low, good.high) == (Fraction(4, 5), Fraction(5, 4))
    good = region(criterion(at_most=1.25), ratio())
    assert (good.low, good.high) == (Fraction(4, 5), Fraction(5, 4))


def test_sides_one_keeps_the_stated_direction_only():
    good = region(criterion(at_least=0.8, sides="one"), ratio())
    assert (good.low, good.high) == (Fraction(4, 5), None)


def test_a_difference_is_bounded_in_absolute_value_whichever_way_it_is_written():
    difference = Estimate(name="d", shape="difference", value=0.0)
    for written in ({"at_most": 0.1}, {"at_least": -0.1}):
        good = region(criterion(**written), difference)
        assert (good.low, good.high) == (Fraction(-1, 10), Fraction(1, 10))


def test_a_group_too_small_to_be_a_reference_can_only_be_found_worse_off():
    good = region(criterion(at_least=0.8), ratio(worse_only=True))
    assert (good.low, good.high) == (Fraction(4, 5), None)


def test_where_high_is_worse_a_small_group_can_only_be_found_too_high():
    worse = {"worse_only": True, "high_is_worse": True}
    good = region(criterion(at_least=0.8), ratio(**worse))
    assert (good.low, good.high) == (None, Fraction(5, 4))
    difference = Estimate(name="d", shape="difference", value=0.0, **worse)
    for written in ({"at_most": 0.1}, {"at_least": -0.1}, {"margin": 0.1}):
        good = region(criterion(**written), difference)
        assert (good.low, good.high) == (None, Fraction(1, 10))
    assert region(criterion(significance=0.05), difference) is NOTHING


def test_a_record_says_that_high_is_worse_only_where_it_is():
    assert "high_is_worse" not in ratio(worse_only=True).model_dump()
    assert ratio(worse_only=True, high_is_worse=True).model_dump()["high_is_worse"] is True


def test_a_plain_value_has_only_the_stated_side():
    auc = Estimate(name="auc", value=0.75)
    assert region(criterion(at_least=0.7), auc) == Region(Fraction(7, 10), None)
    assert region(criterion(reported=True), auc) is None


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.8, 1.0, "pass"),
        (0.7999, 1.0, "inconclusive"),
        (0.5, 0.7999, "fail"),
        (0.5, 0.8, "inconclusive"),
        (0.9, 1.3, "inconclusive"),
        (1.2501, 1.5, "fail"),
        (None, 0.9, "inconclusive"),
        (0.9, None, "inconclusive"),
    ],
)
def test_an_interval_passes_wholly_inside_and_fails_wholly_outside(low, high, answer):
    good = region(criterion(at_least=0.8), ratio())
    assert good.answer(Interval(low=low, high=high, confidence=0.95, method="m")) == answer


@given(st.floats(-2, 2), st.floats(0, 1), st.integers(-100, 100).map(lambda k: k / 100))
def test_an_interval_which_passes_holds_only_good_points_and_one_which_fails_none(low, width, threshold):
    good = region(criterion(at_least=threshold), Estimate(name="auc", value=0.0))
    interval = Interval(low=low, high=low + width, confidence=0.95, method="m")
    inside = [good.holds(low), good.holds(low + width / 2), good.holds(low + width)]
    answer = good.answer(interval)
    assert (answer == "pass") == all(inside) or width == 0
    assert (answer == "fail") == (not any(inside)) or width == 0


@pytest.mark.parametrize(
    ("shape", "given", "low", "high"),
    [
        ("difference", {"at_least": 0.3}, Fraction(3, 10), None),
        ("difference", {"at_most": -0.05}, None, Fraction(-1, 20)),
        ("difference", {"at_least": 0}, Fraction(0), None),
        ("ratio", {"at_most": 0.9}, None, Fraction(9, 10)),
        ("ratio", {"at_least": 1.1}, Fraction(11, 10), None),
    ],
)
def test_a_threshold_whose_good_side_leaves_out_equality_is_not_mirrored(shape, given, low, high):
    good = region(criterion(**given), Estimate(name="x", shape=shape, value=1.0))
    assert (good.low, good.high) == (low, high)


def test_a_threshold_next_to_nothing_is_refused():
    with pytest.raises(ValueError, match="in size"):
        criterion(at_least=1e-310)
