"""How often a verdict is wrong where the truth is known; benchmarks/coverage.py measures more of it."""

import importlib.util
import sys
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from assay.record.finding import Measured
from assay.record.policy import Criterion, SmallGroups
from assay.stats.comparison import (
    difference_interval,
    exact_difference_interval,
    exact_ratio_interval,
    ratio_interval,
)
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.verdict.rollup import conclude

FOUR_FIFTHS = Criterion(at_least=0.8, source="guidance")
SINGLE = {
    ("ratio", False): ratio_interval, ("ratio", True): exact_ratio_interval,
    ("difference", False): difference_interval, ("difference", True): exact_difference_interval,
}  # fmt: skip


@pytest.fixture(scope="module")
def decisions():
    """benchmarks/decisions.py: the same for arrays of tables."""
    path = Path(__file__).parents[2] / "benchmarks" / "decisions.py"
    spec = importlib.util.spec_from_file_location("benchmark_decisions", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def outcome(counts, sizes, reference):
    """Of a table of groups, through comparison and verdict."""
    groups = [GroupCounts(f"g{i}", int(x), n, n) for i, (x, n) in enumerate(zip(counts, sizes, strict=True))]
    named = "highest" if reference == "highest" else "g1"
    estimates = compare_groups(groups, Question("r", "ratio", "g", 0.95, 30, "interval", named))
    return conclude(criteria=(FOUR_FIFTHS,), small_groups=SmallGroups(), measured=Measured(estimates=estimates)).outcome


@pytest.mark.parametrize(("shape", "exact"), SINGLE)
def test_intervals_of_arrays_are_those_of_the_functions_that_audits_use(decisions, shape, exact):
    random = np.random.default_rng(7)
    for n, m in ((31, 45), (200, 30), (1, 3), (64, 1000)):
        x = np.r_[0, n, 0, n, random.integers(0, n + 1, 30)]
        y = np.r_[0, m, m, 0, random.integers(0, m + 1, 30)]
        for confidence in (0.95, 0.9997):
            low, high = decisions.interval(shape, x, n, y, m, confidence, exact)
            for at in range(len(x)):
                if shape == "ratio" and exact and not y[at] and not x[at]:
                    continue
                one = SINGLE[shape, exact]((int(x[at]), n), (int(y[at]), m), confidence)
                assert low[at] == pytest.approx(one.low, rel=1e-12, abs=1e-15)
                assert high[at] == (float("inf") if one.high is None else pytest.approx(one.high, rel=1e-12, abs=1e-15))


@pytest.mark.parametrize("reference", ["highest", "fixed"])
def test_outcomes_of_arrays_are_those_of_the_decision_path(decisions, reference):
    random = np.random.default_rng(11)
    seen = []
    for _ in range(200):
        k = int(random.integers(2, 7))
        sizes = random.choice([8, 29, 30, 60, 300, 3000], k)
        sizes[1] = max(sizes[1], 30)
        rates = random.choice([0.0, 0.05, 0.3, 0.5, 0.9]) * random.choice([0.5, 0.8, 1.0], k)
        counts = random.binomial(sizes, rates)
        fails, passes = decisions.outcomes(counts[None, :], sizes.tolist(), reference)
        expected = "fail" if fails[0] else "pass" if passes[0] else "inconclusive"
        assert outcome(counts, sizes.tolist(), reference) == expected, (counts, sizes)
        seen.append(expected)
    assert {"pass", "fail", "inconclusive"} == set(seen)


@pytest.mark.parametrize("reference", ["highest", "fixed"])
@pytest.mark.parametrize(("groups", "size", "rate"), [(2, 300, 0.5), (4, 100, 0.3), (8, 60, 0.5)])
@pytest.mark.parametrize("ratio", [1.0, 0.8])
def test_at_most_one_in_twenty_groupings_without_a_breach_fails(reference, groups, size, rate, ratio):
    random, times = np.random.default_rng([groups, size]), 100
    truth = np.full(groups, rate)
    truth[0] *= ratio
    tables = random.binomial(size, truth, (times, groups))
    failed = sum(outcome(table, [size] * groups, reference) == "fail" for table in tables)
    assert failed / times <= 0.05 + 3 * sqrt(0.05 * 0.95 / times)


def test_six_tenths_of_a_half_among_two_thousand_people_is_found():
    random, times = np.random.default_rng(5), 200
    tables = random.binomial(1000, [0.3, 0.5], (times, 2))
    failed = sum(outcome(table, [1000, 1000], "highest") == "fail" for table in tables)
    assert failed / times >= 0.98
