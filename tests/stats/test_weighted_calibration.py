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
    p, y, w, group = drawn()
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


def test_a_slope_is_not_estimated_from_fewer_than_ten_groups():
    p, y, w, group = drawn()
    with pytest.raises(Unstable, match="fall into 9 random groups"):
        recalibrate_by_design(*lines(p, y, w), group % 9)


def test_nobody_who_weighs_anything_has_no_rate():
    nobody = Masses(np.array([3]), np.zeros(1), np.zeros(1))
    with pytest.raises(ValueError, match="weigh"):
        event_rate(nobody, nobody, None, weighted=True)
