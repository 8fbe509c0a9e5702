"""What is computed from counts by score is what scikit-learn and SciPy compute on the raw rows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from assay.stats.auc import auc, auc_interval, auc_of_ranks
from assay.stats.losses import brier, brier_of_sums, log_loss, log_loss_of_sums
from assay.stats.masses import Masses
from assay.stats.separation import auc_bound, average_precision, ks, ks_bound
from assay.stats.weighted_auc import weighted_auc
from builders import scores

# few and many distinct scores; weights of very different size, and none at all
probabilities = st.one_of(st.sampled_from([0.01, 0.25, 0.5, 0.75, 0.99]), st.floats(0.001, 0.999))
weights = st.sampled_from([0.0, 1e-3, 0.5, 1.0, 3.0, 250.0])
table = st.lists(st.tuples(probabilities, st.integers(0, 1), weights), min_size=2, max_size=60)
both = table.filter(lambda rows: len({label for _, label, _ in rows}) == 2)
weighing = table.filter(lambda rows: all(sum(w for _, label, w in rows if label == level) > 0 for level in (0, 1)))


def raw(rows):
    return (np.array(column) for column in zip(*rows, strict=True))


def counted(rows, by=None):
    """Counts at each distinct score; sums of weights where they are given."""
    p, y, _ = raw(rows)
    by = np.ones(len(y), np.int64) if by is None else by
    distinct, place = np.unique(p, return_inverse=True)
    sums = np.zeros((2, len(distinct)), by.dtype)
    np.add.at(sums, (y, place), by)
    return distinct, sums[1], sums[0]


def test_the_reference_of_the_reference_the_documented_example():
    # scikit-learn's documentation of roc_auc_score and average_precision_score
    found = scores([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    assert auc(found.events, found.nonevents).value == 0.75
    assert average_precision(found.events, found.nonevents) == pytest.approx(0.8333333333333333, abs=1e-15)


@given(both)
def test_counts_give_what_the_raw_rows_give(rows):
    p, y, _ = raw(rows)
    distinct, events, nonevents = counted(rows)
    assert auc(events, nonevents).value == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert average_precision(events, nonevents) == pytest.approx(average_precision_score(y, p), abs=1e-12)
    assert ks(events, nonevents) == pytest.approx(ks_2samp(p[y == 1], p[y == 0], method="exact").statistic, abs=1e-12)
    assert brier(distinct, events, nonevents) == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    assert log_loss(distinct, events, nonevents) == pytest.approx(sklearn_log_loss(y, p), abs=1e-12)


@given(weighing)
def test_sums_of_weights_give_what_weighted_raw_rows_give(rows):
    p, y, w = raw(rows)
    distinct, events, nonevents = counted(rows, w)
    place = np.arange(len(distinct))
    own, other = (Masses(np.ones(len(place), np.int64), each, each**2) for each in (events, nonevents))
    assert weighted_auc(place, own, other).value == pytest.approx(roc_auc_score(y, p, sample_weight=w), abs=1e-12)
    expected = average_precision_score(y, p, sample_weight=w)
    assert average_precision(events, nonevents) == pytest.approx(expected, abs=1e-12)
    assert brier(distinct, events, nonevents) == pytest.approx(brier_score_loss(y, p, sample_weight=w), abs=1e-12)
    expected = sklearn_log_loss(y, p, sample_weight=w, labels=[0, 1])
    assert log_loss(distinct, events, nonevents) == pytest.approx(expected, abs=1e-12)


@given(table)
def test_losses_are_the_same_from_sums_of_the_rows_with_one_class_too(rows):
    p, y, _ = raw(rows)
    distinct, events, nonevents = counted(rows)
    of_event, of_other = p[y == 1], p[y == 0]
    sums = float(events.sum()), float(nonevents.sum())
    found = brier_of_sums(*sums, of_event.sum(), (of_event**2).sum(), (of_other**2).sum())
    assert found == pytest.approx(brier(distinct, events, nonevents), abs=1e-12)
    logs = -np.log(of_event).sum() - np.log1p(-of_other).sum()
    assert log_loss_of_sums(*sums, logs, 0) == pytest.approx(log_loss(distinct, events, nonevents), abs=1e-12)


def test_a_probability_of_nothing_for_what_happened_is_an_infinite_loss():
    assert log_loss(np.array([0.0, 0.5]), np.array([1, 1]), np.array([0, 1])) == np.inf
    assert log_loss(np.array([0.0, 1.0]), np.array([0, 1]), np.array([1, 0])) == 0.0
    assert log_loss_of_sums(2.0, 1.0, 1.4, 1) == np.inf


@pytest.mark.parametrize("measure", [ks, average_precision])
def test_one_class_has_no_separation(measure):
    with pytest.raises(ValueError, match="events and non-events"):
        measure(np.array([1, 2]), np.array([0, 0]))


def test_no_rows_have_no_loss():
    nothing = np.array([], np.int64)
    for undefined in (lambda: brier(np.array([]), nothing, nothing), lambda: log_loss_of_sums(0.0, 0.0, 0.0, 0)):
        with pytest.raises(ValueError, match="needs rows"):
            undefined()


def placements(score, label):
    """DeLong's two components as the paper has them, over all pairs."""
    events, nonevents = score[label == 1], score[label == 0]
    kernel = (events[:, None] > nonevents[None, :]) + 0.5 * (events[:, None] == nonevents[None, :])
    return kernel.mean(axis=1), kernel.mean(axis=0)


