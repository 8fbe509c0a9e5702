from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from assay.stats.auc import auc_of_ranks
from assay.stats.paired_scores import (
    Difference,
    LossSums,
    auc_difference,
    auc_difference_interval,
    mean_difference,
    mean_interval,
    root_difference,
)
from pairs import placements


def differ(y, s, t):
    (a, c), (b, d) = placements(y, s), placements(y, t)
    whole = [[int(one @ two) for one, two in ((f, f), (g, g), (f, g))] for f, g in ((a, b), (c, d))]
    return auc_difference((len(a), len(c)), (int(a.sum()), int(b.sum())), *map(tuple, whole))


scored = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=40)


@given(scored, st.integers(2, 10))
def test_beside_a_score_that_says_nothing_the_difference_is_the_area_less_a_half_with_its_variance(rows, events):
    s, t = np.array(rows).T
    y = (np.arange(len(s)) < min(events, len(s) - 2)).astype(int)
    found = differ(y, s, np.zeros(len(s))).difference
    (a, c), m, n = placements(y, s), int(y.sum()), int((1 - y).sum())
    alone = auc_of_ranks(m, n, int(a.sum()), int(a @ a), int(c @ c))
    assert found.value == pytest.approx(alone.value - 0.5, abs=1e-15)
    assert found.variance == pytest.approx(alone.variance, rel=1e-12, abs=1e-18)
    there, back = differ(y, s, t), differ(y, t, s)
    assert (back.difference.value, back.difference.variance) == (-there.difference.value, there.difference.variance)
    assert (back.first, back.second) == (there.second, there.first)
    if there.first.variance * there.second.variance > 0:
        (a, c), (b, d) = placements(y, s), placements(y, t)
        covariance = np.cov(a, b)[0, 1] / (2 * n) ** 2 / m + np.cov(c, d)[0, 1] / (2 * m) ** 2 / n
        size = np.sqrt(there.first.variance * there.second.variance)
        assert there.correlation * size == pytest.approx(covariance, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("power", [10**6, 10**9])
def test_two_nearly_equal_scores_of_many_rows_do_not_cancel(power):
    people, squares = (power, power), (power**3, power**3, power**3 - power)
    found = auc_difference(people, (power * power, power * power), squares, squares)
    assert found.difference.variance == pytest.approx(2 * 2 * power / (4 * power**2 * (power - 1) * power), rel=1e-12)


def test_a_single_event_has_no_spread_and_the_bound_takes_its_place():
    found = differ(np.array([1, 0, 0]), [3, 1, 2], [0, 1, 2])
    assert found.difference.variance == inf
    interval = auc_difference_interval(found, 0.95)
    assert (interval.low, interval.high, interval.method) == (-1.0, 1.0, "Hoeffding over disjoint pairs")


def test_the_bound_holds_ninety_five_times_in_a_hundred_with_the_fewest_events():
    draw, missed = np.random.default_rng(1), 0
    y = (np.arange(60) < 9).astype(int)
    for _ in range(300):
        interval = auc_difference_interval(differ(y, y + draw.normal(size=60), y + draw.normal(size=60)), 0.95)
        missed += not interval.low <= 0 <= interval.high
    assert missed <= 15


@pytest.mark.parametrize(("events", "nonevents"), [(10, 100), (50, 200)])
@pytest.mark.parametrize(("worse", "better"), [(0.7, 0.7), (0.93, 0.97), (0.97, 0.99)])
def test_a_worse_challenger_does_not_pass_more_often_than_it_may(events, nonevents, worse, better):
    """The lower end lies above the true difference at most 2.5 times in a hundred; DeLong's alone up to 20 times."""
    draw, wrong, times = np.random.default_rng(4), 0, 400
    y = (np.arange(events + nonevents) < events).astype(int)
    shifts = np.sqrt(2) * norm.ppf([worse, better])
    for _ in range(times):
        shared = np.sqrt(0.9) * draw.normal(size=len(y))
        s, t = (shift * y + shared + np.sqrt(0.1) * draw.normal(size=len(y)) for shift in shifts)
        wrong += auc_difference_interval(differ(y, s, t), 0.95).low > worse - better
    assert wrong <= 0.025 * times + 3 * np.sqrt(0.025 * times)


def sums(own, other, unit=1.0):
    m, d = (own + other) / 2 / unit, (other - own) / unit
    return LossSums(len(own), unit, *(float(each) for each in (m.sum(), d.sum(), m @ m, m @ d, d @ d)))


losses = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=40)


@settings(deadline=None)
@given(losses, st.sampled_from([128.0, 1024.0, 2.0**40]))
def test_the_unit_changes_nothing(rows, unit):
    own, other = np.array(rows).T
    for made in (mean_difference, root_difference):
        found, again = made(sums(own, other)), made(sums(own, other, unit))
        assert again.value == pytest.approx(found.value, abs=1e-9)
        assert again.constant == found.constant
        if found.variance != inf:
            assert again.variance == pytest.approx(found.variance, rel=1e-6, abs=1e-12)


def test_the_root_moves_as_the_jackknife_says():
    draw = np.random.default_rng(2)
    own, other = draw.exponential(1, 3000), draw.exponential(1.2, 3000)
    found = root_difference(sums(own, other))

    def root(keep):
        return np.sqrt(other[keep].mean()) - np.sqrt(own[keep].mean())

    everybody = np.arange(3000)
    without = np.array([root(everybody != i) for i in range(3000)])
    jackknife = 2999 / 3000 * ((without - without.mean()) ** 2).sum()
    assert found.value == pytest.approx(root(everybody), abs=1e-12)
    assert found.variance == pytest.approx(jackknife, rel=0.01)


def test_differences_that_do_not_vary_have_an_interval_only_where_they_are_bounded():
    own = np.full(100, 0.25)
    alike = mean_difference(sums(own, own + 0.5))
    assert (alike.constant, alike.variance, alike.value) == (True, 0.0, 0.5)
    assert mean_interval(alike, 0.95) is None
    interval = mean_interval(alike, 0.95, greatest=1.0)
    assert -1 < interval.low < 0.5 < interval.high < 1
    assert mean_interval(Difference(0.1, inf, 1, constant=False), 0.95) is None
    with pytest.raises(ValueError, match="needs rows"):
        mean_difference(LossSums(0, 1.0, 0, 0, 0, 0, 0))
    with pytest.raises(ValueError, match="needs rows"):
        root_difference(LossSums(0, 1.0, 0, 0, 0, 0, 0))
