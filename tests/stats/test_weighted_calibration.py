"""Calibration of people who have weights, or of whom some stand in several rows."""

import numpy as np
import pytest

from assay.stats.calibration import Unstable, observed_expected, recalibrate
from assay.stats.masses import Masses
from assay.stats.weighted_calibration import event_rate, observed_expected_by_design, recalibrate_by_design


def drawn(n=3000, seed=2):
    random = np.random.default_rng(seed)
    p = random.uniform(0.05, 0.95, n).round(2)
    return p, (random.random(n) < p).astype(int), random.integers(1, 5, n).astype(float), random.integers(0, 60, n)


def lines(p, y, w):
    """One line per row."""
    own, other = (Masses((y == at).astype(np.int64), w * (y == at), w * w * (y == at)) for at in (1, 0))
    return p, own, other


def counted(p, y):
    distinct, place = np.unique(p, return_inverse=True)
    return distinct, *(np.bincount(place[y == at], minlength=len(distinct)).astype(np.int64) for at in (1, 0))


def in_the_large(p, y, w, group=None):
    _, own, other = lines(p, y, w)
    rate = event_rate(own, other, group, weighted=bool((w != 1).any()))
    return observed_expected_by_design(p, own, other, rate, 0.95)


def test_a_weight_of_three_counts_as_three_rows_do():
    p, y, w, _ = drawn()
    copies = np.repeat(np.arange(len(p)), w.astype(int))
    fit, copied = recalibrate_by_design(*lines(p, y, w), None), recalibrate(*counted(p[copies], y[copies]))
    assert (fit.intercept, fit.slope) == pytest.approx((copied.intercept, copied.slope), abs=1e-8)
    assert in_the_large(p, y, w)[0] == pytest.approx(y[copies].sum() / p[copies].sum(), abs=1e-12)
    assert fit.slope_error > 1.05 * copied.slope_error


def test_equal_weights_give_the_interval_of_the_counts_whatever_their_size():
    p, y, _, _ = drawn()
    plain = observed_expected(*counted(p, y), 0.95)
    weighted = in_the_large(p, y, np.full(len(p), 7.5))
    assert weighted[0] == pytest.approx(plain[0], abs=1e-12)
    assert (weighted[1].low, weighted[1].high) == pytest.approx((plain[1].low, plain[1].high), abs=1e-9)


def test_the_errors_of_the_slope_are_those_of_the_jackknife_by_groups():
    p, _, w, group = drawn()
    random = np.random.default_rng(3)  # each group has a slope of its own
    y = (random.random(len(p)) < 1 / (1 + (1 / p - 1) ** random.uniform(0.5, 1.5, 60)[group])).astype(int)
    fit = recalibrate_by_design(*lines(p, y, w), group)
    left_out = [recalibrate_by_design(*lines(*(each[group != g] for each in (p, y, w))), None).slope for g in range(60)]
    jackknife = 59 / 60 * ((np.array(left_out) - np.mean(left_out)) ** 2).sum()
    assert (fit.groups, fit.slope_error) == (60, pytest.approx(np.sqrt(jackknife), rel=0.05))
    assert fit.slope_interval(0.95).high - fit.slope > 1.99 * fit.slope_error


def test_rows_of_the_same_people_widen_both_intervals():
    p, y, _, _ = (np.tile(each, 6) for each in drawn(600))
    group, w = np.tile(np.random.default_rng(1).integers(0, 400, 600), 6), np.ones(len(p))
    alone, together = in_the_large(p, y, w), in_the_large(p, y, w, group)
    assert together[0] == alone[0]
    assert together[1].high - together[1].low > 2 * (alone[1].high - alone[1].low)
    one, other = (recalibrate_by_design(*lines(p, y, w), each) for each in (None, group))
    assert other.slope_error > 2 * one.slope_error


def test_a_group_of_most_rows_does_not_hide_that_the_others_have_another_slope():
    p, y, w, _ = drawn()
    p, y, w = (np.concatenate([each, each[:60]]) for each in (p, y, np.ones(len(w))))
    y[-60:] = p[-60:] < 0.5  # the sixty, of a group each, are wrong throughout
    group = np.concatenate([np.zeros(3000, int), np.arange(1, 61)])
    alone, together = (recalibrate_by_design(*lines(p, y, w), each) for each in (None, group))
    assert together.slope_error > 5 * alone.slope_error


def test_random_groups_that_weigh_nothing_are_no_groups():
    p, y, w, group = drawn()
    one = recalibrate_by_design(*lines(p, y, np.where(group < 40, w, 0.0)), group)
    other = recalibrate_by_design(*lines(*(each[group < 40] for each in (p, y, w))), group[group < 40])
    assert one.groups == other.groups == 40
    assert one.slope_error == pytest.approx(other.slope_error, rel=1e-9)
    with pytest.raises(Unstable, match="fall into 9 random groups"):
        recalibrate_by_design(*lines(p, y, np.where(group < 9, w, 0.0)), group)


def test_a_slope_is_not_estimated_where_one_group_has_all_events():
    p, y, w, group = drawn()
    with pytest.raises(Unstable, match="one random group"):
        recalibrate_by_design(*lines(p, y, w), np.where(y == 1, 0, group))


def test_the_error_of_a_slope_that_few_heavy_people_make_is_not_too_small():
    held, floor = 0, 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        p = random.uniform(0.2, 0.8, 400)
        y, w = (random.random(400) < p).astype(int), random.lognormal(0, 1.6, 400)
        fit = recalibrate_by_design(*lines(p, y, w), None)
        interval = fit.slope_interval(0.95)
        held += interval.low <= 1 <= interval.high
        model = recalibrate(p, w * y, w * (1 - y)).slope_error
        floor += (
            fit.slope_error >= model * np.sqrt(max((w * w)[y == at].sum() / w[y == at].sum() for at in (0, 1))) - 1e-12
        )
    assert floor == 200
    assert held >= 0.92 * 200


def test_a_slope_is_not_estimated_from_fewer_than_ten_groups():
    p, y, w, group = drawn()
    with pytest.raises(Unstable, match="fall into 9 random groups"):
        recalibrate_by_design(*lines(p, y, w), group % 9)


def test_nobody_who_weighs_anything_has_no_rate():
    nobody = Masses(np.array([3]), np.zeros(1), np.zeros(1))
    with pytest.raises(ValueError, match="weigh"):
        event_rate(nobody, nobody, None, weighted=True)
