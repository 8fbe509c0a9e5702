import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from assay.stats.auc import Auc, auc, auc_interval, roc_points
from builders import scores


def counted(score, label):
    table = scores(score, label)
    return table.events, table.nonevents


def rows(minimum=2):
    row = st.tuples(st.integers(0, 8), st.integers(0, 1))
    return st.lists(row, min_size=minimum, max_size=80).filter(lambda r: 0 < sum(label for _, label in r) < len(r))


def placements_variance(score, label):
    """DeLong's variance as in the paper, over all pairs, one by one."""
    score, label = np.asarray(score, float), np.asarray(label)
    events, nonevents = score[label == 1], score[label == 0]
    kernel = (events[:, None] > nonevents[None, :]) + 0.5 * (events[:, None] == nonevents[None, :])
    v10, v01 = kernel.mean(axis=1), kernel.mean(axis=0)
    return v10.var(ddof=1) / len(events) + v01.var(ddof=1) / len(nonevents)


# scikit-learn, roc_auc_score: the worked example of its documentation.
def test_the_documented_example_is_three_quarters():
    assert auc(*counted([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).value == 0.75


@given(rows())
def test_the_area_equals_scikit_learn_on_raw_rows(data):
    score, label = zip(*data, strict=True)
    assert auc(*counted(score, label)).value == pytest.approx(roc_auc_score(label, score), abs=1e-12)


@given(rows(6).filter(lambda r: 2 <= sum(label for _, label in r) <= len(r) - 2))
def test_the_variance_equals_delongs_placements_computed_pair_by_pair(data):
    score, label = zip(*data, strict=True)
    assert auc(*counted(score, label)).variance == pytest.approx(placements_variance(score, label), abs=1e-14)


@given(rows())
def test_reversing_the_score_reflects_the_area_and_keeps_the_variance(data):
    score, label = (np.array(column) for column in zip(*data, strict=True))
    one, other = auc(*counted(score, label)), auc(*counted(-score, label))
    assert one.value == pytest.approx(1 - other.value, abs=1e-15)
    assert one.variance == pytest.approx(other.variance, abs=1e-14)


@given(rows(), st.sampled_from([0.9, 0.95, 0.99]))
def test_every_interval_has_width_and_holds_its_area(data, confidence):
    found = auc(*counted(*zip(*data, strict=True)))
    interval = auc_interval(found, confidence)
    assert 0 <= interval.low <= found.value <= interval.high <= 1
    assert interval.high - interval.low > 0


# What others print as [1, 1]: nothing varied, so nothing was estimated.
def test_a_perfect_area_gets_the_exact_bound_over_disjoint_pairs():
    found = auc(*counted(range(40), [0] * 20 + [1] * 20))
    interval = auc_interval(found, 0.95)
    assert (found.value, interval.high) == (1.0, 1.0)
    assert interval.low == pytest.approx(0.025 ** (1 / 20))


def test_a_constant_score_gets_hoeffdings_bound():
    found = auc(*counted([7] * 500, [0, 1] * 250))
    interval = auc_interval(found, 0.95)
    assert (found.value, interval.method) == (0.5, "Hoeffding over disjoint pairs")
    assert interval.high - 0.5 == pytest.approx(math.sqrt(math.log(40) / 500))


def test_nine_events_are_too_few_for_the_normal_approximation():
    score, label = list(range(109)), [1 if i % 12 == 5 else 0 for i in range(109)]
    assert sum(label) == 9
    assert auc_interval(auc(*counted(score, label)), 0.95).method == "Hoeffding over disjoint pairs"
    label[0] = 1
    assert auc_interval(auc(*counted(score, label)), 0.95).method.startswith("DeLong")


# 20 disjoint pairs, of which five are expected to stand the wrong way round at an area of 0.75 and of 0.25.
@pytest.mark.parametrize(("area", "alone"), [(0.75, True), (0.751, False), (0.25, True), (0.249, False)])
def test_newcombes_interval_is_asked_only_where_hardly_any_pair_stands_the_wrong_way_round(area, alone):
    method = auc_interval(Auc(area, 0.006, 20, 400), 0.95).method
    assert method == ("DeLong (logit)" if alone else "DeLong (logit) and Newcombe, the wider")


def test_effective_numbers_decide_whether_few_pairs_stand_the_wrong_way_round():
    found = Auc(0.75, 0.006, 400, 400)
    assert auc_interval(found, 0.95).method == "DeLong (logit)"
    assert auc_interval(replace(found, effective=(19.0, 400.0)), 0.95).method.endswith("the wider")


def test_delongs_interval_is_symmetric_on_the_logit_scale():
    interval, odds = auc_interval(Auc(0.8, 0.0004, 500, 500), 0.95), math.log(0.8 / 0.2)
    half = 1.959963984540054 * 0.02 / (0.8 * 0.2)
    logit = [math.log(end / (1 - end)) for end in (interval.low, interval.high)]
    assert logit == pytest.approx([odds - half, odds + half])


# Newcombe's takes the classes to spread alike: here its interval is half as wide again and holds the area in 99.5 %.
def test_an_area_of_unequal_spreads_does_not_get_an_interval_that_always_holds_it():
    random, truth = np.random.default_rng(5), 0.75
    label = np.repeat([0, 1], [500, 60])
    apart = math.hypot(1, 2) * NormalDist().inv_cdf(truth)
    held = 0
    for _ in range(600):
        interval = auc_interval(auc(*counted(random.normal(apart * label, 2 - label), label)), 0.95)
        held += interval.low <= truth <= interval.high
    assert held / 600 == pytest.approx(0.95, abs=0.03)


def test_delongs_interval_covers_about_as_often_as_it_says():
    random, truth = np.random.default_rng(7), 0.7602499389065233  # Φ(1/√2)
    label = np.repeat([0, 1], 60)
    covered = 0
    for _ in range(600):
        interval = auc_interval(auc(*counted(random.normal(label, 1), label)), 0.95)
        covered += interval.low <= truth <= interval.high
    assert covered / 600 == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize(
    ("area", "events", "nonevents"), [(0.8, 10, 90), (0.9, 15, 15), (0.96, 30, 300), (0.98, 50, 50)]
)
def test_with_few_events_the_lower_limit_of_a_high_area_is_not_too_high(area, events, nonevents):
    # DeLong's Wald interval lies above the truth in 9 to 16 % of these cases, 2.5 % were promised
    random, apart = np.random.default_rng(3), math.sqrt(2) * NormalDist().inv_cdf(area)
    label = np.repeat([0, 1], [nonevents, events])
    limits = [auc_interval(auc(*counted(random.normal(apart * label, 1), label)), 0.95) for _ in range(400)]
    assert sum(limit.low > area for limit in limits) / 400 <= 0.03
    assert sum(limit.high < area for limit in limits) / 400 <= 0.05


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="events and non-events"):
        auc(*counted([1, 2], [1, 1]))


@settings(max_examples=30)
@given(rows())
def test_the_curve_is_that_of_scikit_learn(data):
    score, label = zip(*data, strict=True)
    x, y, _ = roc_curve(label, score, drop_intermediate=False)
    assert np.array(roc_points(*counted(score, label))) == pytest.approx(np.column_stack([x, y]))


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    points = roc_points(*counted(range(5000), [0, 1] * 2500))
    assert len(points) == 101
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
