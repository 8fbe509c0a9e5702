"""Tests of two rates and Holm's adjustment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import boschloo_exact, chi2_contingency, fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from assay.stats.significance import are_many, boschloo, fisher, holm, standard_deviations, z_test

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_z_is_that_of_statsmodels_and_its_square_is_chi_squared(group, reference):
    hits, people = group[0] + reference[0], group[1] + reference[1]
    if hits in (0, people):
        assert (standard_deviations(group, reference), z_test(group, reference)) == (None, 1.0)
        return
    z, p = proportions_ztest([group[0], reference[0]], [group[1], reference[1]])
    assert standard_deviations(group, reference) == pytest.approx(z, abs=1e-12)
    assert z_test(group, reference) == pytest.approx(p, rel=1e-9, abs=1e-300)
    table = [[k, n - k] for k, n in (group, reference)]
    assert z**2 == pytest.approx(chi2_contingency(table, correction=False).statistic, abs=1e-9)


def test_ten_in_each_cell_are_enough_and_nine_in_one_are_not():
    assert are_many((10, 20), (10, 20))
    for few in ((9, 20), (11, 20)):
        assert not are_many(few, (10, 20))
        assert not are_many((10, 20), few)


@given(counts, counts)
def test_fisher_does_not_depend_on_which_group_is_the_reference(group, reference):
    p = fisher(group, reference)
    assert 0 <= p <= 1
    assert p == pytest.approx(fisher(reference, group), rel=1e-9)
    assert p == pytest.approx(fisher_exact([[k, n - k] for k, n in (group, reference)]).pvalue, rel=1e-12)


# Fisher 1935, the lady tasting tea: all eight cups right has one chance in seventy on one side
def test_the_tea_tasting_table():
    assert fisher((4, 4), (0, 4)) == pytest.approx(2 / 70, rel=1e-12)
    assert fisher((3, 4), (1, 4)) == pytest.approx(34 / 70, rel=1e-12)


def test_boschloo_is_never_less_powerful_than_fisher_here():
    assert boschloo((14, 24), (21, 24)) == boschloo_exact([[14, 10], [21, 3]]).pvalue
    assert boschloo((14, 24), (21, 24)) < fisher((14, 24), (21, 24))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values):
    assert holm(p_values, len(p_values)) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 8), st.randoms())
def test_holm_counts_comparisons_without_a_p_value_and_no_order(p_values, more, random):
    adjusted = holm(p_values, len(p_values) + more)
    assert adjusted == pytest.approx(holm([*p_values, *[1.0] * more], len(p_values) + more)[: len(p_values)], abs=1e-12)
    order = random.sample(range(len(p_values)), len(p_values))
    shuffled = holm([p_values[i] for i in order], len(p_values) + more)
    assert [adjusted[i] for i in order] == shuffled
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))


# Holm 1979, the method by hand: 0.01·4, then 0.02·3, 0.03·2 and 0.04·1, none below the one before
def test_holm_by_hand():
    assert holm([0.04, 0.01, 0.03, 0.02], 4) == pytest.approx([0.06, 0.04, 0.06, 0.06])
