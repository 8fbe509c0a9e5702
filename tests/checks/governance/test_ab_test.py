import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from assay.checks.governance.ab_test import ab_test
from assay.evidence.papers import Papers
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import manifest, measure, needs

RATES = {"n_control": 1000, "n_treatment": 1000, "successes_control": 100, "successes_treatment": 140}
MEANS = {"n_control": 50, "n_treatment": 60, "mean_control": 10.0, "mean_treatment": 11.0,
         "sd_control": 2.0, "sd_treatment": 3.0}  # fmt: skip
PAPERS = Papers((), ())


def view(**declared):
    return manifest(metrics={"ab_test": declared})


def found(**declared):
    return measure(ab_test, view(**declared), PAPERS)


def named(**declared):
    return {estimate.name: estimate for estimate in found(**declared).estimates}


def concluded(measured, **criterion):
    given_ = Criterion(**criterion, source="house")
    return conclude(criteria=(given_,), small_groups=SmallGroups(), measured=measured)


def test_the_effect_and_its_p_value_are_those_of_the_counts():
    one = named(**RATES)["effect"]
    assert one.value == 0.04
    assert one.p_value == pytest.approx(proportions_ztest([140, 100], [1000, 1000])[1], abs=1e-12)
    expected = confint_proportions_2indep(140, 1000, 100, 1000, method="newcomb", compare="diff")
    assert (one.interval.low, one.interval.high) == pytest.approx(expected, abs=1e-12)


def test_newcombes_published_interval():
    # Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10: 56/70 less 48/80
    one = named(n_treatment=70, n_control=80, successes_treatment=56, successes_control=48)["effect"]
    assert (one.interval.low, one.interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_what_is_declared_is_compared_with_what_the_counts_give():
    honest = named(**RATES, effect=0.04, p_value=0.0060)
    assert honest["declared_effect_off_by"].value == pytest.approx(0.0)
    assert honest["declared_p_value_off_by"].value < 0.001
    boasting = found(**RATES, effect=0.4, p_value=0.5)
    off = {e.name: e for e in boasting.estimates}
    assert off["declared_effect_off_by"].value == pytest.approx(0.36)
    assert off["declared_p_value_off_by"].value > 0.49
    limits = {"at_most": 0.005}
    assert concluded(boasting, estimate="declared_effect_off_by", **limits).outcome == "fail"
    assert concluded(boasting, estimate="declared_p_value_off_by", **limits).outcome == "fail"
    assert (
        concluded(found(**RATES, effect=0.04, p_value=0.006), estimate="declared_p_value_off_by", **limits).outcome
        == "pass"
    )


@pytest.mark.parametrize(
    "test",
    [
        lambda t: proportions_ztest([18, 8], [40, 42])[1],
        lambda t: stats.fisher_exact(t).pvalue,
        lambda t: stats.boschloo_exact(t).pvalue,
        lambda t: stats.chi2_contingency(t, correction=True).pvalue,
    ],
    ids=["z", "Fisher", "Boschloo", "Yates"],
)
def test_a_p_value_of_any_common_test_is_honest(test):
    arms = {"n_treatment": 40, "successes_treatment": 18, "n_control": 42, "successes_control": 8}
    p = float(test([[18, 22], [8, 34]]))
    assert named(**arms, p_value=p)["declared_p_value_off_by"].value == pytest.approx(0, abs=1e-9)
    doubled = named(**arms, p_value=2 * p)["declared_p_value_off_by"].value
    assert doubled == pytest.approx(min(abs(2 * p - each) for each in p_values_of_all()), abs=1e-9)


def p_values_of_all():
    table = [[18, 22], [8, 34]]
    yield proportions_ztest([18, 8], [40, 42])[1]
    yield from (stats.fisher_exact(table).pvalue, stats.boschloo_exact(table).pvalue)
    yield stats.chi2_contingency(table, correction=True).pvalue


def test_a_one_sided_p_value_is_off():
    arms = {"n_treatment": 40, "successes_treatment": 18, "n_control": 42, "successes_control": 8}
    p = float(proportions_ztest([18, 8], [40, 42])[1])
    assert named(**arms, p_value=p / 2)["declared_p_value_off_by"].value == pytest.approx(p / 2, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 120), st.integers(1, 120), st.data())
