import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assay.stats.two_samples import association, ks, ks_p_value, wasserstein, wasserstein_interval

WHOLE = st.lists(st.integers(-5, 5), min_size=1, max_size=60)


def counted(own, other):
    values = np.unique(np.concatenate([own, other]))
    return values, values, *(np.array([np.sum(np.array(side) == v) for v in values]) for side in (own, other))


def in_bins(own, other, edges):
    """As an engine counts them: the least and the greatest of each bin (a, b], empty ones left out."""
    place = [np.searchsorted(edges, side, side="left") for side in (own, other)]
    both, at = np.concatenate([own, other]), np.concatenate(place)
    held = np.unique(at)
    counts = [np.array([np.sum(each == b) for b in held]) for each in place]
    return [both[at == b].min() for b in held], [both[at == b].max() for b in held], *counts


@given(WHOLE, WHOLE)
@settings(max_examples=60, deadline=None)
def test_at_single_values_both_distances_are_those_of_scipy(own, other):
    held = counted(own, other)
    expected = stats.ks_2samp(own, other)
    assert ks(*held).value == pytest.approx(expected.statistic, abs=1e-12)
    assert ks(*held).bound == wasserstein(*held).bound == 0
    assert ks_p_value(ks(*held).value, *held[2:]) == pytest.approx(expected.pvalue, abs=1e-12)
    assert wasserstein(*held).value == pytest.approx(stats.wasserstein_distance(own, other), abs=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.floats(-2, 2))
@settings(max_examples=60, deadline=None)
def test_in_bins_both_distances_lie_within_their_bounds(seed, bins, shift):
    random = np.random.default_rng(seed)
    own, other = random.normal(shift, 1, 300), random.standard_t(3, 200)
    held = in_bins(own, other, np.sort(random.choice(other, bins, replace=False)))
    found, far = ks(*held), wasserstein(*held)
    assert found.value - 1e-12 <= stats.ks_2samp(own, other).statistic <= found.value + found.bound + 1e-12
    assert abs(far.value - stats.wasserstein_distance(own, other)) <= far.bound + 1e-12


def test_the_interval_of_the_area_is_that_of_both_bands():
    """Ten rows at 0 and ten at 1 against twenty at 0: half of the rows moved by 1, over a unit of 2."""
    held = counted([0] * 10 + [1] * 10, [0] * 20)
    off = 2 * (np.log(4 / 0.05) / 40) ** 0.5
    found = wasserstein_interval(*held, 2.0)(0.95)
    assert found.low == pytest.approx(max(0.5 - off, 0) / 2)
    assert found.high == pytest.approx(min(0.5 + off, 1) / 2)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.floats(-2, 2))
@settings(max_examples=60, deadline=None)
def test_the_interval_holds_the_area_of_the_rows_and_is_wider_in_bins(seed, bins, shift):
    random = np.random.default_rng(seed)
    own, other = random.normal(shift, 1, 300), random.standard_t(3, 200)
    exactly = stats.wasserstein_distance(own, other)
    fine = wasserstein_interval(*counted(own, other), 1.0)(0.95)
    coarse = wasserstein_interval(*in_bins(own, other, np.sort(random.choice(other, bins, replace=False))), 1.0)(0.95)
    assert coarse.low - 1e-9 <= fine.low <= exactly <= fine.high <= coarse.high + 1e-9


def test_the_interval_of_the_area_holds_the_true_one():
    random, held = np.random.default_rng(7), 0
    for _ in range(200):
        own, other = random.uniform(0, 1, 400), random.uniform(0, 1, 300) ** 2  # 1/2 and 1/3 on average
        found = wasserstein_interval(*counted(own, other), 1.0)(0.95)
        held += found.low <= 1 / 6 <= found.high
    assert held >= 190


def test_beyond_ten_thousand_rows_the_p_value_is_scipys_too():
    random = np.random.default_rng(1)
    own, other = random.normal(0.02, 1, 20_000).round(1), random.normal(0, 1, 15_000).round(1)
    held, expected = counted(own, other), stats.ks_2samp(own, other)
    assert ks_p_value(ks(*held).value, *held[2:]) == pytest.approx(expected.pvalue, rel=1e-9)


def test_counts_beyond_whole_numbers_of_the_machine_have_a_distance():
    large = 2**40
    found = ks([0, 1], [0, 1], np.array([large, 3 * large]), np.array([2 * large, 2 * large]))
    assert found.value == pytest.approx(0.25)


@given(st.lists(st.tuples(st.integers(30, 200), st.integers(30, 200)), min_size=2, max_size=20))
@settings(max_examples=40, deadline=None)
def test_frequent_values_have_scipys_chi_square(pairs):
    counts, against = zip(*pairs, strict=True)
    found, expected = association(counts, against), stats.chi2_contingency([counts, against], correction=False)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-12)
    assert not found.exact
    cramer = stats.contingency.association([counts, against], method="cramer", correction=False)
    assert found.cramers_v == pytest.approx(cramer, abs=1e-12)
    interval = found.interval(0.95)
    assert interval.low <= found.cramers_v <= interval.high


def test_the_order_of_the_values_changes_nothing():
    counts, against = [5, 90, 3, 60], [9, 70, 0, 80]
    assert association(counts, against) == association(counts[::-1], against[::-1])


def test_rare_values_have_a_p_value_of_drawn_tables():
    found = association([20, 0], [17, 3])
    assert found.exact
    assert found.p_value == pytest.approx(stats.fisher_exact([[20, 0], [17, 3]]).pvalue, abs=0.01)


def test_many_values_are_counted_together_beyond_the_hundred_most_frequent():
    found = association([50] * 100 + [1] * 5000, [50] * 100 + [1] * 5000)
    assert (found.values, found.statistic) == (101, 0)


def test_one_value_cannot_be_associated_with_anything():
    assert association([5, 0], [9, 0]) is None


def test_the_interval_of_v_holds_a_true_shift():
    random, true = np.random.default_rng(5), [[0.3, 0.3, 0.4], [0.4, 0.3, 0.3]]
    v = stats.contingency.association((np.array(true) * 10**9).astype(int), method="cramer")
    held = 0
    for _ in range(300):
        interval = association(*(random.multinomial(2000, side).tolist() for side in true)).interval(0.95)
        held += interval.low <= v <= interval.high
    assert held >= 275


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=30))
@settings(max_examples=60, deadline=None)
def test_no_v_lies_outside_its_own_interval(pairs):
    counts, against = zip(*pairs, strict=True)
    found = association(counts, against) if any(counts) and any(against) else None
    if found is not None:
        for confidence in (0.5, 0.95, 0.999):
            interval = found.interval(confidence)
            assert interval.low <= found.cramers_v <= interval.high


# Before, every V of 100 values without drift lay above its own upper limit: "0.157 (0 to 0.0913)".
def test_a_v_of_chance_alone_over_many_values_neither_passes_nor_fails():
    random = np.random.default_rng(3)
    for _ in range(50):
        found = association(*(random.multinomial(2000, [0.01] * 100).tolist() for _ in "ab"))
        interval = found.interval(0.95)
        assert interval.low < 0.1 < found.cramers_v < interval.high
