import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.stats.calibration import Unstable, calibration_bins, observed_expected, recalibrate
from builders import scores


def drawn(seed, n=400, sharpen=1.0):
    random = np.random.default_rng(seed)
    truth = random.uniform(0.05, 0.95, n).round(2)
    label = (random.uniform(size=n) < truth).astype(int)
    logit = sharpen * np.log(truth / (1 - truth))
    return 1 / (1 + np.exp(-logit)), label


def counted(probability, label):
    table = scores(probability, label)
    return table.score, table.events, table.nonevents


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 1.0, 2.0]))
def test_intercept_slope_and_errors_equal_the_glm_of_statsmodels(seed, sharpen):
    probability, label = drawn(seed, sharpen=sharpen)
    x = np.log(probability / (1 - probability))
    fitted = sm.GLM(label, sm.add_constant(x), family=sm.families.Binomial()).fit(tol=1e-12)
    found = recalibrate(*counted(probability, label))
    assert (found.intercept, found.slope) == pytest.approx(tuple(fitted.params), abs=1e-8)
    assert (found.intercept_error, found.slope_error) == pytest.approx(tuple(fitted.bse), rel=1e-6)
    low, high = fitted.conf_int()[1]
    interval = found.slope_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-7)


def test_probabilities_twice_too_extreme_have_a_slope_of_about_a_half():
    probability, label = drawn(3, n=40_000, sharpen=2.0)
    assert recalibrate(*counted(probability, label)).slope == pytest.approx(0.5, abs=0.02)


def test_probabilities_of_zero_and_one_are_moved_and_counted():
    found = recalibrate(*counted([0.0, 0.2, 0.2, 0.6, 0.6, 1.0, 1.0], [0, 1, 0, 1, 0, 1, 0]))
    assert found.clipped == 3
    assert np.isfinite(found.slope)


@pytest.mark.parametrize(
    ("probability", "label", "why"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], "separates"),
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], "separates"),
        ([0.1, 0.5, 0.5, 0.9], [0, 0, 1, 1], "separates"),
        ([0.3, 0.3, 0.3], [0, 1, 0], "same probability"),
        ([0.3, 0.4, 0.5], [1, 1, 1], "one class"),
    ],
)
def test_a_slope_without_a_finite_value_is_unstable_not_a_number(probability, label, why):
    with pytest.raises(Unstable, match=why):
        recalibrate(*counted(probability, label))


def test_as_many_events_as_expected_give_one_with_wilson_limits():
    value, interval = observed_expected(*counted([0.25] * 400, [1] * 100 + [0] * 300), 0.95)
    assert value == 1.0
    assert (interval.low * 0.25, interval.high * 0.25) == pytest.approx((0.2100, 0.2947), abs=2e-4)


def test_no_event_observed_keeps_an_interval_and_none_expected_has_no_ratio():
    value, interval = observed_expected(*counted([0.1] * 50, [0] * 50), 0.95)
    assert (value, interval.low) == (0.0, 0.0)
    assert interval.high > 0.5
    assert observed_expected(*counted([0.0, 0.0], [0, 1]), 0.95) is None
    assert observed_expected(*counted([], []), 0.95) is None


def test_the_interval_covers_a_calibrated_model_at_least_as_often_as_it_says():
    covered = 0
    for seed in range(400):
        _, interval = observed_expected(*counted(*drawn(seed, n=200)), 0.95)
        covered += interval.low <= 1 <= interval.high
    assert covered / 400 >= 0.95


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=200))
def test_bins_hold_every_row_once_in_rising_order(rows):
    probability, label = np.array([p / 20 for p, _ in rows]), [y for _, y in rows]
    found = calibration_bins(*counted(probability, label))
    assert sum(b.rows for b in found) == len(rows)
    assert sum(b.events for b in found) == sum(label)
    assert sum(b.predicted * b.rows for b in found) == pytest.approx(probability.sum())
    assert [b.predicted for b in found] == sorted(b.predicted for b in found)
    assert 1 <= len(found) <= 10


def test_distinct_scores_fall_into_tenths():
    found = calibration_bins(*counted(np.linspace(0.01, 0.99, 1000), [0, 1] * 500))
    assert [b.rows for b in found] == [100] * 10
