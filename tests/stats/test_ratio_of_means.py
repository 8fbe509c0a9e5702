import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.stats.ratio_of_means import share_of_means

rows = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=60)


def test_the_share_is_the_ratio_of_the_sums():
    share, _ = share_of_means(np.array([1.0, 0.0, 2.0]), np.array([2.0, 3.0, 5.0]), 0.95)
    assert share == 0.3


@given(rows)
def test_every_interval_holds_the_share_within_zero_and_one(data):
    part = np.array([a for a, _ in data])
    whole = part + np.array([b for _, b in data])
    assume(whole.sum() > 0)
    share, interval = share_of_means(part, whole, 0.95)
    assert 0 <= share <= 1 + 1e-12
    if interval is not None:
        assert interval.low - 1e-9 <= share <= interval.high + 1e-9
        assert interval.high > interval.low


def test_the_delta_method_covers_about_as_often_as_it_says():
    random, covered = np.random.default_rng(5), 0
    for _ in range(600):
        part, rest = random.exponential(1.0, 200), random.exponential(3.0, 200)
        _, interval = share_of_means(part, part + rest, 0.95)
        covered += interval.low <= 0.25 <= interval.high
    assert covered / 600 == pytest.approx(0.95, abs=0.03)


def test_a_share_of_nothing_and_of_everything_keep_a_width():
    share, interval = share_of_means(np.zeros(100), np.ones(100), 0.95)
    assert (share, interval.low) == (0.0, 0.0)
    assert interval.high == pytest.approx(1 - 0.025**0.01)
    share, interval = share_of_means(np.ones(100), np.ones(100), 0.95)
    assert (share, interval.high) == (1.0, 1.0)
    assert interval.low < 1


def test_a_share_that_does_not_vary_has_no_interval_and_no_whole_is_refused():
    assert share_of_means(np.full(8, 0.5), np.ones(8), 0.95) == (0.5, None)
    with pytest.raises(ValueError, match="no whole"):
        share_of_means(np.zeros(3), np.zeros(3), 0.95)
