"""Limits of rates of people whose group is known as a probability only."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from assay.stats.comparison import ratio_interval
from assay.stats.uncertain import LEAST_PEOPLE, Side, identified, merged, uncertain_rate, uncertain_ratio

people = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=40)
"""Tenths of probability, and whether favourable."""


def bins_of(rows, turned=False):
    """Everybody with the same probability in one bin."""
    made = []
    for tenth in range(11):
        p = (10 - tenth if turned else tenth) / 10
        sides = [sum(d is side for t, d in rows if t == tenth) for side in (True, False)]
        if any(sides):
            made.append(tuple(Side(n, n * p, n * p * p) for n in sides))
    return made


def test_by_hand():
    # ten people at 0.8, six favourable: between 0.8 + 0.6 - 1 = 0.4 and 0.6 of all are of the group and favourable
    found = uncertain_rate([(Side(6, 4.8, 3.84), Side(4, 3.2, 2.56))])
    assert found.expected == pytest.approx(8)
    assert found.weighted.rate == pytest.approx(0.6)
    assert (found.least.rate, found.most.rate) == pytest.approx((0.4 / 0.8, 0.6 / 0.8))


def test_a_group_that_is_known_has_one_rate_and_its_usual_error():
    found = uncertain_rate([(Side(30, 30.0, 30.0), Side(70, 70.0, 70.0)), (Side(50), Side(50))])
    for spread in (found.weighted, found.least, found.most):
        assert spread.rate == pytest.approx(0.3)
        assert spread.error == pytest.approx((0.3 * 0.7 / 100) ** 0.5)


def test_a_group_to_which_nobody_can_belong_has_no_rate():
    assert uncertain_rate([(Side(5), Side(5))]) is None
    assert uncertain_rate([]) is None


@given(people)
def test_the_weighted_rate_lies_within_the_limits(rows):
    found = uncertain_rate(bins_of(rows))
    assume(found is not None)
    assert 0 <= found.least.rate <= found.weighted.rate + 1e-12
    assert found.weighted.rate <= found.most.rate + 1e-12 <= 1 + 1e-12
    expected = sum(Fraction(t, 10) for t, _ in rows)
    assert found.weighted.rate == pytest.approx(float(sum(Fraction(t, 10) for t, d in rows if d) / expected))


@given(people)
def test_the_limits_are_those_of_a_linear_programme(rows):
    """Over all joint distributions of group and decision with the given margins within each probability."""
    bins = bins_of(rows)
    found = uncertain_rate(bins)
    assume(found is not None)
    expected, ends = sum(s.probability for pair in bins for s in pair), []
    for sign in (1, -1):
        total = 0.0
        for yes, no in bins:  # cells: of the group and favourable, of it and not, other and favourable, other and not
            n, p = yes.people + no.people, yes.probability + no.probability
            margins = [[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]]
            solved = linprog([sign, 0, 0, 0], A_eq=margins, b_eq=[p, yes.people, n], bounds=(0, None))
            total += solved.x[0]
        ends.append(total / expected)
    assert (found.least.rate, found.most.rate) == pytest.approx(tuple(ends), abs=1e-9)


def test_both_ends_of_a_ratio_are_reached_by_one_assignment():
    rows = [(3, True)] * 6 + [(3, False)] * 4 + [(8, True)] * 2 + [(8, False)] * 8
    group, reference = uncertain_rate(bins_of(rows)), uncertain_rate(bins_of(rows, turned=True))
    reached = []
    for a, b in product(range(4), range(9)):  # favourable people of the group among the 3 and the 8 expected
        if max(0, 3 + 6 - 10) <= a <= min(3, 6) and max(0, 8 + 2 - 10) <= b <= min(8, 2):
            reached.append(((a + b) / 11) / ((8 - a - b) / 9))
    assert identified(group, reference) == pytest.approx((min(reached), max(reached)))


@given(people, st.floats(0.5, 0.99), st.integers(2, 50))
def test_the_interval_holds_all_that_the_ratio_can_be_and_shrinks_to_it(rows, confidence, times):
    group, reference = uncertain_rate(bins_of(rows)), uncertain_rate(bins_of(rows, turned=True))
    assume(group is not None and reference is not None)
    low, high = identified(group, reference)
    interval = uncertain_ratio(group, reference, confidence)
    assert interval.low <= low + 1e-12
    assert high is None or interval.high is None or interval.high >= high - 1e-12
    more = [uncertain_rate(bins_of(rows * times, turned=turned)) for turned in (False, True)]
    narrower = uncertain_ratio(*more, confidence)
    assert interval.low - 1e-9 <= narrower.low <= low + 1e-9


def test_the_sampling_error_of_the_limits_is_that_of_repeated_samples():
    random = np.random.default_rng(5)
    p = random.choice([0.2, 0.5, 0.9], size=(2000, 500))
    d = random.random(p.shape) < 0.2 + 0.5 * p
    found = []
    for probabilities, decisions in zip(p, d, strict=True):
        rows = [(round(10 * a), bool(b)) for a, b in zip(probabilities, decisions, strict=True)]
        found.append(uncertain_rate(bins_of(rows)))
    for name in ("weighted", "least", "most"):
        rates = [getattr(one, name).rate for one in found]
        errors = [getattr(one, name).error for one in found]
        assert np.mean(errors) == pytest.approx(np.std(rates), rel=0.06)


def hundredths(p, d, turned):
    """Merged hundredths of the probability, as the check makes them."""
    q = 1 - p if turned else p
    place, made = np.minimum((q * 100).astype(int), 99), []
    for at in range(100):
        pair = tuple(q[(place == at) & (d == side)] for side in (True, False))
        if any(map(len, pair)):
            made.append(tuple(Side(len(x), float(x.sum()), float((x * x).sum())) for x in pair))
    return merged(made)


@given(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), min_size=1, max_size=12), st.booleans())
def test_merged_bins_are_large_hold_everybody_and_never_mix_the_certain_with_others(counts, ends):
    last = len(counts) + 1
    at = [(place + 1) / last for place in range(len(counts))]
    if ends:
        at[-1] = 1.0
    bins = [tuple(Side(n, n * p, n * p * p) for n in both) for both, p in zip(counts, at, strict=True)]
    found = merged(bins)
    for name in ("people", "probability", "square"):
        sums = [sum(getattr(side, name) for pair in each for side in pair) for each in (bins, found)]
        assert sums[0] == pytest.approx(sums[1])
    open_ones = [pair for pair in found if 0 < sum(s.probability for s in pair) < sum(s.people for s in pair)]
    assert len(open_ones) < 2 or all(sum(s.people for s in pair) >= LEAST_PEOPLE for pair in open_ones)


def test_few_who_are_certain_stay_certain():
    bins = [(Side(300), Side(600)), (Side(60, 60.0, 60.0), Side(40, 40.0, 40.0))]
    found = uncertain_rate(merged(bins))
    assert (found.least.rate, found.most.rate, found.least.bias, found.most.bias) == (0.6, 0.6, 0.0, 0.0)


@pytest.mark.parametrize(
    ("rate", "low", "high"),
    [(lambda p: 0.1 + 0.8 * p, 0.0795, 0.5185), (lambda p: 0.5 + 0 * p, 0.5767, 1.734)],
)
@pytest.mark.parametrize("people", [500, 2000])
def test_the_interval_covers_all_that_the_ratio_can_be_as_often_as_it_says(rate, low, high, people):
    """The limits of the population, of four million; the interval is for both ends at once."""
    random, both = np.random.default_rng(8), 0
    for _ in range(100):
        p = random.beta(0.3, 0.3, people)
        d = random.random(people) < rate(p)
        group, reference = (uncertain_rate(hundredths(p, d, turned)) for turned in (True, False))
        found = uncertain_ratio(group, reference, 0.95)
        both += found.low <= low and (found.high is None or found.high >= high)
    assert both >= 95


def test_nobody_of_a_few_is_not_nobody_for_certain():
    """Where everybody's group is certain, the interval is at least that of two rates of counts, at 0 and at 1 too."""
    for k, n, other, m in ((0, 30, 30, 1000), (30, 30, 900, 1000), (7, 40, 1000, 1000), (1, 35, 1, 4000)):
        whole = [
            (Side(k, k, k), Side(n - k, n - k, n - k)),
            (Side(other, other, other), Side(m - other, m - other, m - other)),
        ]
        none = [tuple(Side(side.people) for side in pair) for pair in whole]
        group, reference = uncertain_rate([whole[0], none[1]]), uncertain_rate([none[0], whole[1]])
        found, plain = uncertain_ratio(group, reference, 0.95), ratio_interval((k, n), (other, m), 0.95)
        assert found.low <= plain.low + 1e-12
        assert found.high is None or found.high >= plain.high - 1e-12


def test_probabilities_whose_squares_are_rounded_away_are_worth_one_person():
    rate = uncertain_rate([(Side(300, 1e-9, 0.0), Side(300, 1e-9, 0.0))])
    assert rate.worth == 1
    assert uncertain_ratio(rate, rate, 0.95).high is None
