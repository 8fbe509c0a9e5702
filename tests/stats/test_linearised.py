"""Variances from influences: those of means, of weighted means, of random groups; and the intervals made of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.stats.linearised import Spread, gain_interval, mean_interval, share_interval, spread
from assay.stats.masses import Masses
from assay.stats.proportion import clopper_pearson, wilson

RANDOM = np.random.default_rng(3)


def one_each(label, weight=None):
    weight = np.ones(len(label)) if weight is None else np.asarray(weight, float)
    return [Masses((label == level).astype(np.int64), weight * (label == level), weight**2 * (label == level))
            for level in (1, 0)]  # fmt: skip


def centred(x, weight=None):
    weight = np.ones(len(x)) if weight is None else weight
    return (x - np.average(x, weights=weight)) / weight.sum()


def test_the_influence_of_a_mean_gives_the_variance_of_a_mean():
    y, x = RANDOM.integers(0, 2, 80), RANDOM.normal(0, 1, 80)
    found = spread(*one_each(y), centred(x), centred(x))
    assert found.variance == pytest.approx(x.var(ddof=1) / 80, rel=1e-12)
    assert found.rows == 80


def test_weights_give_the_linearised_variance_and_never_less_than_kish():
    y, x, w = RANDOM.integers(0, 2, 300), RANDOM.normal(0, 1, 300), RANDOM.exponential(1, 300)
    own, other = one_each(y, w)
    found = spread(own, other, centred(x, w), centred(x, w))
    linear = 300 / 299 * (w**2 * centred(x, w) ** 2).sum()
    assert found.variance >= linear
    assert found.variance == pytest.approx(linear, rel=0.25)
    agreeing = np.where(w > np.quantile(w, 0.9), np.average(x, weights=w), x)  # the heavy ones lie at the mean
    low = (w**2 * centred(agreeing, w) ** 2).sum()
    assert spread(own, other, centred(agreeing, w), centred(agreeing, w)).variance > 1.3 * low


@given(st.floats(1e-3, 1e3))
def test_the_unit_of_the_weights_changes_nothing(unit):
    y, x, w = np.arange(60) % 2, np.sin(np.arange(60)), 1 + np.arange(60) % 5
    one, two = (spread(*one_each(y, w * u), centred(x, w * u), centred(x, w * u)) for u in (1.0, unit))
    assert two.variance == pytest.approx(one.variance, rel=1e-9)
    assert (two.events, two.nonevents) == (pytest.approx(one.events), pytest.approx(one.nonevents))


def test_rows_of_the_same_people_vary_as_the_people_do():
    group = np.repeat(np.arange(100), 8)
    x = np.repeat(RANDOM.normal(0, 1, 100), 8)  # eight times the same
    y = np.repeat(np.arange(100) % 2, 8)
    alone, grouped = (spread(*one_each(y), centred(x), centred(x), each) for each in (None, group))
    assert grouped.variance == pytest.approx(8 * alone.variance, rel=0.05)
    assert grouped.rows == pytest.approx(100, rel=0.05)
    assert grouped.groups == 100


def test_fewer_than_ten_groups_tell_nothing():
    y = np.arange(400) % 2
    found = spread(*one_each(y), centred(y * 1.0), centred(y * 1.0), np.arange(400) % 9)
    assert (found.variance, found.trusted) == (np.inf, False)
    assert found.rows <= 9
    assert share_interval(0.5, found, 0.95).high > 0.8
    assert mean_interval(0.5, found, 0.95) is None


def test_the_interval_of_a_rate_is_wilsons():
    y = (np.arange(200) < 60).astype(int)
    found = spread(*one_each(y), *(np.full(200, each) for each in ((1 - 0.3) / 200, -0.3 / 200)))
    interval = share_interval(0.3, found, 0.95)
    low, high = wilson(0.3 * 199, 199, 0.95)
    assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))


@given(st.floats(0, 1), st.floats(0, 0.2), st.floats(1, 1e6), st.floats(1, 1e6), st.sampled_from([None, 2, 10, 400]))
def test_a_share_has_an_interval_of_some_width_within_0_and_1_that_holds_it(value, variance, events, others, groups):
    interval = share_interval(value, Spread(variance, events, others, groups), 0.95, most=events)
    assert 0 <= interval.low <= value <= interval.high <= 1
    assert interval.low < interval.high


def test_few_events_get_the_limits_of_clopper_and_pearson_and_no_normal_interval():
    few = Spread(1e-6, 9.0, 500.0)
    interval = share_interval(0.5, few, 0.95, most=9.0)
    assert interval.method == "Clopper-Pearson at the effective number"
    assert (interval.low, interval.high) == pytest.approx(clopper_pearson(4.5, 9, 0.95))
    assert mean_interval(0.5, few, 0.95) is None
    assert gain_interval(0.5, few, 0.95) is None


def test_a_gain_never_reaches_1_and_needs_a_loss_above_0():
    found = Spread(0.04, 50.0, 50.0)
    interval = gain_interval(0.9, found, 0.95)
    assert interval.low < 0.9 < interval.high < 1
    assert gain_interval(1.0, found, 0.95) is None
    assert gain_interval(0.5, Spread(0.0, 50.0, 50.0), 0.95) is None
    assert mean_interval(0.1, found, 0.95, least=0.0).low == 0.0
