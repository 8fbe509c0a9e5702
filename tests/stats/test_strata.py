"""Mantel and Haenszel's ratios against statsmodels, and by hand."""

from math import comb, prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.contingency_tables import StratifiedTable

from assay.stats.strata import Strata, Stratum, largest_odds, largest_rates

cells = st.integers(0, 60)
tables = st.lists(st.builds(Stratum, cells, cells, cells, cells), min_size=1, max_size=8)


def again(strata):
    """Of every stratum that holds anybody: statsmodels leaves none out."""
    return StratifiedTable([
        np.array([[t.favourable, t.unfavourable], [t.reference_favourable, t.reference_unfavourable]], float)
        for t in strata
        if t.people > 1
    ])  # fmt: skip


@given(tables)
def test_the_ratios_are_those_of_statsmodels(given):
    strata = Strata(given)
    assume(len(strata.telling) > 1 and strata.odds_ratio.value)
    known = again(strata.telling)
    assert strata.odds_ratio.value == pytest.approx(known.oddsratio_pooled, rel=1e-12)
    assert strata.odds_ratio.error == pytest.approx(known.logodds_pooled_se, rel=1e-12)
    assert strata.rate_ratio.value == pytest.approx(again(given).riskratio_pooled, rel=1e-12)
    assert strata.odds_ratio.value == pytest.approx(again(given).oddsratio_pooled, rel=1e-12)
    low, high = known.oddsratio_pooled_confint()
    interval = strata.odds_ratio.interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-9)
    assert strata.p_value == pytest.approx(known.test_null_odds().pvalue, abs=1e-12)


@given(tables)
def test_the_homogeneity_is_that_of_statsmodels(given):
    strata = Strata(given)
    assume(len(strata.telling) > 1 and strata.odds_ratio.value and abs(strata.odds_ratio.value - 1) > 1e-6)
    statistic, freedom, p = strata.homogeneity
    known = again(strata.telling).test_equal_odds(adjust=True)
    assert statistic == pytest.approx(max(known.statistic, 0), rel=1e-6, abs=1e-6)
    assert freedom == len(strata.telling) - 1
    assert p == pytest.approx(known.pvalue, rel=1e-5, abs=1e-9)


def test_strata_that_are_alike_have_no_heterogeneity_at_an_odds_ratio_of_one():
    strata = Strata([Stratum(10, 10, 20, 20), Stratum(30, 10, 60, 20)])
    assert strata.odds_ratio.value == 1.0
    assert strata.homogeneity[0] == pytest.approx(0, abs=1e-12)


@given(tables, st.randoms(), st.lists(st.builds(Stratum, cells, cells, st.just(0), st.just(0)), max_size=3))
def test_neither_the_order_nor_a_stratum_of_one_group_changes_anything(given, random, lone):
    one, other = Strata(given), Strata(random.sample([*given, *lone], len(given) + len(lone)))
    assert one.odds_ratio == other.odds_ratio
    assert one.rate_ratio == other.rate_ratio
    assert one.p_value == other.p_value
    assert one.homogeneity == other.homogeneity or one.homogeneity == pytest.approx(other.homogeneity)


@given(tables)
def test_exchanging_the_groups_gives_the_reciprocal(given):
    turned = [Stratum(t.reference_favourable, t.reference_unfavourable, t.favourable, t.unfavourable) for t in given]
    one, other = Strata(given), Strata(turned)
    assume(one.odds_ratio.value and other.odds_ratio.value)
    assert one.odds_ratio.value * other.odds_ratio.value == pytest.approx(1, rel=1e-12)
    assert one.rate_ratio.value * other.rate_ratio.value == pytest.approx(1, rel=1e-12)
    assert one.rate_ratio.error == pytest.approx(other.rate_ratio.error, rel=1e-9)


def test_one_stratum_is_woolf_and_katz():
    strata = Strata([Stratum(20, 80, 40, 60)])
    assert strata.odds_ratio.value == pytest.approx(20 * 60 / (80 * 40))
    assert strata.odds_ratio.error == pytest.approx((1 / 20 + 1 / 80 + 1 / 40 + 1 / 60) ** 0.5)
    assert strata.rate_ratio.value == pytest.approx(0.5)
    assert strata.rate_ratio.error == pytest.approx((1 / 20 - 1 / 100 + 1 / 40 - 1 / 100) ** 0.5)


