"""Rates of weighted people and of people in several rows: effective numbers against statsmodels, and their coverage."""

import math
from collections import defaultdict

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.record.estimate import DesignRate, Estimate
from assay.stats.design import clustered_rate, scaled, weighted_rate
from assay.stats.proportion import clopper_pearson, wilson

weights = st.floats(1e-3, 1e3)
people = st.lists(st.tuples(st.booleans(), weights), min_size=2, max_size=60)


def of_rows(rows):
    """A weighted rate from (favourable, weight) of each person."""
    part = [w for y, w in rows if y]
    whole = [w for _, w in rows]
    sums = [(math.fsum(ws), math.fsum(w * w for w in ws)) for ws in (part, whole)]
    return weighted_rate(*sums, len(rows))


def of_groups(rows, *, weighted=True):
    """A rate by random groups from (favourable, weight, group) of each person."""
    sums = defaultdict(lambda: [0.0, 0.0])
    for y, w, group in rows:
        sums[group][0] += w * y
        sums[group][1] += w
    return clustered_rate([tuple(one) for one in sums.values()], len(rows), weighted=weighted)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), weights)
def test_equal_weights_are_worth_the_people_there_are(rate, weight):
    k, n = rate
    found = weighted_rate((k * weight, k * weight**2), (n * weight, n * weight**2), n)
    assert found.rate == pytest.approx(k / n, abs=1e-12)
    assert found.effective == n
    assert wilson(*scaled(found, 0.95), 0.95) == pytest.approx(wilson(k, n, 0.95), abs=1e-9)


@given(people)
def test_the_variance_of_a_weighted_rate_is_the_sandwich_of_statsmodels(rows):
    y, w = np.array([float(y) for y, _ in rows]), np.array([w for _, w in rows])
    found = of_rows(rows)
    assert found.rate == pytest.approx(np.average(y, weights=w), abs=1e-12)
    if 0 < y.sum() < len(y):
        variance = sm.WLS(y, np.ones_like(y), weights=w).fit(cov_type="HC0").bse[0] ** 2
        kish = w.sum() ** 2 / (w @ w)
        assert found.effective == pytest.approx(min(found.rate * (1 - found.rate) / variance, kish), rel=1e-6)


@given(st.lists(weights, min_size=1, max_size=60), st.booleans())
def test_where_all_agree_the_effective_number_is_that_of_kish(given_weights, favourable):
    found = of_rows([(favourable, w) for w in given_weights])
    spread = np.std(given_weights) / np.mean(given_weights)
    assert found.effective == pytest.approx(len(given_weights) / (1 + spread**2), rel=1e-9)  # n / (1 + cv²)


@given(people)
def test_the_unit_of_the_weights_changes_nothing(rows):
    one, other = of_rows(rows), of_rows([(y, 4096 * w) for y, w in rows])
    assert (one.rate, one.effective) == (other.rate, other.effective)


@pytest.mark.parametrize("seed", range(6))
def test_the_variance_between_random_groups_is_that_of_leaving_out_one_after_the_other(seed):
    random, k = np.random.default_rng(seed), 10 + 3 * seed
    group, w = random.integers(0, k, 200), random.lognormal(0, 1.5, 200)
    y = random.random(200) < random.beta(1, 2, k)[group]
    found = of_groups(list(zip(y.tolist(), w.tolist(), group.tolist(), strict=True)))
    p = np.average(y, weights=w)
    without = np.array([np.average(y[group != g], weights=w[group != g]) for g in range(k)])
    variance = (k - 1) / k * ((without - p) ** 2).sum()
    assert (found.groups, found.rate) == (k, pytest.approx(p))
    assert found.effective == pytest.approx(min(p * (1 - p) / variance, 200), rel=1e-9)


def test_groups_of_one_size_have_the_variance_of_the_cluster_sandwich_of_statsmodels():
    random, group = np.random.default_rng(3), np.repeat(np.arange(40), 20)
    y = (random.random(800) < random.beta(1, 2, 40)[group]).astype(float)
    found = of_groups(list(zip((y > 0).tolist(), [1.0] * 800, group.tolist(), strict=True)), weighted=False)
    options = {"cov_type": "cluster", "cov_kwds": {"groups": group, "use_correction": False}}
    variance = sm.OLS(y, np.ones(800)).fit(**options).bse[0] ** 2 * 40 / 39
    assert found.effective == pytest.approx(found.rate * (1 - found.rate) / variance, rel=1e-9)


def test_an_entity_that_makes_the_rate_does_not_hide_how_far_the_others_are_from_it():
    # what it differs from the rate by is 1.5 of 1000 rows: taken as it stands that would be worth all 1030
    found = clustered_rate([(850.0, 1000.0), *[(1.0, 1.0)] * 24, *[(0.0, 1.0)] * 6], 1030, weighted=False)
    assert found.effective == pytest.approx(56.2457, abs=1e-4)


def test_the_interval_covers_where_one_entity_holds_a_third_of_the_rows():
    def draw(random):
        sizes = np.array([300] + [15] * 40)
        k = random.binomial(sizes, random.beta(3, 7, 41))
        found = clustered_rate([tuple(one) for one in np.column_stack([k, sizes]).tolist()], 900, weighted=False)
        return found, int(k.sum()), 900

    by_entity, naive = coverage(5, draw, 0.3)
    assert by_entity >= 0.93
    assert naive < 0.6


