"""The largest of several differences: its interval holds together, whatever the groups are called."""

import numpy as np
import pytest
from scipy.stats import norm, studentized_range

from assay.record.estimate import DesignRate
from assay.stats.comparison import difference_interval, exact_difference_interval
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.max_t import Sample, critical_value, largest_difference, people
from assay.stats.pairing import Question

CONFIDENCE = 0.95


def compared(*counts, rate="r", reference="highest", minimum=30):
    groups = [GroupCounts(f"g{at}", k, n, n) for at, (k, n) in enumerate(counts)]
    question = Question(rate, "difference", "g", CONFIDENCE, minimum, reference=reference)
    return [each for each in compare_groups(groups, question) if each.value is not None]


def test_of_one_comparison_it_is_the_normal_quantile():
    pair = Sample("r", "a", 4000, 10_000), Sample("r", "b", 5000, 10_000)
    assert critical_value([pair], CONFIDENCE) == pytest.approx(norm.ppf(0.975), abs=0.06)


@pytest.mark.parametrize("k", [3, 5, 10])
def test_of_all_pairs_of_equal_groups_it_is_the_quantile_of_tukey(k):
    samples = [Sample("r", str(at), 5000, 10_000) for at in range(k)]
    pairs = [(a, b) for at, a in enumerate(samples) for b in samples[at + 1 :]]
    tukey = studentized_range.ppf(CONFIDENCE, k, np.inf) / np.sqrt(2)
    assert critical_value(pairs, CONFIDENCE) == pytest.approx(tukey, abs=0.07)


def test_it_grows_with_the_level_and_there_is_none_beyond_the_replicates():
    pair = Sample("r", "a", 400, 1000), Sample("r", "b", 500, 1000)
    assert critical_value([pair], 0.9) < critical_value([pair], 0.95) < critical_value([pair], 0.999)
    assert critical_value([pair], 0.9999) is None


def test_the_band_is_the_critical_value_times_the_standard_error():
    (estimate,) = compared((400, 1000), (500, 1000))
    found = largest_difference([estimate], CONFIDENCE, 30)
    se = np.sqrt(0.4 * 0.6 / 1000 + 0.5 * 0.5 / 1000)
    c = critical_value([(Sample("r", "g0", 400, 1000), Sample("r", "g1", 500, 1000))], CONFIDENCE)
    assert (found.low, found.high) == pytest.approx((0.1 - c * se, 0.1 + c * se))


def test_the_ends_are_the_largest_of_the_ends():
    estimates = compared((400, 1000), (500, 1000), (480, 1000))
    found = largest_difference(estimates, CONFIDENCE, 30)
    alone = largest_difference([e for e in estimates if e.value == -0.1], CONFIDENCE, 30)
    assert found.low < alone.low
    assert found.high > alone.high


def test_few_hits_or_misses_take_newcombe_for_all_of_them():
    estimates = compared((9, 100), (50, 100), (60, 100))
    found = largest_difference(estimates, CONFIDENCE, 30)
    assert found.method == "largest of Newcombe, Wilson, all together"
    each = difference_interval((9, 100), (60, 100), 1 - 0.05 / 3)
    assert (found.low, found.high) == pytest.approx((-each.high, -each.low))


@pytest.mark.parametrize("counts", [((0, 50), (0, 60)), ((50, 50), (60, 60)), ((0, 50), (60, 60))])
def test_without_variance_the_interval_still_has_a_width(counts):
    found = largest_difference(compared(*counts), CONFIDENCE, 30)
    assert found.high - found.low > 0.05
    assert 0 <= found.low <= found.high <= 1


def test_a_group_under_the_minimum_takes_exact_limits():
    estimates = compared((8, 20), (50, 100))
    found = largest_difference(estimates, CONFIDENCE, 30)
    assert people(estimates[0]) == 20
    assert found.method == "largest of Clopper-Pearson, all together"
    assert found.high == pytest.approx(-exact_difference_interval((8, 20), (50, 100), CONFIDENCE).low)


def test_effective_numbers_make_it_wider():
    (estimate,) = compared((400, 1000), (500, 1000))
    worth = {"design": DesignRate(rate=0.4, people=1000, effective=250), "numerator": None, "denominator": None}
    wider = largest_difference([estimate.model_copy(update=worth)], CONFIDENCE, 30)
    plain = largest_difference([estimate], CONFIDENCE, 30)
    assert wider.high - wider.low > 1.4 * (plain.high - plain.low)


def test_names_and_order_change_nothing():
    estimates = compared((400, 1000), (500, 1000), (450, 900))
    found = largest_difference(estimates, CONFIDENCE, 30)
    assert largest_difference(estimates[::-1], CONFIDENCE, 30) == found
    assert largest_difference(compared((450, 900), (400, 1000), (500, 1000)), CONFIDENCE, 30) == found


# Fairlearn's bootstrap of the largest difference never holds 0 for five equal groups.
def test_it_covers_where_there_is_no_difference_at_all():
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        counts = [(int(k), 200) for k in random.binomial(200, 0.3, 5)]
        covered += largest_difference(compared(*counts), CONFIDENCE, 30).low == 0
    assert covered >= 182  # of 190 expected; fewer in one of 200 tries
