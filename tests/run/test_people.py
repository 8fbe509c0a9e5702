"""How many people would decide: the number, put to the test by counting that many."""

import math

import pytest

from assay.record.estimate import DesignRate, Estimate, Interval
from assay.record.policy import Criterion, SmallGroups
from assay.run.people import people_to_decide
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.verdict.judge import judge

CRITERION = Criterion(at_least=0.8, source="convention")
SMALL = SmallGroups()


def compared(a, n, b, m, times=1.0):
    """The comparison of two groups, every count grown alike."""
    groups = [
        GroupCounts("a", round(a * times), round(n * times), round(n * times)),
        GroupCounts("b", round(b * times), round(m * times), round(m * times)),
    ]
    return compare_groups(groups, Question("impact_ratio", "ratio", "g", 0.95, 30))[0]


def straddling():
    """Comparisons that are undecided, with the point at some distance from the threshold."""
    for n in (200, 400, 900, 2500):
        for rate in (0.2, 0.35, 0.5, 0.7, 0.9):
            for ratio in (0.65, 0.7, 0.75, 0.85, 0.9, 0.95):
                case = (round(n * rate * ratio), n, round(n * rate), n)
                estimate = compared(*case)
                undecided = judge(estimate, CRITERION, 0, SMALL).reason == "interval_straddles"
                if undecided and abs(float(estimate.exact) - 0.8) > 0.03:
                    yield case


@pytest.mark.parametrize("case", list(straddling()))
def test_with_that_many_people_at_the_same_rates_the_comparison_is_decided(case):
    estimate = compared(*case)
    people = people_to_decide(estimate, CRITERION, SMALL)
    assert people > estimate.denominator
    enough = judge(compared(*case, times=1.1 * people / estimate.denominator), CRITERION, 0, SMALL)
    assert enough.outcome in ("pass", "fail")
    too_few = judge(compared(*case, times=0.9 * people / estimate.denominator), CRITERION, 0, SMALL)
    assert too_few.outcome == "inconclusive"


def test_a_value_that_is_the_threshold_itself_is_decided_by_no_number_of_people():
    assert people_to_decide(compared(40, 100, 50, 100), CRITERION, SMALL) is None


def test_a_small_group_needs_the_minimum_at_least():
    few = compared(9, 10, 500, 1000)
    assert people_to_decide(few, CRITERION, SMALL) >= 30


def test_an_interval_of_a_plain_value_shrinks_with_the_root_of_n():
    auc = Estimate(
        name="auc", value=0.72, n=100, interval=Interval(low=0.62, high=0.82, confidence=0.95, method="DeLong")
    )
    criterion = Criterion(at_least=0.7, source="convention")
    assert people_to_decide(auc, criterion, SMALL) == pytest.approx(100 * (0.10 / 0.02) ** 2, abs=1)


def test_nothing_is_said_of_a_published_number_or_an_unbounded_one():
    assert people_to_decide(compared(30, 100, 50, 100), Criterion(reported=True, source="regulation"), SMALL) is None
    open_ = Estimate(name="x", value=1.0, n=50, interval=Interval(low=0.5, high=None, confidence=0.95, method="m"))
    between = Criterion(between=(0.4, 2.0), source="house")
    assert people_to_decide(open_, between, SMALL) is None
    assert math.isfinite(people_to_decide(open_, Criterion(at_least=0.9, source="house"), SMALL))


def designed(a, n, b, m, worth, times=1.0):
    """The same comparison of weighted people, each `worth` of a person drawn by himself."""

    def rate(k, people):
        whole = round(people * times)
        return DesignRate(rate=k / people, people=whole, effective=whole * worth, groups=200, weighted=True)

    groups = [GroupCounts(name, 1, round(people * times), round(people * times), rate(k, people), (k, people))
              for name, k, people in (("a", a, n), ("b", b, m))]  # fmt: skip
    return compare_groups(groups, Question("impact_ratio", "ratio", "g", 0.95, 30))[0]


@pytest.mark.parametrize("case", list(straddling())[::3])
@pytest.mark.parametrize("worth", [0.3, 0.8])
def test_people_who_are_worth_less_each_decide_with_more_of_them(case, worth):
    estimate = designed(*case, worth)
    people = people_to_decide(estimate, CRITERION, SMALL)
    plain = people_to_decide(compared(*case), CRITERION, SMALL)
    assert people == pytest.approx(plain / worth, rel=0.05)
    enough = judge(designed(*case, worth, times=1.02 * people / estimate.n), CRITERION, 0, SMALL)
    assert enough.outcome in ("pass", "fail")
    too_few = judge(designed(*case, worth, times=0.98 * people / estimate.n), CRITERION, 0, SMALL)
    assert too_few.outcome == "inconclusive"


def in_bins(value, half, bound, n=100):
    """An area whose interval is half from the sample and half from the bound of its bins."""
    low, high = value - half - bound, value + half + bound
    interval = Interval(low=low, high=high, confidence=0.95, method="DeLong; wider by the bins' bound")
    return Estimate(name="auc", value=value, n=n, bound=bound, interval=interval)


def test_the_bound_of_bins_does_not_shrink_with_people():
    criterion = Criterion(at_least=0.7, source="convention")
    people = people_to_decide(in_bins(0.72, 0.1, 0.01), criterion, SMALL)
    assert people == pytest.approx(100 * (0.1 / 0.01) ** 2, abs=1)
    enough = in_bins(0.72, 0.1 / math.sqrt(1.01 * people / 100), 0.01, n=people)
    assert judge(enough, criterion, 0, SMALL).outcome == "pass"
    below = people_to_decide(in_bins(0.68, 0.1, 0.01), criterion, SMALL)
    assert below == pytest.approx(people, abs=1)


@pytest.mark.parametrize("bound", [0.02 + 1e-12, 0.03])
def test_no_number_of_people_is_promised_where_the_bins_keep_it_undecided(bound):
    criterion = Criterion(at_least=0.7, source="convention")
    for value in (0.68, 0.72):
        assert people_to_decide(in_bins(value, 0.1, bound), criterion, SMALL) is None
