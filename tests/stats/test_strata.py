"""Mantel and Haenszel's ratios against statsmodels, and by hand."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from assay.stats.strata import Strata, Stratum

cells = st.integers(0, 60)
tables = st.lists(st.builds(Stratum, cells, cells, cells, cells), min_size=1, max_size=8)


def again(strata):
    return StratifiedTable([
        np.array([[t.favourable, t.unfavourable], [t.reference_favourable, t.reference_unfavourable]], float)
        for t in strata.telling
    ])  # fmt: skip


@given(tables)
def test_the_ratios_are_those_of_statsmodels(given):
    strata = Strata(given)
    assume(len(strata.telling) > 1 and strata.odds_ratio.value)
    known = again(strata)
    assert strata.odds_ratio.value == pytest.approx(known.oddsratio_pooled, rel=1e-12)
    assert strata.odds_ratio.error == pytest.approx(known.logodds_pooled_se, rel=1e-12)
    assert strata.rate_ratio.value == pytest.approx(known.riskratio_pooled, rel=1e-12)
    low, high = known.oddsratio_pooled_confint()
    interval = strata.odds_ratio.interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-9)
    assert strata.p_value == pytest.approx(known.test_null_odds().pvalue, abs=1e-12)


@given(tables)
def test_the_homogeneity_is_that_of_statsmodels(given):
    strata = Strata(given)
    assume(len(strata.telling) > 1 and strata.odds_ratio.value and abs(strata.odds_ratio.value - 1) > 1e-6)
    statistic, freedom, p = strata.homogeneity
    known = again(strata).test_equal_odds(adjust=True)
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


def test_what_has_no_ratio_has_none_and_what_is_zero_has_no_interval():
    nobody = Strata([Stratum(0, 10, 5, 5)])
    assert nobody.odds_ratio.value == nobody.rate_ratio.value == 0.0
    assert nobody.odds_ratio.interval(0.95) is None
    endless = Strata([Stratum(5, 5, 0, 10)])
    assert endless.odds_ratio.value is endless.rate_ratio.value is None
    assert endless.homogeneity is None
    silent = Strata([Stratum(5, 5, 0, 0), Stratum(5, 0, 5, 0)])
    assert silent.telling == ()
    assert silent.odds_ratio.value is silent.p_value is None
