"""Intervals of distances hold the truth, where nothing differs too."""

import numpy as np
import pytest
from scipy.stats import norm

from assay.stats import distance
from assay.stats.distance import OffBy, area_between, area_draws, drawn_sums, roc_draws, wasserstein_draws
from assay.stats.masses import Masses


def masses(counts):
    counts = np.asarray(counts, np.int64)
    return Masses(counts, counts.astype(float), counts.astype(float))


def by_score(*samples):
    """Counts of each sample at the scores of all."""
    scores = np.unique(np.concatenate(samples))
    return scores, [np.bincount(np.searchsorted(scores, each), minlength=len(scores)) for each in samples]


@pytest.mark.parametrize(("means", "spreads"), [((1, 1), (1, 1)), ((1, 1), (1, 1.6)), ((1, 2), (1, 1))])
def test_the_area_between_curves_is_held_nineteen_times_of_twenty_at_least(monkeypatch, means, spreads):
    monkeypatch.setattr(distance, "DRAWS", 300)
    random, places = np.random.default_rng(5), (np.arange(10_000) + 0.5) / 10_000
    curves = [norm.cdf((mean + norm.ppf(places)) / spread) for mean, spread in zip(means, spreads, strict=True)]
    truth = np.abs(curves[0] - curves[1]).mean()
    held = 0
    for _ in range(60):
        samples = [
            by_score(random.normal(mean, spread, 50), random.normal(0, 1, 120))[1]
            for mean, spread in zip(means, spreads, strict=True)
        ]
        drawn = [roc_draws(*map(masses, each), seed, weighted=False) for seed, each in enumerate(samples)]
        off = OffBy((50, 120, 50, 120), draws=area_draws(*drawn))
        interval = off.around(area_between(*map(tuple, samples)))(0.95)
        held += interval.low <= truth <= interval.high
    assert held >= 54  # of 60, less than once in a hundred where 95 % are held


@pytest.mark.parametrize("shift", [0.0, 0.4])
def test_the_wasserstein_gap_is_held_nineteen_times_of_twenty_at_least(monkeypatch, shift):
    monkeypatch.setattr(distance, "DRAWS", 300)
    random = np.random.default_rng(7)
    held = 0
    for _ in range(100):
        scores, counts = by_score(random.normal(0, 1, 80), random.normal(shift, 1, 120))
        classes = distance.classes_of(counts[0] + counts[1])
        means = np.bincount(classes, (counts[0] + counts[1]) * scores) / np.bincount(classes, counts[0] + counts[1])
        drawn = [drawn_sums(masses(each), classes, seed, weighted=False) for seed, each in enumerate(counts)]
        width = max(len(each[0]) for each in drawn)
        drawn = [np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in drawn]
        deviation = distance.pooled_deviation(scores, *map(np.asarray, counts), (80, 120))
        value = distance.wasserstein_distance(scores, *counts) / deviation
        off = OffBy((80, 120), (scores[-1] - scores[0]) / deviation, wasserstein_draws(means, *drawn, (80, 120)))
        interval = off.around(value)(0.95)
        held += interval.low <= shift <= interval.high
    assert held >= 90


def test_beyond_what_draws_can_show_the_bound_takes_their_place():
    draws = np.linspace(0, 0.01, distance.DRAWS)
    many, few = OffBy((4e4, 4e4), draws=draws), OffBy((9.0, 4e4), draws=draws)
    assert many.around(0.5)(0.95).method == distance.DRAWN
    assert many.around(0.5)(1 - 1e-6).method == few.around(0.5)(0.95).method == distance.BOUNDED
    assert many.around(0.5)(1 - 1e-6).low < many.around(0.5)(0.95).low


def test_where_nothing_drawn_differs_the_interval_still_has_a_width():
    off = OffBy((50.0, 80.0), draws=np.zeros(distance.DRAWS))
    assert off.around(0.0)(0.95).high == pytest.approx(np.log(20) / 50)


def test_draws_of_a_seed_are_the_same_and_of_another_are_not():
    counts, classes = masses([5, 7, 9]), np.array([0, 1, 2])
    one, same, other = (drawn_sums(counts, classes, seed, weighted=False) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    assert (one.sum(axis=1) == 21).all()


def test_what_bins_hide_widens_both_ends_and_no_distance_exceeds_its_largest():
    plain, hidden = OffBy((1e6, 1e6)).around(0.5)(0.95), OffBy((1e6, 1e6), bound=0.1).around(0.5)(0.95)
    assert hidden.high - plain.high == pytest.approx(0.1)
    assert plain.low - hidden.low == pytest.approx(0.1)
    assert OffBy((5.0, 5.0)).around(0.9)(0.95).high == 1.0
