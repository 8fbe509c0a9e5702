import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, ttest_ind_from_stats

from assay.stats.experiment import MOST_OF_BOSCHLOO, MOST_OF_FISHER, Arm, Means, Rates

arms = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
numbers = st.builds(Arm, st.floats(-100, 100), st.floats(0.01, 50), st.integers(2, 500))


@settings(max_examples=40, deadline=None)
@given(arms, arms)
def test_exchanging_the_arms_turns_the_effect_round_and_leaves_every_p_value(treatment, control):
    there, back = Rates(treatment, control), Rates(control, treatment)
    assert there.effect == -back.effect
    assert there.p_values() == pytest.approx(back.p_values(), abs=1e-9)
    assert all(0 <= p <= 1 for p in there.p_values().values())
    for few in (False, True):
        own, other = there.interval(0.95, few=few), back.interval(0.95, few=few)
        assert (own.low, own.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


@given(arms, arms)
def test_the_corrected_test_is_that_of_scipy(treatment, control):
    table = [[k, n - k] for k, n in (treatment, control)]
    if 0 in (sum(row[0] for row in table), sum(row[1] for row in table)):
        return
    found = Rates(treatment, control).p_values()["z, continuity-corrected"]
    assert found == pytest.approx(chi2_contingency(table, correction=True).pvalue, abs=1e-12)


@pytest.mark.parametrize("least", [9, 10])
def test_the_normal_approximation_leads_from_ten_people_in_each_cell_on(least):
    first = next(iter(Rates((least, 100), (50, 100)).p_values()))
    assert first == ("z" if least == 10 else "Fisher")


def test_exact_tests_are_made_of_few_enough():
    half = MOST_OF_BOSCHLOO // 2
    assert "Boschloo" in Rates((20, half), (30, half)).p_values()
    assert "Boschloo" not in Rates((20, half), (30, half + 1)).p_values()
    many = MOST_OF_FISHER // 2
    assert "Fisher" in Rates((3, many), (9, many)).p_values()
    assert list(Rates((3, many), (9, many + 1)).p_values()) == ["z", "z, continuity-corrected"]


@settings(deadline=None)
@given(numbers, numbers)
def test_welch_and_student_are_those_of_scipy(treatment, control):
    given_ = [value for arm in (treatment, control) for value in (arm.mean, arm.sd, arm.people)]
    found = Means(treatment, control).p_values()
    assert found["Welch"] == pytest.approx(ttest_ind_from_stats(*given_, equal_var=False).pvalue, abs=1e-12)
    assert found["Student"] == pytest.approx(ttest_ind_from_stats(*given_).pvalue, abs=1e-12)
    interval = Means(treatment, control).interval(0.95)
    assert interval.low < Means(treatment, control).effect < interval.high
    assert (found["Welch"] < 0.05) == (not interval.low <= 0 <= interval.high)
