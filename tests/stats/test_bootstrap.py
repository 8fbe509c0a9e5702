"""The bootstrap on cells gives what resampling people gives, and never resamples cells as if they were people."""

import numpy as np
import pytest
from scipy import stats

from assay.stats import bootstrap
from assay.stats.bootstrap import of_groups, of_people, of_weighted_people, percentile_interval, replicates
from assay.stats.confusion import grouping, rates
from assay.stats.proportion import wilson

COUNTS = (4000, 1000, 900, 90, 10)


def share_of_first(amounts):
    return amounts[:, 0] / amounts.sum(axis=1)


def test_the_interval_is_that_of_people_and_not_of_cells():
    values = replicates(of_people(COUNTS, 1), len(COUNTS), 4000, share_of_first)
    low, high = percentile_interval(values, 0.95)
    assert (low, high) == pytest.approx(wilson(4000, 6000, 0.95), abs=0.002)
    assert high - low < 0.03  # of 5 resampled cells it would be most of [0, 1]


def test_every_replicate_has_all_people_and_cells_vary_as_multinomial_numbers_do():
    values = replicates(of_people(COUNTS, 2), len(COUNTS), 20_000, lambda amounts: amounts)
    assert (values.sum(axis=1) == 6000).all()
    share = np.array(COUNTS) / 6000
    assert values.mean(axis=0) == pytest.approx(np.array(COUNTS), rel=0.02)
    covariance = 6000 * (np.diag(share) - np.outer(share, share))
    assert np.cov(values.T) == pytest.approx(covariance, abs=0.03 * covariance.max())


def test_resampling_people_and_drawing_cells_have_the_same_law():
    random = np.random.default_rng(5)
    codes = np.repeat(np.arange(3), (60, 30, 10))
    rows = np.array([np.bincount(random.choice(codes, 100), minlength=3)[2] for _ in range(4000)])
    drawn = replicates(of_people((60, 30, 10), 6), 3, 4000, lambda amounts: amounts[:, 2])
    assert stats.ks_2samp(rows, drawn).pvalue > 0.01


def test_sums_of_weights_vary_as_those_of_people_drawn_by_poisson_numbers():
    random = np.random.default_rng(7)
    weights = [random.lognormal(0, 1, n) for n in (5, 40, 300)]
    sums, squares = [w.sum() for w in weights], [(w**2).sum() for w in weights]
    drawn = replicates(of_weighted_people(sums, squares, 8), 3, 20_000, lambda amounts: amounts)
    rows = np.array([[(random.poisson(1, len(w)) * w).sum() for w in weights] for _ in range(5000)])
    assert drawn.mean(axis=0) == pytest.approx(sums, rel=0.03)
    assert drawn.var(axis=0) == pytest.approx(squares, rel=0.05)
    assert drawn.std(axis=0) == pytest.approx(rows.std(axis=0), rel=0.06)


def test_equal_weights_give_whole_numbers_of_that_weight():
    drawn = replicates(of_weighted_people([20.0], [50.0], 9), 1, 2000, lambda amounts: amounts[:, 0])  # 8 times 2.5
    assert set(np.mod(drawn, 2.5)) == {0.0}
    assert stats.kstest(drawn / 2.5, stats.poisson(8).cdf).statistic < 0.15  # a discrete law: an upper bound
    assert np.bincount((drawn / 2.5).astype(int))[8] / 2000 == pytest.approx(stats.poisson(8).pmf(8), abs=0.03)


def test_random_groups_are_drawn_whole():
    amounts, groups = (3.0, 1.0, 10.0, 20.0, 7.0), ("000", "000", "017", "017", None)
    drawn = replicates(of_groups(amounts, groups, 10), 5, 3000, lambda amounts: amounts)
    assert (drawn[:, 0] == 3 * drawn[:, 1]).all()
    assert (drawn[:, 3] == 2 * drawn[:, 2]).all()
    assert (drawn[:, 1] + drawn[:, 2] / 10 + drawn[:, 4] / 7 == 3).all()


def test_the_interval_by_entity_is_wider_where_rows_of_one_agree():
    random = np.random.default_rng(11)
    rates_of, groups = random.beta(0.5, 0.5, 200), [f"{place:03}" for place in range(200)]
    yes = random.binomial(50, rates_of)
    amounts = [n for k in yes for n in (int(k), 50 - int(k))]
    by = [group for group in groups for _ in range(2)]
    keep = [place for place, n in enumerate(amounts) if n]
    counts, members = [amounts[place] for place in keep], [by[place] for place in keep]
    first = np.array([place % 2 == 0 for place in keep])

    def share(drawn):
        return drawn[:, first].sum(axis=1) / drawn.sum(axis=1)

    naive = percentile_interval(replicates(of_people(counts, 1), len(keep), 1000, share), 0.95)
    by_entity = percentile_interval(replicates(of_groups(counts, members, 1), len(keep), 1000, share), 0.95)
    error = (yes / 50).std(ddof=1) / 200**0.5
    assert np.diff(by_entity)[0] == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert np.diff(by_entity)[0] > 3 * np.diff(naive)[0]


@pytest.mark.parametrize("draw", [
    lambda: of_people(COUNTS, 3),
    lambda: of_weighted_people([float(n) for n in COUNTS], [2.0 * n for n in COUNTS], 3),
    lambda: of_groups(COUNTS, list("abcab"), 3),
])  # fmt: skip
def test_the_same_seed_gives_the_same_replicates_in_parts_or_at_once(draw, monkeypatch):
    whole = replicates(draw(), len(COUNTS), 100, share_of_first)
    monkeypatch.setattr(bootstrap, "WORKING_BYTES", 7 * 8 * len(COUNTS))
    assert np.array_equal(replicates(draw(), len(COUNTS), 100, share_of_first), whole)


def test_more_replicates_than_memory_should_hold_are_refused_before_they_are_drawn(monkeypatch):
    asked = []

    def statistic(amounts):
        asked.append(len(amounts))
        return amounts

    monkeypatch.setattr(bootstrap, "WORKING_BYTES", 8 * len(COUNTS) * 10)
    with pytest.raises(ValueError, match="replicates of 40 bytes each take more than"):
        replicates(of_people(COUNTS, 1), len(COUNTS), 20_000_000, statistic)
    assert asked == [10]
    with pytest.raises(ValueError, match="no replicates"):
        replicates(of_people((), 1), 0, 10, statistic)


def test_an_undefined_replicate_widens_an_interval_and_never_narrows_it():
    values = np.arange(1000.0)
    whole = percentile_interval(values, 0.9)
    values[400:420] = np.nan
    low, high = percentile_interval(values, 0.9)
    assert low < whole[0]
    assert high > whole[1]
    values[400:500] = np.nan
    assert np.isnan(percentile_interval(values, 0.9)).all()


def test_a_group_that_is_often_empty_has_no_interval_of_its_rate():
    rows = (
        ("favourable", "favourable", "many"),
        ("unfavourable", "favourable", "many"),
        ("favourable", "favourable", "one"),
    )
    found = grouping(rows, 0, 1, [2])
    values = replicates(of_people((500, 400, 1), 4), 3, 500, lambda a: rates(found.tables(a))["true_positive_rate"])
    low, high = percentile_interval(values, 0.95)
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([low[1], high[1]]).all()