def delong(score, label):
    of_event, of_other = placements(score, label)
    return of_event.var(ddof=1) / len(of_event) + of_other.var(ddof=1) / len(of_other)


@given(both.filter(lambda rows: 2 <= sum(label for _, label, _ in rows) <= len(rows) - 2))
def test_equal_weights_give_delongs_variance_whatever_their_size(rows):
    p, y, _ = raw(rows)
    distinct, events, nonevents = counted(rows)
    own, other = (Masses(each, each * 7.0, each * 49.0) for each in (events, nonevents))
    found = weighted_auc(np.arange(len(distinct)), own, other)
    assert found.variance == pytest.approx(delong(p, y), abs=1e-12)
    assert found.effective == pytest.approx((events.sum(), nonevents.sum()))


@given(both, st.integers(1, 3))
def test_sums_of_ranks_give_the_same_area_and_variance(rows, times):
    _, events, nonevents = counted(rows * times)
    below = 2 * (np.cumsum(nonevents) - nonevents) + nonevents
    above = 2 * (events.sum() - np.cumsum(events)) + events
    squares = [sum(n * rank * rank for n, rank in zip(people.tolist(), ranks.tolist(), strict=True))
               for people, ranks in ((events, below), (nonevents, above))]  # fmt: skip
    ranked = auc_of_ranks(int(events.sum()), int(nonevents.sum()), int(events @ below), *squares)
    found = auc(events, nonevents)
    assert ranked.value == found.value
    assert ranked.variance == pytest.approx(found.variance, rel=1e-9, abs=1e-15)


@given(both, st.integers(1, 40))
def test_the_truth_lies_within_the_bound_of_any_bins(rows, width):
    distinct, events, nonevents = counted(rows)
    place = np.floor(distinct * width).astype(int)
    _, place = np.unique(place, return_inverse=True)
    binned = [np.bincount(place, each).astype(np.int64) for each in (events, nonevents)]
    several = np.bincount(place) > 1
    area = auc(*binned).value
    assert abs(area - auc(events, nonevents).value) <= auc_bound(*binned, several) + 1e-15
    assert ks(*binned) - 1e-15 <= ks(events, nonevents) <= ks(*binned) + ks_bound(*binned, several) + 1e-15
    if not several.any():
        assert (auc_bound(*binned, several), ks_bound(*binned, several)) == (0.0, 0.0)


