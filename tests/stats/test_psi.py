import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ncx2

from assay.stats.psi import psi, psi_interval, quantile_counts


# The closed form, by hand: Σ (a − b) ln(a / b).
@pytest.mark.parametrize(
    ("counts", "against", "value"),
    [
        ((10, 20, 30, 40), (25, 25, 25, 25), 0.228217),
        ((8, 9, 10, 11, 12, *[10] * 5), (10,) * 10, 0.010116),
        ((25, 25, 25, 25), (25, 25, 25, 25), 0.0),
    ],
)
def test_the_closed_form_is_reproduced(counts, against, value):
    assert psi(counts, against).value == pytest.approx(value, abs=5e-7)


pairs = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12).filter(
    lambda rows: any(a for a, _ in rows) and any(b for _, b in rows)
)


@given(pairs)
def test_it_is_symmetric_never_negative_and_blind_to_the_order_of_bins(rows):
    counts, against = zip(*rows, strict=True)
    found = psi(counts, against)
    assert found.value >= -1e-15
    assert psi(against, counts).value == pytest.approx(found.value, abs=1e-12)
    assert psi(counts[::-1], against[::-1]).value == pytest.approx(found.value, abs=1e-12)
    assert sum(found.parts) == pytest.approx(found.value)


@given(pairs)
def test_without_empty_bins_duplicating_the_data_changes_only_the_interval(rows):
    counts, against = ([n + 1 for n in side] for side in zip(*rows, strict=True))
    one, other = psi(counts, against), psi([2 * n for n in counts], [2 * n for n in against])
    assert one.value == pytest.approx(other.value, abs=1e-12)
    assert psi_interval(other, 0.95).high < psi_interval(one, 0.95).high


def test_an_empty_bin_gets_half_a_row_on_both_sides_and_the_method_says_so():
    found = psi((10, 0), (5, 5))
    own, other = (10.5 / 11, 0.5 / 11), (5.5 / 11, 5.5 / 11)
    assert found.value == pytest.approx(sum((a - b) * np.log(a / b) for a, b in zip(own, other, strict=True)))
    assert "half a row" in found.method


def test_a_bin_that_is_empty_on_both_sides_is_not_there():
    with_empty, without = psi((10, 0, 20), (15, 0, 15)), psi((10, 20), (15, 15))
    assert (with_empty.value, with_empty.bins, with_empty.smoothed) == (without.value, 2, False)


def test_the_limits_are_those_of_the_noncentral_chi_square():
    found = psi((100, 200, 300, 400), (250, 250, 250, 250))
    interval, scale = psi_interval(found, 0.95), 500
    statistic = found.value * scale
    assert ncx2.cdf(statistic, 3, interval.low * scale) == pytest.approx(0.975)
    assert ncx2.cdf(statistic, 3, interval.high * scale - 3) == pytest.approx(0.025)  # 3 of it are there by chance


@given(pairs, st.sampled_from([0.5, 0.95, 0.999]))
def test_no_index_lies_outside_its_own_interval(rows, confidence):
    found = psi(*zip(*rows, strict=True))
    if found.bins > 1:
        interval = psi_interval(found, confidence)
        assert interval.low <= max(found.value, 0.0) <= interval.high


# Before, every index of 51 bins without drift lay above its own upper limit, so that 0.2 "passed" 0.1.
def test_of_many_bins_and_few_rows_an_index_of_chance_alone_neither_passes_nor_fails():
    random = np.random.default_rng(3)
    for _ in range(100):
        a, b = (random.multinomial(500, [1 / 51] * 51).tolist() for _ in "ab")
        interval = psi_interval(psi(a, b), 0.95)
        assert interval.low < 0.1 < psi(a, b).value < interval.high


def test_an_index_of_zero_keeps_an_interval_of_some_width():
    interval = psi_interval(psi((50,) * 10, (50,) * 10), 0.95)
    assert interval.low == 0.0
    assert interval.high > 0.05


# Measured before: with 200 rows a side the bare index exceeds 0.1 in a third of all cases without any drift.
def test_without_drift_the_bare_index_often_exceeds_a_tenth_but_its_lower_limit_hardly_ever():
    random = np.random.default_rng(11)
    found = [psi(random.multinomial(200, [0.1] * 10).tolist(), random.multinomial(200, [0.1] * 10).tolist())
             for _ in range(1000)]  # fmt: skip
    assert np.mean([f.value > 0.1 for f in found]) == pytest.approx(0.33, abs=0.05)
    lower = [psi_interval(f, 0.95).low for f in found]
    assert np.mean([low > 0 for low in lower]) == pytest.approx(0.025, abs=0.02)
    assert np.mean([low > 0.1 for low in lower]) == 0


def test_under_drift_the_interval_covers_the_true_index_about_as_often_as_it_says():
    random = np.random.default_rng(12)
    a, b = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.15, 0.2, 0.3, 0.35])
    truth, covered = float(((a - b) * np.log(a / b)).sum()), 0
    for _ in range(800):
        interval = psi_interval(psi(random.multinomial(2000, a).tolist(), random.multinomial(3000, b).tolist()), 0.95)
        covered += interval.low <= truth <= interval.high
    assert covered / 800 == pytest.approx(0.95, abs=0.025)


def test_one_side_without_rows_or_a_single_bin_is_refused():
    with pytest.raises(ValueError, match="both sides"):
        psi((0, 0), (1, 2))
    with pytest.raises(ValueError, match="two bins"):
        psi_interval(psi((3,), (4,)), 0.95)


def test_scores_are_cut_at_the_quantiles_of_the_other_sample():
    values, ones = np.arange(100.0), np.ones(100, dtype=np.int64)
    counts, against = quantile_counts(values[50:], ones[50:], values, ones, 10)
    assert against == [10] * 10
    assert counts == [0] * 5 + [10] * 5


def test_a_value_that_holds_most_rows_makes_fewer_bins_and_loses_no_row():
    values, against = np.array([0.0, 1.0]), np.array([90, 10])
    counts, other = quantile_counts(values, np.array([50, 50]), values, against, 10)
    assert (counts, other) == ([0, 50, 50], [0, 90, 10])
