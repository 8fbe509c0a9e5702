import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from assay.stats.calibration_error import Bin, calibration_error, hosmer_lemeshow

rates = st.floats(0.0, 1.0)
bins = st.lists(st.builds(Bin, rates, rates, st.just(0.0), st.floats(1, 1e5)), min_size=1, max_size=20)


def shared(given_):
    return [Bin(b.predicted, b.observed, 1 / len(given_), b.people) for b in given_]


@given(bins)
def test_the_correction_takes_away_and_the_interval_holds_both(given_):
    found = calibration_error(shared(given_))
    interval = found.interval(0.95)
    assert 0 <= interval.low <= found.value <= found.uncorrected + 1e-12
    assert found.uncorrected <= interval.high + 1e-12 <= 1 + 1e-9
    assert interval.low < interval.high or found.uncorrected == 1
    wide = found.interval(0.95, independent=False)
    assert wide.low <= interval.low
    assert wide.high >= interval.high


def test_the_correction_is_the_one_that_is_drawn_by_simulation():
    # Kumar, Liang and Ma 2019: the mean of the error with normal noise on the event rates, less the error itself
    random = np.random.default_rng(1)
    given_ = [Bin(p, p + gap, 0.25, 150.0) for p, gap in ((0.1, 0.0), (0.3, 0.04), (0.5, -0.1), (0.8, 0.02))]
    noise = random.normal(0, [each.noise for each in given_], (400_000, 4))
    drawn = np.abs(np.array([b.observed - b.predicted for b in given_]) + noise).mean(axis=1).mean()
    found = calibration_error(given_)
    assert found.uncorrected == pytest.approx(0.04)
    assert found.value == pytest.approx(0.04 - (drawn - 0.04), abs=2e-4)


@pytest.mark.parametrize(("gap", "rows"), [(0.0, 50), (0.0, 1000), (0.03, 200), (0.1, 200)])
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says_and_the_correction_is_nearer(gap, rows):
    random, p = np.random.default_rng(7), np.linspace(0.05, 0.85, 10)
    held, plain, corrected = 0, [], []
    for _ in range(500):
        found = calibration_error([Bin(q, random.binomial(rows, q + gap) / rows, 0.1, rows) for q in p])
        interval = found.interval(0.95)
        held += interval.low <= gap <= interval.high
        plain.append(found.uncorrected)
        corrected.append(found.value)
    assert held >= 475
    assert abs(np.mean(corrected) - gap) <= abs(np.mean(plain) - gap) + 1e-3


def test_hosmer_and_lemeshows_sum_by_hand():
    found = hosmer_lemeshow([(0.1, 12, 100), (0.2, 20, 100), (0.5, 45, 100)], fitted=False)
    expected = 4 / 9 + 0 + 25 / 25
    assert (found.value, found.freedom) == (pytest.approx(expected), 3)
    assert found.p_value == pytest.approx(chi2.sf(expected, 3), abs=1e-12)
    assert hosmer_lemeshow([(0.1, 12, 100), (0.2, 20, 100), (0.5, 45, 100)], fitted=True).freedom == 1


def test_certain_probabilities_count_only_where_they_are_right():
    sure = [(0.0, 0, 50), (0.1, 12, 100), (0.2, 20, 100), (0.5, 45, 100), (1.0, 50, 50)]
    assert hosmer_lemeshow(sure, fitted=False) == hosmer_lemeshow(sure[1:4], fitted=False)
    assert hosmer_lemeshow([(0.0, 1, 50), *sure[1:]], fitted=False) is None
    assert hosmer_lemeshow(sure[:3], fitted=False) is None
