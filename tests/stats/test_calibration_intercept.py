import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.stats.calibration_intercept import intercept_of
from assay.stats.masses import Masses

rows = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=2, max_size=60).filter(
    lambda given_: len({y for _, y in given_}) == 2
)


def one_each(y, weight=1.0):
    weight = np.broadcast_to(weight, len(y)).astype(float)
    return [Masses((y == level).astype(np.int64), weight * (y == level), weight**2 * (y == level)) for level in (1, 0)]


@given(rows)
def test_with_the_intercept_as_many_events_are_expected_as_there_were(given_):
    p, y = (np.array(column) for column in zip(*given_, strict=True))
    value, _ = intercept_of(p, *one_each(y), None)
    logit = np.log(np.clip(p, 1e-6, 1 - 1e-6)) - np.log1p(-np.clip(p, 1e-6, 1 - 1e-6))
    assert (1 / (1 + np.exp(-(logit + value)))).sum() == pytest.approx(y.sum(), abs=1e-6)


def test_right_probabilities_have_an_intercept_of_exactly_nothing():
    value, _ = intercept_of(np.full(40, 0.25), *one_each((np.arange(40) < 10).astype(int)), None)
    assert value == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("rate", [1e-12, 0.5, 1 - 1e-12])
def test_probabilities_at_the_ends_are_moved_and_the_intercept_stays_finite(rate):
    value, found = intercept_of(np.full(100, rate), *one_each((np.arange(100) < 30).astype(int)), None)
    kept = np.clip(rate, 1e-6, 1 - 1e-6)
    assert value == pytest.approx(np.log(30 / 70) - np.log(kept / (1 - kept)), abs=1e-9)
    assert found.variance == pytest.approx(1 / (100 * 0.21) * 100 / 99, rel=1e-6)


def test_heavier_rows_pull_and_people_in_several_rows_vary_more():
    y = (np.arange(200) < 60).astype(int)
    value, _ = intercept_of(np.full(200, 0.5), *one_each(y, np.where(y == 1, 3.0, 1.0)), None)
    assert value == pytest.approx(np.log(180 / 140), abs=1e-9)
    alone, grouped = (intercept_of(np.full(200, 0.5), *one_each(y), group)[1] for group in (None, np.arange(200) // 4))
    assert grouped.variance > 3 * alone.variance
