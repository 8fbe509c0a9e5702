from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from assay.stats.null_tables import TABLES, chi_squares, independent, indices, without_drift
from assay.stats.psi import psi


def test_the_index_of_many_tables_is_the_index_of_each():
    random = np.random.default_rng(1)
    own, other = random.integers(0, 4, (200, 5)), random.integers(0, 4, (200, 5))
    kept = (own.sum(axis=1) > 0) & (other.sum(axis=1) > 0)
    alone = [psi(a, b).value for a, b in zip(own[kept].tolist(), other[kept].tolist(), strict=True)]
    assert indices(own[kept], other[kept]) == pytest.approx(alone, abs=1e-14)


def test_pearsons_statistic_is_that_of_scipy():
    table = np.array([[10, 25, 7], [30, 20, 11]])
    expected = stats.chi2_contingency(table, correction=False).statistic
    assert chi_squares(table[:1], table[1:])[0] == pytest.approx(expected, rel=1e-13)


def test_in_large_data_the_null_is_a_chi_square():
    n, bins = 200_000, 10
    for gaps in (None, [n // bins] * bins):
        null = without_drift([n // bins] * bins, [n // bins] * bins, gaps)
        assert null.quantile(0.95) * n / 2 == pytest.approx(stats.chi2.ppf(0.95, bins - 1), rel=0.03)


def test_two_values_give_the_exact_chance_of_the_hypergeometric():
    found = psi([12, 8], [3, 17])
    both = stats.hypergeom(40, 15, 20)
    of_each = {k: psi([k, 20 - k], [15 - k, 5 + k]).value for k in range(16)}
    exact = sum(both.pmf(k) for k, value in of_each.items() if value >= found.value - 1e-12)
    drawn = without_drift([12, 8], [3, 17]).p_value(found.value)
    assert drawn == pytest.approx(exact, abs=4 * (exact / TABLES) ** 0.5)


def test_what_lies_above_the_null_quantile_has_a_p_value_at_most_as_large():
    null = without_drift([30, 40, 30], [35, 35, 30])
    limit = null.quantile(0.95)
    assert null.p_value(limit * 1.001) <= 0.05 < null.p_value(limit * 0.9)


def test_no_p_value_is_zero_and_the_same_table_gives_the_same_one():
    null = without_drift([1000, 0], [0, 1000])
    assert null.p_value(psi([1000, 0], [0, 1000]).value) == 1 / (TABLES + 1)
    assert (without_drift([3, 9], [5, 5]).drawn == without_drift([3, 9], [5, 5]).drawn).all()


def test_people_beyond_the_range_are_expected_where_a_range_has_ends():
    """Half of all samples of equal size have somebody beyond the greatest of the other: that alone is no drift."""
    beyond = psi([100, 100, 1], [100, 100, 0]).value
    assert without_drift([100, 100, 1, 0], [100, 100, 0, 0], [100, 99, 1, 1]).p_value(beyond) > 0.2


def test_the_law_of_the_gaps_is_that_of_the_ranks_of_two_samples():
    """Of 4 rows dealt out among the ranks of 10, in bins of 2, 2 and 2 of the others and beyond both ends."""
    own = np.array([sorted(each) for each in combinations(range(10), 4)])  # every subset has the same chance
    below = own - np.arange(4)  # how many of the others lie below each
    tables = np.stack([(below == 0).sum(1), ((below > 0) & (below <= 2)).sum(1), ((below > 2) & (below <= 4)).sum(1),
                       (below == 5).sum(1), (below == 6).sum(1)], axis=1)  # fmt: skip
    exactly = np.sort(indices(tables, np.broadcast_to([0, 2, 2, 2, 0], tables.shape)))
    drawn = without_drift([0, 1, 2, 1, 0], [0, 2, 2, 2, 0], [1, 2, 2, 1, 1]).drawn
    for value in np.unique(exactly.round(12)):
        share = np.mean(exactly >= value - 1e-9)
        assert np.mean(drawn >= value - 1e-9) == pytest.approx(share, abs=4 * (share * (1 - share) / TABLES) ** 0.5)


def test_tables_of_about_the_same_size_are_not_compared_with_the_same_draws():
    """One seed for all called 5.4 % of tables of fifty values rare instead of 5 %, each time anew."""
    first, second = (without_drift([n] * 50, [n] * 50).drawn * n for n in (10_000, 10_001))
    assert not np.allclose(first, second, rtol=1e-3)
    assert (without_drift([3, 9, 4], [5, 5, 6]).drawn == without_drift([4, 3, 9], [6, 5, 5]).drawn).all()


def test_more_people_than_the_library_deals_out_have_a_p_value_all_the_same():
    counts = [10**12, 10**12]
    assert without_drift(counts, counts).p_value(psi(counts, counts).value) == 1.0
    shifted = [10**12 + 10**8, 10**12 - 10**8]
    assert without_drift(shifted, counts).p_value(psi(shifted, counts).value) < 0.001


def test_an_exact_test_of_independence_agrees_with_fisher():
    fisher = stats.fisher_exact([[1, 19], [8, 12]]).pvalue
    found = chi_squares(np.array([[1, 19]]), np.array([[8, 12]]))[0]
    assert independent([1, 19], [8, 12]).p_value(found) == pytest.approx(fisher, abs=0.01)


def test_a_plainly_common_index_is_told_from_fewer_tables_and_a_rare_one_from_all():
    counts, against = [300, 340, 360], [350, 330, 320]
    whole = without_drift(counts, against)
    common = without_drift(counts, against, found=whole.quantile(0.5))
    assert len(common.drawn) == 999
    assert common.p_value(whole.quantile(0.5)) == pytest.approx(0.5, abs=0.05)
    rare = without_drift(counts, against, found=whole.quantile(0.95))
    assert (rare.drawn == whole.drawn).all()
