import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assay.stats.auc import auc
from assay.stats.within import auc_within

counts = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8)


def fold(pairs, several=1):
    e, n = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return e, n, np.full(len(e), several, dtype=np.int64)


def spread(pairs):
    """Score and label of every person."""
    rows = [(place, label) for place, (e, n) in enumerate(pairs) for label, m in ((1, e), (0, n)) for _ in range(m)]
    return np.array(rows).reshape(-1, 2).T


@given(counts.filter(lambda pairs: all(sum(p[s] for p in pairs) > 1 for s in (0, 1))))
def test_one_fold_is_the_usual_area_and_variance(pairs):
    e, n, s = fold(pairs)
    own, usual = auc_within([(e, n, s)]), auc(e, n)
    assert (own.value, own.events, own.nonevents) == (usual.value, usual.events, usual.nonevents)
    assert own.variance == pytest.approx(usual.variance, abs=1e-12)
    assert own.bound == 0


@given(st.lists(counts, min_size=1, max_size=4))
def test_it_is_the_mean_of_the_areas_by_pairs_whatever_the_order_of_the_folds(folds):
    made = auc_within([fold(pairs) for pairs in folds])
    parts = [spread(pairs) for pairs in folds if all(sum(p[s] for p in pairs) for s in (0, 1))]
    if not parts:
        assert made is None
        return
    pairs = [y.sum() * (len(y) - y.sum()) for _, y in parts]
    expected = np.average([roc_auc_score(y, x) for x, y in parts], weights=pairs)
    assert made.value == pytest.approx(expected, abs=1e-12)
    again = auc_within([fold(pairs) for pairs in reversed(folds)])
    assert (again.value, again.variance) == (made.value, pytest.approx(made.variance, abs=1e-12))


def test_scores_of_different_folds_are_never_compared():
    apart = [fold([(0, 0), (3, 0), (0, 3)]), fold([(0, 3), (3, 0), (0, 0)])]
    assert auc_within(apart).value == 0.5
    assert auc_within([(e, n, s) for e, n, s in apart[:1]]).value == 0


def test_a_bin_of_several_scores_can_hide_what_its_pairs_are():
    e, n, s = fold([(2, 1), (1, 4)])
    s[1] = 3
    assert auc_within([(e, n, s)]).bound == pytest.approx(4 / (2 * 3 * 5))


def test_the_intervals_of_folds_without_any_difference_hold_one_half_as_often_as_they_say():
    from assay.stats.auc import auc_interval

    draw, held = np.random.default_rng(7), 0
    for _ in range(400):
        folds = []
        for _ in range(5):
            x, y = draw.integers(0, 8, 40), np.arange(40) % 4 == 0
            folds.append(fold([(int((y & (x == at)).sum()), int((~y & (x == at)).sum())) for at in range(8)]))
        interval = auc_interval(auc_within(folds), 0.95)
        held += interval.low <= 0.5 <= interval.high
    assert 0.93 <= held / 400 <= 0.985
