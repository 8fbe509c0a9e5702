import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact, ttest_ind

from assay.stats.false_discovery import Mean, benjamini_hochberg, fisher_greater, welch_greater, welch_interval

probabilities = st.floats(0, 1)


def test_a_hand_worked_example_that_the_order_of_sorting_gets_wrong():
    """p = 0.03, 0.01, 0.02 have the ranks 3, 1, 2; argsort() + 1, which is no rank, is 2, 3, 1."""
    # By hand: 0.03·3/3 = 0.03; 0.02·3/2 = 0.03; 0.01·3/1 = 0.03.
    assert benjamini_hochberg([0.03, 0.01, 0.02], 3) == pytest.approx([0.03, 0.03, 0.03])
    wrong = [p * 3 / (rank + 1) for p, rank in zip([0.03, 0.01, 0.02], np.argsort([0.03, 0.01, 0.02]), strict=True)]
    assert wrong == pytest.approx([0.045, 0.01, 0.06])
    # By hand: ranks 4, 1, 3, 2 of 0.2, 0.01, 0.04, 0.03: 0.2; 0.04; 0.04·4/3; the lesser of 0.06 and 0.04·4/3.
    assert benjamini_hochberg([0.2, 0.01, 0.04, 0.03], 4) == pytest.approx([0.2, 0.04, 0.16 / 3, 0.16 / 3])


def test_the_example_of_benjamini_and_hochberg_1995():
    """Their table 1: of fifteen p-values the four smallest are found at 0.05, where Bonferroni finds three."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
         0.7590, 1.0]  # fmt: skip
    assert sum(q <= 0.05 for q in benjamini_hochberg(p, len(p))) == 4
    assert sum(each * len(p) <= 0.05 for each in p) == 3


@given(st.lists(probabilities, min_size=1, max_size=30), st.randoms())
def test_it_is_that_of_scipy_whatever_the_order(p, random):
    assert benjamini_hochberg(p, len(p)) == pytest.approx(false_discovery_control(p).tolist(), abs=1e-12)
    order = random.sample(range(len(p)), len(p))
    found = benjamini_hochberg([p[at] for at in order], len(p))
    assert [found[order.index(at)] for at in range(len(p))] == benjamini_hochberg(p, len(p))


@given(st.lists(probabilities, min_size=1, max_size=10), st.integers(0, 10))
def test_a_comparison_without_a_p_value_counts_as_one_of_1(p, more):
    found = benjamini_hochberg(p, len(p) + more)
    assert found == pytest.approx(false_discovery_control(p + [1.0] * more).tolist()[: len(p)], abs=1e-12)


def test_nothing_is_adjusted_to_nothing():
    assert benjamini_hochberg([], 0) == []


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_the_exact_test_is_that_of_scipy(n, m, data):
    k, j = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    expected = fisher_exact([[k, n - k], [j, m - j]], alternative="greater").pvalue
    assert fisher_greater((k, n), (j, m)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


numbers = st.lists(st.floats(0, 1).map(lambda x: round(x, 3)), min_size=2, max_size=30)


@given(numbers, numbers)
def test_the_test_of_means_is_that_of_scipy(one, other):
    means = [Mean.of(len(each), sum(each), sum(x * x for x in each)) for each in (one, other)]
    if max(np.ptp(one), np.ptp(other)) < 0.01:
        return  # nothing, or rounding
    expected = ttest_ind(one, other, equal_var=False, alternative="greater")
    assert welch_greater(*means) == pytest.approx(expected.pvalue, abs=1e-6)
    interval = welch_interval(*means, 0.95)
    low, high = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-6)


def test_no_spread_has_no_test():
    same = Mean.of(10, 10.0, 10.0)
    assert welch_greater(same, same) is None
    assert welch_interval(same, same, 0.95) is None