# Greenland and Robins 1985 by hand: sums of 505 / 1, and of variances n1*n0*m1/N^2 - a*c/N
def test_a_stratum_where_all_are_favourable_speaks_for_a_ratio_of_rates_of_one_and_says_nothing_of_odds():
    gap, alike = Stratum(5, 45, 10, 40), Stratum(1000, 0, 1000, 0)
    both = Strata([alike, gap])
    assert Strata([gap]).rate_ratio.value == 0.5
    own, other = 500 + 5 * 50 / 100, 500 + 10 * 50 / 100
    assert both.rate_ratio.value == pytest.approx(own / other, rel=1e-12)
    assert both.rate_ratio.value == pytest.approx(again([alike, gap]).riskratio_pooled, rel=1e-12)
    variance = (50 * 50 * 15 - 5 * 10 * 100) / 100**2
    assert both.rate_ratio.error == pytest.approx((variance / (own * other)) ** 0.5, rel=1e-12)
    assert both.odds_ratio == Strata([gap]).odds_ratio
    assert both.p_value == Strata([gap]).p_value


def test_what_has_no_ratio_has_none():
    endless = Strata([Stratum(5, 5, 0, 10)])
    assert endless.odds_ratio.value is endless.rate_ratio.value is None
    assert endless.homogeneity is None
    silent = Strata([Stratum(5, 5, 0, 0), Stratum(5, 0, 5, 0)])
    assert silent.telling == ()
    assert silent.odds_ratio.value is silent.rate_ratio.value is silent.p_value is None
    assert silent.odds_ratio.median is silent.odds_ratio.interval(0.95) is silent.rate_ratio.interval(0.95) is None


small = st.integers(0, 9)


# of one table the limit is that of Cornfield, and scipy has it
@given(st.builds(Stratum, st.just(0), cells, cells, cells).filter(lambda t: t.tells), st.sampled_from([0.8, 0.95]))
def test_the_limit_of_one_stratum_is_the_exact_one_of_scipy(table, confidence):
    known = odds_ratio([[0, table.unfavourable], [table.reference_favourable, table.reference_unfavourable]])
    ends = known.confidence_interval(confidence)
    one, turned = Strata([table]).odds_ratio, Strata([table.turned]).odds_ratio
    assert one.value == 0.0
    assert turned.value is None
    assert one.interval(confidence).high == pytest.approx(ends.high, rel=1e-6)
    low = turned.interval(confidence)
    assert (low.low, low.high) == (pytest.approx(1 / ends.high, rel=1e-6), None)
    assert turned.median > low.low


@given(
    st.lists(st.builds(Stratum, st.just(0), small, small, small).filter(lambda t: t.tells), min_size=1, max_size=4),
    st.floats(0.001, 0.5),
)
def test_at_its_limit_a_sum_of_nought_has_the_chance_of_the_tail(tables, tail):
    ratio = largest_odds(tables, tail)
    chance = 1.0
    for t in tables:
        hits, most = t.all_favourable, min(t.all_favourable, t.of_group)
        weight = [comb(t.of_group, k) * comb(t.of_reference, hits - k) * ratio**k for k in range(most + 1)]
        chance *= weight[0] / sum(weight)
    assert chance == pytest.approx(tail, rel=1e-6)
    rates = largest_rates(tables, tail)
    rare = [(t.of_reference / (t.of_reference + rates * t.of_group)) ** t.reference_favourable for t in tables]
    assert prod(rare) == pytest.approx(tail, rel=1e-6)


def test_people_without_end_widen_a_limit_and_take_no_time():
    thousand, many = (Strata([Stratum(0, n, n / 2, n / 2)]).odds_ratio.interval(0.95) for n in (2000, 10**15))
    assert many.high == pytest.approx(thousand.high)
    # eight rare events, all of the reference: each would have been the group's with the chance r / (1 + r)
    rare = Strata([Stratum(0, 10**6, 8, 10**6 - 8)])
    for ratio in (rare.odds_ratio, rare.rate_ratio):
        assert ratio.interval(0.95).high == pytest.approx(0.025 ** (-1 / 8) - 1, rel=1e-4)


# the chance of each pair of counts is added up: no Monte-Carlo error
@pytest.mark.parametrize(("n", "m"), [(10, 10), (40, 10), (10, 60)])
@pytest.mark.parametrize("rate", [0.05, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("ratio", [0.02, 0.2, 0.5, 0.8, 1.0])
def test_the_limit_of_a_sum_of_nought_holds_the_true_ratio(n, m, rate, ratio):
    missed = {"odds_ratio": 0.0, "rate_ratio": 0.0}
    odds = ratio * rate / (1 - rate)
    for name, own in (("odds_ratio", odds / (1 + odds)), ("rate_ratio", ratio * rate)):
        for k in range(m + 1):
            common = getattr(Strata([Stratum(0, n, k, m - k)]), name)
            interval = common.interval(0.95)
            if interval is not None and interval.high < ratio:
                missed[name] += binom.pmf(0, n, own) * binom.pmf(k, m, rate)
    assert max(missed.values()) <= 0.025
