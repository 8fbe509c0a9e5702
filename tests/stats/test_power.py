"""Numbers of people and what they show, against exact probabilities and published approximations."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from assay.stats.comparison import difference_interval, ratio_interval
from assay.stats.power import (
    Rule,
    bound_shown,
    disparity_found,
    people_needed,
    power_to_fail,
    power_to_pass,
)

FOUR_FIFTHS = Rule("ratio", 0.8, 1.25)
TENTH = Rule("difference", -0.1, 0.1)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (0.05, (2831, 4994, 11152)),
        (0.1, (1341, 2372, 5309)),
        (0.2, (596, 1060, 2387)),
        (0.3, (348, 623, 1413)),
        (0.5, (149, 274, 634)),
    ],
)
def test_the_table_of_one_side_at_90_percent_is_met(rate, expected):
    # 80 % power to show a ratio above 0.8, the reference five times as many, by true ratio
    rule = Rule("ratio", 0.8, None, confidence=0.9)
    assert tuple(people_needed(rule, rate, true, 0.8, 5) for true in (1.0, 0.95, 0.9)) == expected


def exact(rule, rate, true, people, reference):
    """Probabilities of pass and fail of the intervals that are really used, summed over all tables."""
    interval = ratio_interval if rule.shape == "ratio" else difference_interval
    own = rate * true if rule.shape == "ratio" else rate + true
    likely = [np.flatnonzero(binom.pmf(np.arange(n + 1), n, p) > 1e-7) for n, p in ((people, own), (reference, rate))]
    chances = [binom.pmf(ks, n, p) for ks, (n, p) in zip(likely, ((people, own), (reference, rate)), strict=True)]
    passes = fails = 0.0
    for k, a in zip(likely[0], chances[0], strict=True):
        for other, b in zip(likely[1], chances[1], strict=True):
            found = interval((int(k), people), (int(other), reference), rule.confidence)
            high = np.inf if found.high is None else found.high
            passes += a * b * (found.low >= rule.low and high <= rule.high)
            fails += a * b * (high < rule.low or found.low > rule.high)
    return passes, fails


@pytest.mark.parametrize(
    ("rule", "rate", "true", "people", "reference"),
    [
        (FOUR_FIFTHS, 0.5, 1.0, 300, 300),
        (FOUR_FIFTHS, 0.3, 0.95, 400, 400),
        (FOUR_FIFTHS, 0.5, 0.6, 150, 150),
        (FOUR_FIFTHS, 0.2, 0.5, 200, 200),
        (TENTH, 0.3, 0.0, 400, 400),
        (TENTH, 0.5, -0.2, 200, 300),
    ],
)
def test_the_power_is_that_of_the_intervals_that_decide(rule, rate, true, people, reference):
    passes, fails = exact(rule, rate, true, people, reference)
    assert power_to_pass(rule, rate, true, people, reference) == pytest.approx(passes, abs=0.05)
    assert power_to_fail(rule, rate, true, people, reference) == pytest.approx(fails, abs=0.05)


def test_a_ratio_of_six_tenths_is_nearly_always_found_with_a_thousand_people_each():
    assert power_to_fail(FOUR_FIFTHS, 0.5, 0.6, 1000, 1000) > 0.99


@given(st.floats(0.05, 0.8), st.floats(0.85, 1.15), st.floats(0.5, 0.95), st.floats(0.2, 10))
def test_one_person_fewer_is_too_few(rate, true, power, multiple):
    assume(rate * true < 0.99)
    n = people_needed(FOUR_FIFTHS, rate, true, power, multiple)
    assert power_to_pass(FOUR_FIFTHS, rate, true, n, multiple * n) >= power
    assert n == 1 or power_to_pass(FOUR_FIFTHS, rate, true, n - 1, multiple * (n - 1)) < power


@given(st.floats(0.05, 0.9), st.integers(20, 100_000), st.integers(1, 190))
def test_more_comparisons_find_less(rate, people, comparisons):
    alone, among = (
        disparity_found(Rule("ratio", 0.8, 1.25, comparisons=m), rate, people, people) for m in (1, comparisons)
    )
    if among is not None:
        assert among <= alone <= 0.8
        rule = Rule("ratio", 0.8, 1.25, comparisons=comparisons)
        assert power_to_fail(rule, rate, among, people, people) >= 0.8


@given(st.sampled_from(["ratio", "difference"]), st.floats(0.05, 0.95), st.integers(30, 100_000))
def test_the_bound_that_equal_groups_show_is_shown_by_just_so_many_people(shape, rate, people):
    bound = bound_shown(shape, rate, people, people)
    rule = Rule(shape, bound, 1 / bound) if shape == "ratio" else Rule(shape, -bound, bound)
    assert power_to_pass(rule, rate, 1.0 if shape == "ratio" else 0.0, people, people) == pytest.approx(0.8, abs=1e-9)


def test_what_no_number_of_people_decides_has_no_number():
    assert people_needed(FOUR_FIFTHS, 0.3, 0.8) is None
    assert people_needed(FOUR_FIFTHS, 0.3, 1.25) is None
    assert people_needed(FOUR_FIFTHS, 0.0, 1.0) is None
    assert people_needed(FOUR_FIFTHS, 1.0, 1.0) is None
    assert people_needed(FOUR_FIFTHS, 0.9, 1.2) is None
    assert people_needed(TENTH, 0.05, -0.06) is None
    assert disparity_found(FOUR_FIFTHS, 0.1, 5, 5) is None
    assert disparity_found(Rule("ratio", None, 1.25), 0.5, 1000, 1000) is None
    assert bound_shown("ratio", 0.0, 100, 100) is None
    with pytest.raises(ValueError, match="no comparison"):
        power_to_pass(FOUR_FIFTHS, 0.3, 1.0, 0, 10)


def test_a_difference_below_the_bound_is_found_at_its_distance():
    found = disparity_found(TENTH, 0.5, 400, 400)
    assert -0.22 < found < -0.19
    assert power_to_fail(TENTH, 0.5, found, 400, 400) == pytest.approx(0.8, abs=1e-6)
