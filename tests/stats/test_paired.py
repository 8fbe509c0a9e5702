"""Two ways to decide about the same people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.stats.paired import (
    Paired,
    exact_paired_difference_interval,
    gain_in_lowest_ratio,
    lowest_ratio,
    mcnemar,
    paired_difference_interval,
)

COUNTS = st.builds(Paired, *(st.integers(0, 60),) * 4).filter(lambda pairs: pairs.n > 0)
SOMEBODY = COUNTS.filter(lambda pairs: pairs.first_rate > 0 and pairs.second_rate > 0)


# Newcombe 1998, Statistics in Medicine 17, 2635-2650, table II: 36, 12, 2, 0 by method 10.
def test_newcombes_example():
    interval = paired_difference_interval(Paired(36, 12, 2, 0), 0.95)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.0569, 0.3404)


@given(COUNTS)
def test_the_paired_interval_holds_the_difference_and_turns_round_with_the_ways(pairs):
    interval = paired_difference_interval(pairs, 0.95)
    turned = paired_difference_interval(Paired(pairs.both, pairs.second, pairs.first, pairs.neither), 0.95)
    assert -1 <= interval.low <= pairs.first_rate - pairs.second_rate <= interval.high <= 1
    assert interval.low < interval.high
    assert (turned.low, turned.high) == pytest.approx((-interval.high, -interval.low), abs=1e-12)


@settings(deadline=None)
@given(st.lists(SOMEBODY, min_size=2, max_size=5), st.randoms())
def test_the_gain_lies_in_its_interval_and_the_order_of_groups_does_not_matter(groups, random):
    gain = lowest_ratio([g.second_rate for g in groups]) - lowest_ratio([g.first_rate for g in groups])
    interval = gain_in_lowest_ratio(groups, 0.95)
    assert interval.low <= gain + 1e-12
    assert gain - 1e-12 <= interval.high
    assert interval.low < interval.high
    shuffled = random.sample(groups, len(groups))
    again = gain_in_lowest_ratio(shuffled, 0.95)
    assert (again.low, again.high) == pytest.approx((interval.low, interval.high), abs=1e-12)


@pytest.mark.parametrize("shares", [
    [(35, 1, 6, 58), (45, 5, 5, 45)],  # the candidate is better
    [(45, 5, 5, 45)] * 4,  # all alike by both: the bootstrap of a minimum would be far off
    [(12, 2, 2, 84), (8, 2, 2, 88)],  # low rates
])  # fmt: skip
def test_each_end_is_wrong_no_more_often_than_it_says(shares):
    random = np.random.default_rng(2)
    cells = [np.array(share) / sum(share) for share in shares]
    true = lowest_ratio([c[0] + c[2] for c in cells]) - lowest_ratio([c[0] + c[1] for c in cells])
    wrong = [0, 0]
    for _ in range(400):
        drawn = [Paired(*map(int, random.multinomial(500, share))) for share in cells]
        interval = gain_in_lowest_ratio(drawn, 0.95)
        wrong = [wrong[0] + (interval.low > true), wrong[1] + (interval.high < true)]
    assert max(wrong) <= 0.025 * 400 + 3 * (0.025 * 400) ** 0.5


def test_blocks_give_what_the_whole_gives(monkeypatch):
    groups = [Paired(40 + i, i, 10, 60) for i in range(6)]
    whole = gain_in_lowest_ratio(groups, 0.95)
    monkeypatch.setattr("assay.stats.paired.BLOCK", 7)
    assert gain_in_lowest_ratio(groups, 0.95) == whole


@given(COUNTS)
def test_the_exact_interval_of_a_paired_difference_holds_newcombes_point_and_turns_round(pairs):
    found = exact_paired_difference_interval(pairs, 0.95)
    assert -1 <= found.low <= pairs.first_rate - pairs.second_rate + 1e-12
    assert pairs.first_rate - pairs.second_rate - 1e-12 <= found.high <= 1
    assert found.low < found.high
    turned = exact_paired_difference_interval(Paired(pairs.both, pairs.second, pairs.first, pairs.neither), 0.95)
    assert (turned.low, turned.high) == (-found.high, -found.low)


@pytest.mark.parametrize("shares", [(20, 5, 5, 70), (0, 10, 0, 90), (50, 1, 30, 19)])
def test_the_exact_interval_of_a_paired_difference_covers_at_least_as_often_as_it_says(shares):
    random, wrong = np.random.default_rng(3), 0
    cells = np.array(shares) / sum(shares)
    for _ in range(400):
        found = exact_paired_difference_interval(Paired(*map(int, random.multinomial(12, cells))), 0.95)
        wrong += not found.low <= cells[1] - cells[2] <= found.high
    assert wrong <= 20


@given(COUNTS)
def test_mcnemar_looks_at_nothing_but_those_who_differ(pairs):
    assert (
        mcnemar(pairs)
        == mcnemar(Paired(0, pairs.first, pairs.second, 0))
        == mcnemar(Paired(pairs.neither, pairs.second, pairs.first, pairs.both))
    )
    assert 0 < mcnemar(pairs) <= 1


def test_mcnemar_of_nobody_who_differs_is_no_sign():
    assert mcnemar(Paired(5, 0, 0, 5)) == 1.0
    assert mcnemar(Paired(0, 5, 0, 0)) == 2 * 0.5**5
