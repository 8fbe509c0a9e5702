import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from assay.stats.comparison import (
    difference_interval,
    exact_difference_interval,
    exact_ratio_interval,
    mover_difference,
    ratio_interval,
)

rates = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
ALL = (ratio_interval, difference_interval, exact_ratio_interval, exact_difference_interval)


# Perondi et al. 2004: 7 of 34 against 1 of 34; intervals as in Fagerland, Lydersen and Laake, Statistical Analysis of
# Contingency Tables (2017), chapter 4, computed there by the authors' own code.
def test_the_textbook_example_of_mover_r_is_reproduced():
    found = ratio_interval((7, 34), (1, 34), 0.95)
    assert (found.low, found.high) == pytest.approx((1.1537, 41.9763), abs=5e-5)


def test_the_textbook_example_of_newcombe_is_reproduced():
    found = difference_interval((7, 34), (1, 34), 0.95)
    assert (found.low, found.high) == pytest.approx((0.0189, 0.3404), abs=5e-5)


@given(rates, rates, st.sampled_from([0.8, 0.95, 0.999]))
def test_the_difference_equals_newcombe_of_statsmodels(a, b, confidence):
    expected = confint_proportions_2indep(*a, *b, compare="diff", method="newcomb", alpha=1 - confidence)
    found = difference_interval(a, b, confidence)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [((30, 100), (45, 120)), ((300, 1000), (350, 900)), ((12, 150), (40, 200))])
def test_the_ratio_agrees_with_koopman_within_four_percent_from_a_hundred_on(a, b):
    koopman = confint_proportions_2indep(*a, *b, compare="ratio", method="score", correction=False)
    found = ratio_interval(a, b, 0.95)
    assert (found.low, found.high) == pytest.approx(koopman, rel=0.04)


@given(rates, rates)
def test_exchanging_the_groups_gives_the_reciprocal_ratio_and_the_negative_difference(a, b):
    for interval in (ratio_interval, exact_ratio_interval):
        one, other = interval(a, b, 0.95), interval(b, a, 0.95)
        assert one.low * (other.high or math.inf) == pytest.approx(1) if one.low else other.high is None
    for interval in (difference_interval, exact_difference_interval):
        one, other = interval(a, b, 0.95), interval(b, a, 0.95)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@given(rates, rates, st.sampled_from(ALL))
def test_every_interval_has_width_holds_its_estimate_and_widens_with_confidence(a, b, interval):
    narrow, wide = interval(a, b, 0.9), interval(a, b, 0.99)
    for found in (narrow, wide):
        assert math.isfinite(found.low)
        assert found.high is None or found.low < found.high < math.inf
    assert wide.low <= narrow.low
    assert wide.high is None or (narrow.high is not None and wide.high >= narrow.high)
    difference = interval in (difference_interval, exact_difference_interval)
    if difference or b[0]:
        value = a[0] / a[1] - b[0] / b[1] if difference else (a[0] / a[1]) / (b[0] / b[1])
        assert narrow.low <= value + 1e-12
        assert narrow.high is None or value <= narrow.high + 1e-12


# Fairlearn, statsmodels (log, log-adjusted): errors, NaN or a zero width here; see the table of edge cases.
@pytest.mark.parametrize(("a", "b"), list(itertools.product([(0, 20), (5, 20), (20, 20)], repeat=2)))
@pytest.mark.parametrize("interval", ALL)
def test_nobody_and_everybody_have_intervals_too(a, b, interval):
    found = interval(a, b, 0.95)
    assert found.high is None or found.high - found.low > 0.1
    unbounded = interval in (ratio_interval, exact_ratio_interval) and b[0] == 0
    assert (found.high is None) == unbounded


def coverage(interval, truth, n, m, p, q):
    """By exact enumeration of all n + 1 by m + 1 results."""
    own, other = binom.pmf(range(n + 1), n, p), binom.pmf(range(m + 1), m, q)
    return sum(
        own[x] * other[y]
        for x in range(n + 1)
        for y in range(m + 1)
        for found in [interval((x, n), (y, m), 0.95)]
        if found.low <= truth and (found.high is None or truth <= found.high)
    )


def test_mover_covers_on_average_as_often_as_it_says():
    grid = [(p, q) for p in (0.1, 0.3, 0.5, 0.8) for q in (0.2, 0.4, 0.7)]
    for interval, of in ((ratio_interval, lambda p, q: p / q), (difference_interval, lambda p, q: p - q)):
        covered = [coverage(interval, of(p, q), 30, 30, p, q) for p, q in grid]
        assert np.mean(covered) == pytest.approx(0.95, abs=0.01)
        assert min(covered) > 0.92


def test_the_exact_intervals_never_cover_less_than_they_say():
    for p, q in ((0.05, 0.5), (0.3, 0.35), (0.9, 0.6)):
        assert coverage(exact_ratio_interval, p / q, 8, 25, p, q) >= 0.95
        assert coverage(exact_difference_interval, p - q, 8, 25, p, q) >= 0.95


def test_mover_of_symmetric_limits_is_the_wald_interval():
    low, high = mover_difference(0.8, (0.77, 0.83), 0.7, (0.66, 0.74))
    assert (low, high) == pytest.approx((0.1 - 0.05, 0.1 + 0.05))


def test_intervals_say_how_they_were_made():
    methods = [interval((1, 5), (2, 9), 0.9).method for interval in ALL]
    assert methods == ["MOVER-R, Wilson", "Newcombe, Wilson", "Clopper-Pearson", "Clopper-Pearson"]
