import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from assay.stats.proportion import clopper_pearson, wilson

counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_equals_statsmodels(rate, confidence):
    expected = proportion_confint(*rate, 1 - confidence, "wilson")
    assert wilson(*rate, confidence) == pytest.approx(expected, abs=1e-12)


@given(counts, st.sampled_from([0.8, 0.95, 0.999]))
def test_clopper_pearson_equals_statsmodels(rate, confidence):
    expected = proportion_confint(*rate, 1 - confidence, "beta")
    assert clopper_pearson(*rate, confidence) == pytest.approx(expected, abs=1e-12)


@given(counts)
def test_no_interval_has_zero_width_or_leaves_the_rate_outside(rate):
    for interval in (wilson, clopper_pearson):
        low, high = interval(*rate, 0.95)
        assert 0 <= low <= rate[0] / rate[1] <= high <= 1
        assert low < high


def test_all_of_n_reaches_exactly_one_and_none_of_n_exactly_zero():
    assert wilson(20, 20, 0.95)[1] == 1.0
    assert wilson(0, 20, 0.95)[0] == 0.0
    assert clopper_pearson(20, 20, 0.95)[1] == 1.0


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
@pytest.mark.parametrize("rate", [(0, 0), (3, 2), (-1, 5)])
def test_what_is_no_rate_is_refused(interval, rate):
    with pytest.raises(ValueError, match="no rate"):
        interval(*rate, 0.95)


def test_clopper_pearson_covers_at_least_nominally_for_every_rate():
    from scipy.stats import binom

    for n in (5, 17, 40):
        limits = [clopper_pearson(k, n, 0.9) for k in range(n + 1)]
        for p in (0.01, 0.1, 0.37, 0.5, 0.92):
            cover = sum(binom.pmf(k, n, p) for k, (low, high) in enumerate(limits) if low <= p <= high)
            assert cover >= 0.9
