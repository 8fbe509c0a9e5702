"""Bandwidths, steps and concentration of grades beside their formulas written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm

from assay.stats.grades import bandwidths, concentration, concentration_p, exact_p, jeffreys_p, steps, variation

matrices = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 30), min_size=k, max_size=k), min_size=k, max_size=k)
)


def by_hand(n, *, upper):
    """Section 2.5.5.1 as it stands, i and j from 1."""
    k = len(n)
    rows = [sum(row) for row in n]
    p = [[n[i][j] / rows[i] if rows[i] else 0 for j in range(k)] for i in range(k)]
    pairs = [(i, j) for i in range(1, k + 1) for j in range(1, k + 1) if (j > i if upper else j < i)]
    moved = sum(abs(i - j) * rows[i - 1] * p[i - 1][j - 1] for i, j in pairs)
    norm_ = sum(max(abs(i - k), abs(i - 1)) * rows[i - 1] * p[i - 1][j - 1] for i, j in pairs)
    return moved / norm_ if norm_ else math.nan


@given(matrices)
def test_bandwidths_are_those_of_the_instruction(n):
    found = bandwidths(np.array(n, float))
    wanted = by_hand(n, upper=True), by_hand(n, upper=False)
    assert [float(each) for each in found] == pytest.approx(wanted, abs=1e-12, nan_ok=True)


def test_a_small_matrix_by_hand():
    upper, lower = bandwidths(np.array([[8.0, 1, 1], [2, 7, 1], [0, 1, 9]]))
    assert float(upper) == (1 + 2 + 1) / (2 + 2 + 1)
    assert float(lower) == (2 + 1) / (2 * 1 + 2 * 1)


@given(matrices)
def test_z_p_values_of_steps_are_those_of_the_instruction(n):
    for step in steps(np.array(n)):
        total = sum(n[step.before])
        own, nearer = n[step.before][step.now] / total, n[step.before][step.nearer] / total
        assert abs(step.nearer - step.before) == abs(step.now - step.before) - 1
        variance = (own * (1 - own) + nearer * (1 - nearer) + 2 * own * nearer) / total
        if variance:
            assert step.z_p_value == pytest.approx(norm.cdf((nearer - own) / math.sqrt(variance)), abs=1e-12)
        else:
            assert step.z_p_value is None


@given(matrices)
def test_p_values_of_steps_are_those_of_the_sign_test(n):
    for step in steps(np.array(n)):
        own, nearer = n[step.before][step.now], n[step.before][step.nearer]
        expected = binomtest(own, own + nearer, 0.5, alternative="greater").pvalue
        assert step.p_value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("row", "exact"), [([0, 0, 1], 0.5), ([1, 0, 2], 0.25)])
def test_a_few_who_moved_far_are_no_proof(row, exact):
    (far,) = (step for step in steps(np.array([row, [0, 0, 0], [0, 0, 0]])) if (step.before, step.now) == (0, 2))
    assert far.p_value == pytest.approx(exact, abs=1e-15)
    assert far.z_p_value is None or far.z_p_value < 0.01


@pytest.mark.parametrize("row", [[0, 0, 8], [3, 5, 9], [40, 11, 10], [0, 20, 31]])
def test_a_step_without_excess_is_seldom_significant(row):
    """The chance of a p-value at or under the level is at most the level, where both grades are as likely."""
    people = sum(row[1:])
    for level in (0.01, 0.05, 0.2):
        chance = sum(binom.pmf(far, people, 0.5) for far in range(people + 1) if exact_p(far, people, 0.5) <= level)
        assert chance <= level


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0, 1))
def test_the_exact_p_value_is_the_binomial_test(events, more, probability):
    n = max(events, more)
    expected = binomtest(events, n, probability, alternative="greater").pvalue
    assert exact_p(events, n, probability) == pytest.approx(expected, abs=1e-12)


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_nobody_who_defaulted_speaks_against_a_probability(n, probability):
    assert jeffreys_p(0, n, probability) == exact_p(0, n, probability) == 1.0


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8).filter(any))
def test_the_index_is_that_of_the_instruction(counts):
    k = len(counts)
    cv = variation(counts)
    assert float(concentration(np.array(counts, float))) == pytest.approx(
        1 + math.log((cv * cv + 1) / k) / math.log(k), abs=1e-9
    )


def test_the_index_is_0_where_all_hold_as_many_and_1_where_one_holds_all():
    assert float(concentration(np.array([5.0, 5, 5, 5]))) == pytest.approx(0, abs=1e-12)
    assert float(concentration(np.array([0.0, 9, 0]))) == 1.0


def test_the_p_value_of_a_rise():
    now, before = [10, 20, 70], [30, 30, 40]
    cv, first = (math.sqrt(3 * sum((x / sum(n) - 1 / 3) ** 2 for x in n)) for n in (now, before))
    z = math.sqrt(2) * (cv - first) / math.sqrt(cv**2 * (0.5 + cv**2))
    assert concentration_p(now, before) == pytest.approx(1 - norm.cdf(z), abs=1e-12)
    assert concentration_p(now, now) == 0.5
    assert concentration_p([5, 5], [1, 9]) is None