def test_rates_have_an_interval_that_holds_the_effect_whatever_the_counts(n, m, data):
    k, other = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    arms = {"n_treatment": n, "n_control": m, "successes_treatment": k, "successes_control": other}
    one, turned = named(**arms)["effect"], named(**arms, direction="lower")["effect"]
    assert one.value == pytest.approx(k / n - other / m, abs=1e-15)
    assert one.interval.low <= one.value <= one.interval.high
    assert one.interval.low < one.interval.high
    assert 0 <= one.p_value <= 1
    assert ("Fisher" in one.method) == (min(k, n - k, other, m - other) < 10)
    assert ("Clopper" in one.interval.method) == (min(n, m) < 30)
    assert (turned.value, turned.p_value) == (-one.value, one.p_value)
    assert (turned.interval.low, turned.interval.high) == (-one.interval.high, -one.interval.low)


numbers = st.lists(st.floats(-1000, 1000), min_size=2, max_size=40)


@settings(deadline=None)
@given(numbers, numbers)
def test_means_are_compared_as_scipy_does_from_the_raw_numbers(treatment, control_):
    arms = {"n_treatment": len(treatment), "n_control": len(control_), "mean_treatment": float(np.mean(treatment)),
            "mean_control": float(np.mean(control_)), "sd_treatment": float(np.std(treatment, ddof=1)),
            "sd_control": float(np.std(control_, ddof=1))}  # fmt: skip
    one = named(**arms)["effect"]
    if not arms["sd_treatment"] and not arms["sd_control"]:
        assert "nothing varies" in one.undefined
        return
    if min(arms["sd_treatment"], arms["sd_control"]) < 1e-3:
        return
    expected = stats.ttest_ind(treatment, control_, equal_var=False)
    interval = expected.confidence_interval()
    assert one.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert (one.interval.low, one.interval.high) == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-9)
    pooled = stats.ttest_ind(treatment, control_).pvalue
    assert named(**arms, p_value=float(pooled))["declared_p_value_off_by"].value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("declared", [RATES, MEANS], ids=["rates", "means"])
def test_superiority_and_non_inferiority_are_decided_by_the_interval(declared):
    measured = found(**declared)
    interval = measured.estimates[0].interval
    assert concluded(measured, at_least=interval.low - 1e-9).outcome == "pass"
    assert concluded(measured, at_least=interval.low + 1e-9).reason == "interval_straddles"
    assert concluded(measured, at_least=interval.high + 1e-9).outcome == "fail"


GAIN = {"n_control": 1000, "n_treatment": 1000, "successes_control": 100, "successes_treatment": 200}
LONGER = {"n_control": 500, "n_treatment": 500, "mean_control": 10.0, "mean_treatment": 12.0,
          "sd_control": 2.0, "sd_treatment": 2.0}  # fmt: skip


@pytest.mark.parametrize("declared", [GAIN, LONGER], ids=["rates", "means"])
def test_a_treatment_that_is_significantly_better_does_not_fail(declared):
    better, worse = found(**declared), found(**declared, direction="lower")
    assert better.estimates[0].p_value == worse.estimates[0].p_value < 1e-6
    assert concluded(worse, significance=0.05).outcome == "fail"
    assert concluded(better, significance=0.05).outcome == "inconclusive"
    assert concluded(better, significance=0.05, margin=0.01).outcome == "pass"
    assert concluded(worse, significance=0.05, margin=0.01).outcome == "fail"


def test_where_lower_is_better_fewer_successes_are_a_gain():
    one = named(**RATES, direction="lower", effect=-0.04)
    assert one["effect"].value == -0.04
    assert one["declared_effect_off_by"].value == pytest.approx(0)
    assert concluded(found(**RATES, direction="lower"), above=0).outcome == "fail"