def test_the_spread_between_groups_is_that_of_the_area_when_each_group_is_left_out():
    # the jackknife by groups estimates the same variance, to the first order
    for seed in range(5):
        random = np.random.default_rng(seed)
        group = random.integers(0, 60, 1500)
        y = (group % 5 < 2).astype(int)  # all rows of a person have one label
        p = (y + random.normal(0, 1.5, 1500) + random.normal(0, 1, 60)[group]).round(1)
        left_out = np.array([roc_auc_score(y[group != g], p[group != g]) for g in range(60)])
        jackknife = 59 / 60 * ((left_out - left_out.mean()) ** 2).sum()
        _, place = np.unique(p, return_inverse=True)
        own, other = (Masses((y == level).astype(np.int64), *[(y == level).astype(float)] * 2) for level in (1, 0))
        found = weighted_auc(place, own, other, group)
        assert (found.groups, found.variance) == (60, pytest.approx(jackknife, rel=0.05))
        assert found.variance > 1.5 * delong(p, y)
        assert found.effective[0] < y.sum() / 1.5


def test_with_few_groups_nothing_is_trusted_but_a_bound_over_groups():
    p, y, group = np.arange(400) % 20, np.arange(400) % 2, np.arange(400) % 9
    own, other = (Masses((y == level).astype(np.int64), *[(y == level).astype(float)] * 2) for level in (1, 0))
    interval = auc_interval(weighted_auc(p, own, other, group), 0.95)
    assert interval.method == "Hoeffding over disjoint pairs"
    assert interval.high - interval.low > 0.9


def split(y):
    """Masses of rows of weight 1, one line each."""
    return [Masses((y == level).astype(np.int64), *[(y == level).astype(float)] * 2) for level in (1, 0)]


def test_a_group_of_most_rows_does_not_hide_that_the_order_of_the_others_is_another():
    random = np.random.default_rng(8)
    y, group = random.integers(0, 2, 1060), np.concatenate([np.zeros(1000, int), np.arange(1, 61)])
    p = np.where(group == 0, y, -y) + random.normal(0, 0.5, 1060)  # of the sixty, events score low
    found = weighted_auc(np.argsort(np.argsort(p)), *split(y), group)
    left_out = np.array([roc_auc_score(y[group != g], p[group != g]) for g in range(61)])
    jackknife = 60 / 61 * ((left_out - found.value) ** 2).sum()
    assert found.variance > 0.5 * jackknife > 100 * delong(p, y)


def test_groups_that_weigh_nothing_are_not_counted_and_one_with_all_events_tells_nothing():
    random = np.random.default_rng(9)
    y, group, p = np.arange(600) % 2, np.arange(600) // 10, random.permutation(600)
    held = (group < 9).astype(float)
    own, other = (Masses(m.people, m.sums * held, m.squares * held) for m in split(y))
    few = weighted_auc(p, own, other, group)
    assert (few.groups, few.variance) == (9, np.inf)
    assert max(few.effective) <= 4.5
    one = weighted_auc(p, *split(y), np.where(y == 1, 0, group))
    assert (one.groups, one.variance, one.effective) == (60, np.inf, (1.0, 1.0))


def test_perfect_order_is_an_area_of_exactly_one_whatever_the_weights():
    weights = np.array([0.1, 0.2, 0.3, 0.7])
    own = Masses(np.array([0, 0, 1, 1]), weights * [0, 0, 1, 1], weights**2 * [0, 0, 1, 1])
    other = Masses(np.array([1, 1, 0, 0]), weights * [1, 1, 0, 0], weights**2 * [1, 1, 0, 0])
    assert weighted_auc(np.arange(4), own, other).value == 1.0
    assert weighted_auc(np.arange(4), other, own).value == 0.0
    assert weighted_auc(np.zeros(4, int), own, other).value == 0.5


def test_the_bound_of_bins_widens_the_interval_at_both_ends():
    found = auc(*counted([(p / 100, int(p % 3 == 0), 1.0) for p in range(100)])[1:])
    inner, outer = (auc_interval(replace(found, bound=bound), 0.95) for bound in (0.0, 0.01))
    assert (outer.low, outer.high) == (pytest.approx(inner.low - 0.01), pytest.approx(inner.high + 0.01))
    assert outer.method == inner.method + "; wider by the bins' bound"