def test_a_few_heavy_people_are_never_worth_more_than_their_weights_leave():
    # one person of weight 1000 makes the rate of 0.99, so the linearised variance alone would be worth all 111
    agrees = weighted_rate((1000.0 + 100.0, 1000.0**2 + 100.0), (1000.0 + 110.0, 1000.0**2 + 110.0), 111)
    assert agrees.effective == pytest.approx(1110**2 / (1000**2 + 110))


@given(people)
def test_no_design_is_worth_more_than_its_people(rows):
    assert 0 < of_rows(rows).effective <= len(rows)
    assert 0 < of_groups([(y, w, place % 12) for place, (y, w) in enumerate(rows)]).effective <= len(rows)


@pytest.mark.parametrize("rates", [[0.0] * 40, [1.0] * 40, [0.0, 1.0] * 3])
def test_where_no_spread_can_be_seen_each_random_group_counts_as_one_person(rates):
    found = clustered_rate([(50 * rate, 50.0) for rate in rates], 50 * len(rates), weighted=False)
    assert found.effective == pytest.approx(len(rates))
    uneven = clustered_rate([(0.0, 900.0), *[(0.0, 1.0)] * 39], 939, weighted=False)
    assert uneven.effective == pytest.approx(939**2 / (900**2 + 39))


def test_groups_that_all_have_the_same_rate_are_worth_their_people():
    assert clustered_rate([(10.0, 20.0)] * 40, 800, weighted=False).effective == 800


def test_random_groups_in_which_nobody_counts_are_no_groups():
    present = [(1.0, 2.0)] * 5 + [(2.0, 2.0)] * 10
    assert clustered_rate([*present, (0.0, 0.0)], 30, weighted=False) == clustered_rate(present, 30, weighted=False)


def test_a_single_entity_tells_next_to_nothing():
    found = clustered_rate([(300.0, 300.0)], 300, weighted=False)
    assert (found.groups, found.effective) == (1, 1.0)
    low, high = wilson(*scaled(found, 0.95), 0.95)
    assert low < 0.05
    assert high == 1.0


def test_weights_so_small_that_their_squares_vanish_count_as_one_person():
    assert weighted_rate((1e-12, 0.0), (3e-12, 0.0), 40).effective == 1.0


# Korn and Graubard 1998: Clopper and Pearson's quantiles at the effective number, which is divided by (t/z)².
@pytest.mark.parametrize(("rate", "effective", "groups"), [(0.1, 83.4, 21), (0.5, 12.5, 400), (0.98, 250.25, 12)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_the_limits_are_those_of_korn_and_graubard(rate, effective, groups, confidence):
    design = DesignRate(rate=rate, people=1000, effective=effective, groups=groups)
    tail = (1 - confidence) / 2
    n = effective * (stats.norm.ppf(tail) / stats.t.ppf(tail, groups - 1)) ** 2
    k = rate * n
    expected = stats.beta.ppf(tail, k, n - k + 1), stats.beta.ppf(1 - tail, k + 1, n - k)
    assert clopper_pearson(*scaled(design, confidence), confidence) == pytest.approx(expected, abs=1e-10)


def coverage(seed, draw, truth, times=400):
    """How often the interval by design, and the naive one, hold the true rate."""
    random, held = np.random.default_rng(seed), np.zeros(2)
    for _ in range(times):
        design, k, n = draw(random)
        for place, rate in enumerate((scaled(design, 0.95), (k, n))):
            low, high = wilson(*rate, 0.95)
            held[place] += low <= truth <= high
    return held / times


def test_the_interval_by_entity_covers_where_the_naive_one_does_not():
    def draw(random):
        entities, rows = 250, 8
        own = random.beta(0.6, 1.4, entities)  # a rate of its own for each entity: strongly alike within
        k = random.binomial(rows, own)
        sums = np.zeros((400, 2))
        np.add.at(sums, random.integers(0, 400, entities), np.column_stack([k, np.full(entities, rows)]))
        found = clustered_rate([tuple(one) for one in sums.tolist()], entities * rows, weighted=False)
        return found, int(k.sum()), entities * rows

    by_entity, naive = coverage(1, draw, 0.3)
    assert 0.92 <= by_entity <= 0.98
    assert naive < 0.8


def test_the_interval_of_a_weighted_rate_covers_where_the_naive_one_does_not():
    def draw(random):
        w = random.lognormal(0, 0.9, 600)
        y = random.random(600) < 0.3
        part, whole = (w[y].sum(), (w[y] ** 2).sum()), (w.sum(), (w**2).sum())
        return weighted_rate(part, whole, 600), part[0] / whole[0] * 600, 600

    weighted, naive = coverage(2, draw, 0.3)
    assert 0.92 <= weighted <= 0.98
    assert naive < 0.88


def test_a_record_without_weights_and_entities_says_nothing_of_them():
    plain = Estimate(name="x", value=0.5, numerator=1, denominator=2)
    assert not {"design", "reference_design"} & plain.model_dump(mode="json").keys()
    design = DesignRate(rate=0.5, people=9, effective=7.25, groups=3)
    told = Estimate(name="x", value=0.5, design=design)
    assert Estimate.model_validate_json(told.model_dump_json()) == told
