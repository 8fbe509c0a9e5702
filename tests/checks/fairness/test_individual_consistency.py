import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.checks.fairness.individual_consistency import individual_consistency
from assay.evidence.individuals import Neighbours
from assay.record.policy import Criterion, SmallGroups
from assay.stats.proportion import wilson
from assay.verdict.rollup import conclude
from builders import measure, needs, people_manifest

FEATURES = [{"name": "sex", "protected": True}, {"name": "income"}, {"name": "age"}]
VIEW = people_manifest(features=FEATURES)


def neighbours(favourable, unfavourable, *, pool=None, undecided=0):
    people = sum(favourable) + sum(unfavourable)
    k = len(favourable) - 1
    return Neighbours(("income", "age"), k, 9000, undecided, people if pool is None else pool, favourable, unfavourable)


def consistency(favourable, unfavourable, **more):
    k = len(favourable) - 1
    return measure(individual_consistency, VIEW, neighbours(favourable, unfavourable, **more), p={"neighbours": k})


def outcome(measured, at_least=0.9):
    criterion = Criterion(at_least=at_least, source="convention")
    return conclude(criteria=(criterion,), small_groups=SmallGroups(), measured=measured)


def test_it_is_one_less_the_mean_distance_from_the_neighbours():
    (found,) = consistency((1, 0, 0, 0, 9), (8, 2, 0, 0, 0)).estimates
    distances = [1.0] + [0.0] * 9 + [0.0] * 8 + [0.25] * 2
    assert found.value == pytest.approx(1 - sum(distances) / 20, abs=1e-15)
    assert (found.n, found.numerator) == (20, None)


def test_the_interval_is_never_of_zero_width():
    (found,) = consistency((0, 0, 100), (100, 0, 0)).estimates
    assert (found.value, found.interval.high) == (1.0, 1.0)
    assert found.interval.low == pytest.approx(wilson(100, 100, 0.95)[0])  # 200 asked about, and a pool of 200


def test_a_small_pool_widens_the_interval():
    wide, narrow = (consistency((0, 20, 80), (80, 20, 0), pool=pool).estimates[0].interval for pool in (20, 2000))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_enough_of_the_alike_pass_few_straddle_and_the_random_fail():
    assert outcome(consistency((0, 60, 540), (540, 60, 0))).outcome == "pass"
    straddling = outcome(consistency((0, 12, 54), (54, 12, 0)))
    assert (straddling.outcome, straddling.reason) == ("inconclusive", "interval_straddles")
    assert outcome(consistency((100, 200, 100), (100, 200, 100))).outcome == "fail"


def test_fewer_than_the_minimum_never_pass():
    few = outcome(consistency((0, 0, 15), (14, 0, 0)), at_least=0.1)
    assert (few.outcome, few.reason) == ("inconclusive", "sample_too_small")


@pytest.mark.parametrize(("pool", "kind"), [(0, "evidence_missing"), (2, "sample_too_small")])
def test_nobody_asked_about_is_undefined(pool, kind):
    (found,) = consistency((0, 0, 0, 0), (0, 0, 0, 0), pool=pool).estimates
    assert (found.value, found.undefined_as) == (None, kind)


def test_too_many_without_a_decision_leave_it_open():
    measured = consistency((0, 0, 300), (300, 0, 0), undecided=100)
    assert measured.undecided == pytest.approx(100 / 1300)
    assert outcome(measured).reason == "evidence_missing"


def test_people_are_alike_by_what_is_not_protected_unless_told():
    assert needs(individual_consistency, VIEW).requests[0].features == ("income", "age")
    assert needs(individual_consistency, VIEW, features="all").requests[0].features == ("sex", "income", "age")
    assert needs(individual_consistency, VIEW, features=("age",)).requests[0].features == ("age",)
    only = people_manifest(features=FEATURES[:1])
    assert needs(individual_consistency, only).missing == ("features: one not declared protected",)
    assert needs(individual_consistency, VIEW, features=("ages",)).missing == ("features: ages",)


def test_a_cut_needs_a_score_to_cut():
    columns = {"decision": {"from": "score", "favourable": {"below": 0.5}}}
    view = people_manifest(columns=columns, features=FEATURES)
    assert needs(individual_consistency, view).missing == ("columns.score",)


counted = st.lists(st.integers(0, 30), min_size=4, max_size=4).map(tuple)


@given(counted, counted)
def test_what_is_called_favourable_changes_nothing_and_twice_the_people_only_the_interval(favourable, unfavourable):
    if not sum(favourable) + sum(unfavourable):
        return
    (found,) = consistency(favourable, unfavourable).estimates
    (turned,) = consistency(unfavourable[::-1], favourable[::-1]).estimates
    assert found == turned
    (twice,) = consistency(tuple(2 * n for n in favourable), tuple(2 * n for n in unfavourable)).estimates
    assert twice.value == found.value
    assert twice.interval.high - twice.interval.low < found.interval.high - found.interval.low
