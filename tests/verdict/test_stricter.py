"""Stricter, judged at the gate."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.record.policy import AnswerByTier, Comparison, Criterion, EnforcementByStage
from assay.verdict.region import Region
from assay.verdict.stricter import (
    has_raised,
    milder_than_inconclusive,
    narrower,
    no_milder,
    strictest,
    strictest_enforcement,
)


def asks(**given):
    return Comparison(source="house", **given)


def wants(**given):
    return Criterion(source="house", **given)


@pytest.mark.parametrize(
    ("child", "parent", "expected"),
    [
        ({"at_least": 0.85}, {"at_least": 0.8}, True),
        ({"at_least": 0.8}, {"at_least": 0.8}, True),
        ({"at_least": 0.75}, {"at_least": 0.8}, False),
        ({"at_most": 0.05}, {"at_most": 0.1}, True),
        ({"at_most": 0.2}, {"at_most": 0.1}, False),
        ({"above": 0.6}, {"above": 0.5}, True),
        ({"below": 0.4}, {"below": 0.5}, True),
        ({"between": (0.9, 1.1)}, {"between": (0.8, 1.25)}, True),
        ({"between": (0.7, 1.1)}, {"between": (0.8, 1.25)}, False),
        ({"equals": 1.0}, {"equals": 1.0}, True),
        ({"equals": 1.0}, {"equals": 2.0}, False),
        ({"margin": 0.04}, {"margin": 0.05}, True),
        ({"margin": 0.04}, {"margin": 0.05, "significance": 0.05}, True),
        ({"margin": 0.06}, {"margin": 0.05, "significance": 0.05}, False),
        ({"margin": 0.04, "significance": 0.1}, {"margin": 0.05, "significance": 0.05}, False),
        # a higher level lets more fail; nothing passes by it
        ({"significance": 0.1}, {"significance": 0.05}, True),
        ({"significance": 0.01}, {"significance": 0.05}, False),
        ({"significance": 0.1}, {"margin": 0.05, "significance": 0.05}, False),
        # another operator or another estimate is another requirement
        ({"above": 0.9}, {"at_least": 0.8}, False),
        ({"at_least": 0.9, "estimate": "tpr"}, {"at_least": 0.8}, False),
        ({"at_least": 0.9, "estimate": "tpr"}, {"at_least": 0.8, "estimate": "tpr"}, True),
        ({"at_least": 0.9}, {"reported": True}, False),
    ],
)
def test_less_is_acceptable_to_the_child(child, parent, expected):
    assert narrower(asks(**child), wants(**parent)) is expected


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ({"at_least": 1.2}, {"at_least": 0.9}),  # as a ratio 0.9 to 1.11 becomes 1.2 and above
        ({"at_least": 1.0}, {"at_least": 0.9}),  # 1 itself is not mirrored: 3.0 would be fine
        ({"at_most": 0.9}, {"at_most": 1.1}),
        ({"at_most": 0.0}, {"at_most": 0.1}),  # as a difference -0.1 to 0.1 becomes 0 and below
        ({"at_least": 0.05}, {"at_least": -0.1}),
    ],
)
def test_a_threshold_that_crosses_equality_is_no_stricter_for_ratios_and_differences(child, parent):
    assert not narrower(asks(**child), wants(**parent))
    assert narrower(asks(**child), wants(**parent, sides="one"))


def test_the_strictest_of_several_does_not_depend_on_their_order_and_is_one_of_them():
    criteria = [wants(at_least=number) for number in (0.8, 0.9, 0.85)]
    assert strictest(criteria).at_least == strictest(criteria[::-1]).at_least == 0.9
    # at_least 0 leaves every ratio below it out; 0.9 is mirrored and 1.2 is not: neither holds the other
    assert strictest([wants(at_least=0.0), wants(at_least=0.9), wants(at_least=1.2)]) is None


def test_two_intervals_are_joined_to_what_both_accept():
    joined = strictest([wants(between=(0.8, 1.2)), wants(between=(0.9, 1.3))])
    assert joined.between == (0.9, 1.2)
    assert strictest([wants(between=(0.1, 0.2)), wants(between=(0.3, 0.4))]) is None


def test_enforcement_is_compared_and_joined_stage_by_stage():
    late = EnforcementByStage(development="inform", staging="warn")
    early = EnforcementByStage(development="block", staging="inform")
    assert no_milder("block", late)
    assert not no_milder("warn", late)
    assert not no_milder(early, late)
    assert strictest_enforcement([late, early]) == EnforcementByStage(development="block", staging="warn")
    assert strictest_enforcement([late, "block"]) == "block"
    assert strictest_enforcement(["inform", "warn"]) == "warn"
    assert has_raised("block", "block", late)
    assert not has_raised(late, "block", "block")


@pytest.mark.parametrize(
    ("enforcement", "on_inconclusive", "expected"),
    [
        ("block", None, None),
        ("warn", None, None),
        ("warn", "block", ("development", "low")),
        ("block", "sign_off", None),
        ("warn", AnswerByTier(high="sign_off", otherwise="warn"), ("development", "high")),
        (EnforcementByStage(development="warn"), AnswerByTier(critical="block"), ("development", "critical")),
        (EnforcementByStage(development="inform"), AnswerByTier(otherwise="inform"), None),
    ],
)
def test_where_a_fail_weighs_less_than_an_inconclusive(enforcement, on_inconclusive, expected):
    assert milder_than_inconclusive(enforcement, on_inconclusive) == expected


bounds = st.one_of(st.none(), st.integers(-3, 3).map(Fraction))


@given(bounds, bounds, st.booleans(), bounds, bounds, st.booleans())
def test_a_region_lies_within_another_exactly_where_no_point_of_it_lies_outside(
    low, high, closed, low2, high2, closed2
):
    inner, outer = Region(low, high, closed), Region(low2, high2, closed2)
    points = [Fraction(number, 4) for number in range(-20, 21)]
    held = [point for point in points if inner.holds(point)]
    assert inner.within(outer) is all(outer.holds(point) for point in held)
    assert inner.empty is (not held)