@pytest.mark.parametrize(
    ("declared", "missing"),
    [
        ({"effect": 0.5, "p_value": 0.0001, "n_control": 10**6, "n_treatment": 10**6},
         ("successes_control", "successes_treatment")),
        ({**RATES, "n_control": None}, ("n_control",)),
        ({**RATES, "successes_treatment": None}, ("successes_treatment",)),
        ({**MEANS, "sd_control": None, "mean_treatment": None}, ("mean_treatment", "sd_control")),
    ],
)  # fmt: skip
def test_without_counts_nothing_that_is_declared_is_believed(declared, missing):
    asked = needs(ab_test, view(**{name: value for name, value in declared.items() if value is not None}))
    assert asked.requests == ()
    assert asked.missing == tuple(f"metrics.ab_test.{name}" for name in missing)
    assert needs(ab_test, manifest()).missing == ("metrics.ab_test",)


@pytest.mark.parametrize(
    ("changed", "why", "kind"),
    [
        ({**RATES, "n_control": 0, "successes_control": 0}, "has nobody", "sample_too_small"),
        ({**MEANS, "n_treatment": 1}, "fewer than two", "sample_too_small"),
        ({**MEANS, "sd_control": 0.0, "sd_treatment": 0.0}, "nothing varies", "estimate_undefined"),
        ({**MEANS, "mean_control": 1e200}, "beyond 1e+100", "estimate_undefined"),
    ],
)
def test_what_has_no_effect_is_undefined(changed, why, kind):
    made = found(**changed, p_value=0.01, effect=1.0).estimates
    assert [(e.name, e.undefined_as) for e in made] == [
        (name, kind) for name in ("effect", "declared_effect_off_by", "declared_p_value_off_by")
    ]
    assert all(why in e.undefined for e in made)


def test_a_small_arm_never_passes_and_nothing_declared_is_not_off_by_nothing():
    few = found(n_control=1000, n_treatment=25, successes_control=100, successes_treatment=25)
    assert concluded(few, above=0).reason == "sample_too_small"
    off = few.estimates[1:]
    assert {e.undefined_as for e in off} == {"evidence_missing"}
    assert concluded(few, estimate="declared_effect_off_by", at_most=0.1).reason == "evidence_missing"


@pytest.mark.parametrize("people", [10**7, 10**15])
def test_counts_beyond_those_of_an_exact_test_take_no_time(people):
    one = named(n_control=people, n_treatment=people, successes_control=3, successes_treatment=9)["effect"]
    assert one.method.endswith("; z")
    assert one.interval.low < one.value < one.interval.high


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({**RATES, "successes_control": 1001}, "1001 successes of 1000"),
        ({**RATES, "mean_control": 1.0}, "not both"),
        ({**MEANS, "sd_control": -1.0}, "greater than or equal to 0"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(declared, told):
    with pytest.raises(ValueError, match=told):
        view(**declared)


def test_an_audit_of_the_manifest_alone(tmp_path):
    data = write_csv(tmp_path / "d.csv", ("group", "decision"), [("a", "yes")])
    asked = control(
        check="governance.ab_test", title="The experiment shows it",
        criterion=[{"estimate": "effect", "above": 0, "source": "house"},
                   {"estimate": "declared_p_value_off_by", "at_most": 0.005, "source": "house"}],
    )  # fmt: skip
    columns = {"groups": {"group": {"column": "group"}}, "weight": "decision"}
    honest = {"metrics": {"ab_test": {**RATES, "p_value": 0.006}}}
    assert finding_of(evaluate(tmp_path, data, columns, asked, manifest=honest)).outcome == "pass"
    false = {"metrics": {"ab_test": {**RATES, "p_value": 0.0001}}}
    finding = finding_of(evaluate(tmp_path, data, columns, asked, manifest=false))
    assert finding.outcome == "fail"
    bare = {"metrics": {"ab_test": {"effect": 9.0, "p_value": 0.0001, "n_control": 10, "n_treatment": 10}}}
    assert finding_of(evaluate(tmp_path, data, columns, asked, manifest=bare)).reason == "evidence_missing"
