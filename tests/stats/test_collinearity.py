"""Tolerances against regressions on raw rows, and how often the interval holds the true one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from assay.stats.collinearity import tolerance_interval, tolerances


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_tolerances_are_those_of_regressions_on_the_rows(columns, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(200, columns)) @ rng.normal(size=(columns, columns))
    found = tolerances(np.corrcoef(rows, rowvar=False))
    for at, tolerance in enumerate(found):
        others = np.delete(rows, at, axis=1)
        r_squared = LinearRegression().fit(others, rows[:, at]).score(others, rows[:, at])
        assert tolerance == pytest.approx(1 - r_squared, abs=1e-8)


def test_a_sum_of_the_others_has_none_and_a_column_by_itself_has_all():
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(size=(3, 500))
    assert tolerances(np.corrcoef([a, b, a + b])) == [0, 0, 0]
    assert tolerances(np.corrcoef([a, b, 2 * a, c]))[::2] == [0, 0]
    assert tolerances(np.corrcoef([a, b, 2 * a, c]))[3] == pytest.approx(1, abs=0.02)
    assert tolerances(np.eye(1)) == [1]


@pytest.mark.parametrize("true", [0.1, 0.5])
def test_the_interval_holds_the_true_tolerance_in_about_95_of_100_samples(true):
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        others = rng.normal(size=(300, 3))
        own = others @ np.full(3, np.sqrt((1 - true) / 3)) + np.sqrt(true) * rng.normal(size=300)
        found = tolerances(np.corrcoef(np.column_stack([own, others]), rowvar=False))[0]
        interval = tolerance_interval(found, 300, 4, 0.95)
        held += interval.low <= true <= interval.high
    assert 0.93 <= held / 2000 <= 0.97


def test_too_few_rows_have_no_interval():
    assert tolerance_interval(0.5, 6, 4, 0.95) is None
    assert tolerance_interval(0.5, 7, 4, 0.95) is not None
