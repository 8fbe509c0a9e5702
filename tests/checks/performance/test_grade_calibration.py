"""The Jeffreys test of the probabilities of grades, and of the portfolio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from assay.checks.performance.grade_calibration import grade_calibration
from assay.record.policy import Criterion, SmallGroups
from assay.stats.grades import jeffreys_interval
from assay.verdict.rollup import conclude
from auditing import control, evaluate, finding_of, write_csv
from builders import cells, manifest, measure, needs, people_manifest
from moments import moments

ORDER = ["A", "B", "C"]
PD = {"A": 0.01, "B": 0.05, "C": 0.2}
KEYS = ("label", "group:(grade)")


def view(probabilities=PD, of=1):
    return people_manifest(columns={
        "label": {"column": "y", "favourable": 0},
        "score": {"column": "p", "kind": "probability", "of": of},
        "grade": {"column": "g", "order": ORDER, **({"probabilities": probabilities} if probabilities else {})},
    })  # fmt: skip


def people(**grades):
    """Grade → (defaults, people)."""
    return [("unfavourable" if i < d else "favourable", g) for g, (d, n) in grades.items() for i in range(n)]


def jeffreys_of(rows, given=PD, scores=None, of=1, **options):
    values = [cells(KEYS, rows)]
    values += [] if scores is None else [moments(scores, grouping="(grade)")]
    return measure(grade_calibration, view(given if scores is None else None, of), *values, **options)


def by_grade(measured):
    return {each.group: each for each in measured.estimates}


def outcome(measured, **criterion):
    criteria = (Criterion(source="guidance", **criterion),)
    return conclude(criteria=criteria, small_groups=SmallGroups(), measured=measured)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 300), st.integers(30, 300), st.floats(0.001, 0.999))
def test_the_p_value_is_the_beta_distribution_at_the_probability(d, more, probability):
    n = max(d, more)
    found = by_grade(jeffreys_of(people(A=(d, n)), {**PD, "A": probability}))["A"]
    assert found.p_value == pytest.approx(beta.cdf(probability, d + 0.5, n - d + 0.5) if d else 1.0, abs=1e-12)
    assert found.value == pytest.approx(d / n - probability, abs=1e-15)
    low, high = (beta.ppf(q, d + 0.5, n - d + 0.5) - probability for q in (0.025, 0.975))
    assert found.interval.low == pytest.approx(low if d else -probability, abs=1e-9)
    assert found.interval.high == pytest.approx(high if d < n else 1 - probability, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 29), st.integers(1, 29), st.floats(0.001, 0.999))
def test_under_the_minimum_the_exact_p_value_has_to_reject_too(d, more, probability):
    n = max(d, more)
    measured = jeffreys_of(people(A=(d, n)), {**PD, "A": probability})
    found, exact = by_grade(measured)["A"], binomtest(d, n, probability, alternative="greater")
    jeffreys = beta.cdf(probability, d + 0.5, n - d + 0.5)
    assert found.p_value == pytest.approx(max(jeffreys, exact.pvalue), abs=1e-12)
    assert measured.exhibits[0].rows[0][-1] == pytest.approx(exact.pvalue, abs=1e-12)
    limits = binomtest(d, n, probability).proportion_ci(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (limits.low - probability, limits.high - probability), abs=1e-9
    )


@pytest.mark.parametrize(("probability", "n"), [(0.0, 500), (0.0003, 1), (0.0003, 30), (0.0, 1)])
def test_a_grade_in_which_nobody_defaulted_never_fails(probability, n):
    measured = jeffreys_of(people(A=(0, n)), {**PD, "A": probability})
    assert {each.p_value for each in measured.estimates} == {1.0}
    assert outcome(measured, significance=0.05).outcome == "inconclusive"
    assert outcome(measured, significance=0.05, margin=0.2).outcome == ("pass" if n >= 30 else "inconclusive")


def test_a_default_where_none_can_be_fails():
    assert outcome(jeffreys_of(people(A=(1, 500)), {**PD, "A": 0.0}), significance=0.05).outcome == "fail"


def test_a_probability_that_is_far_too_high_passes_a_margin():
    measured = jeffreys_of(people(C=(10, 1000)))
    assert by_grade(measured)["C"].interval.high < -0.1
    assert outcome(measured, significance=0.05, margin=0.01).outcome == "pass"


def test_the_interval_reaches_to_0_without_events_and_to_1_without_others():
    assert jeffreys_interval(0, 7, 0.95) == (0.0, pytest.approx(beta.ppf(0.975, 0.5, 7.5), abs=1e-12))
    assert jeffreys_interval(7, 7, 0.95) == (pytest.approx(beta.ppf(0.025, 7.5, 0.5), abs=1e-12), 1.0)


def test_p_values_of_grades_are_adjusted_for_each_other_and_the_portfolio_stands_alone():
    found = by_grade(jeffreys_of(people(A=(20, 1000), B=(60, 1000), C=(200, 1000))))
    p = [found[g].p_value for g in ORDER]
    assert p == sorted(p)
    assert [found[g].p_adjusted for g in ORDER] == pytest.approx([3 * p[0], 2 * p[1], p[2]], abs=1e-15)
    portfolio = found[None]
    assert (portfolio.p_adjusted, portfolio.comparisons, portfolio.n) == (None, 1, 3000)
    assert portfolio.p_value == pytest.approx(beta.cdf(0.26 / 3, 280.5, 2720.5), abs=1e-12)
    assert portfolio.id == "default_rate_excess[grade]"


@pytest.mark.parametrize(("defaults", "wanted"), [(50, "inconclusive"), (61, "inconclusive"), (62, "fail")])
def test_a_criterion_of_significance_fails_at_the_level_and_never_passes_by_it(defaults, wanted):
    measured = jeffreys_of(people(B=(defaults, 1000)))
    assert outcome(measured, significance=0.05).outcome == wanted
    assert (by_grade(measured)["B"].p_value <= 0.05) == (wanted == "fail")


def test_a_margin_passes_by_the_interval():
    assert outcome(jeffreys_of(people(B=(500, 10_000))), significance=0.05, margin=0.02).outcome == "pass"


@pytest.mark.parametrize(("defaults", "wanted"), [(350, "pass"), (600, "inconclusive"), (900, "fail"), (0, "pass")])
def test_a_limit_of_the_excess_is_on_one_side(defaults, wanted):
    assert outcome(jeffreys_of(people(B=(defaults, 10_000))), at_most=0.01).outcome == wanted


def test_a_probability_that_is_too_high_is_no_finding_of_the_test():
    found = by_grade(jeffreys_of(people(C=(10, 1000))))["C"]
    assert found.p_value > 0.999
    assert found.value == pytest.approx(-0.19)


def test_few_people_can_only_fail():
    few = outcome(jeffreys_of(people(A=(0, 20))), significance=0.05, margin=0.5)
    assert (few.outcome, few.reason) == ("inconclusive", "sample_too_small")
    assert outcome(jeffreys_of(people(A=(5, 20))), significance=0.05).outcome == "fail"


@pytest.mark.parametrize("of", [0, 1])
def test_without_declared_probabilities_the_mean_score_of_the_grade_is_one(of):
    random = np.random.default_rng(2)
    scores = {g: random.uniform(0.5 * q, 1.5 * q, 200) for g, q in PD.items()}
    held = scores if of == 1 else {g: 1 - s for g, s in scores.items()}
    found = by_grade(jeffreys_of(people(A=(3, 200), B=(9, 200), C=(50, 200)), scores=held, of=of))
    for grade, d in (("A", 3), ("B", 9), ("C", 50)):
        assert found[grade].value == pytest.approx(d / 200 - scores[grade].mean(), abs=1e-12)


def test_the_mean_score_is_of_everybody_in_the_grade_and_the_defaults_of_those_with_a_label():
    rows = [*people(A=(10, 100)), *[(None, "A")] * 100]
    found = by_grade(jeffreys_of(rows, scores={"A": [0.1] * 100 + [0.3] * 100}))["A"]
    assert (found.n, found.value) == (100, pytest.approx(0.1 - 0.2, abs=1e-12))


def test_somebody_without_a_score_leaves_no_probability():
    held = [cells(KEYS, people(A=(1, 50))), moments({"A": [0.1] * 49}, grouping="(grade)", unscored={"A": 1})]
    (found,) = measure(grade_calibration, view(None), *held).estimates
    assert found.undefined == "1 of 50 people have no finite score"


def test_missing_labels_and_grades_are_told_and_empty_grades_are_noted():
    rows = [*people(A=(1, 80), B=(4, 80)), (None, "A"), (None, None), ("favourable", None), ("favourable", None)]
    measured = jeffreys_of(rows)
    assert (measured.unlabelled, measured.unknown) == (2 / 164, {"grade": 3 / 164})
    assert measured.notes == ("Nobody with a label is in the grades C.",)
    assert set(by_grade(measured)) == {"A", "B", None}


@pytest.mark.parametrize(
    ("rows", "why", "kind"),
    [
        ([], "nobody in the test data has both", "evidence_missing"),
        ([(None, "A"), ("favourable", None)], "nobody in the test data has both", "evidence_missing"),
        (people(A=(1, 50), Z=(1, 50)), "the grade 'Z' occurs", "estimate_undefined"),
    ],
)
def test_what_cannot_be_tested_has_no_value(rows, why, kind):
    (found,) = jeffreys_of(rows).estimates
    assert why in found.undefined
    assert found.undefined_as == kind


def test_everybody_or_nobody_defaulting_is_defined():
    found = by_grade(jeffreys_of(people(A=(0, 100), C=(100, 100))))
    assert found["A"].interval.low == -0.01
    assert found["C"].interval.high == 0.8
    assert found["C"].p_value < 1e-12


@given(st.randoms())
def test_the_order_of_rows_changes_nothing(random):
    rows = people(A=(2, 90), B=(7, 60), C=(20, 80))
    assert jeffreys_of(random.sample(rows, len(rows))) == jeffreys_of(rows)


def test_what_it_needs():
    assert needs(grade_calibration, manifest()).missing == (
        "data.test", "columns.label", "columns.score", "columns.grade",
    )  # fmt: skip
    assert len(needs(grade_calibration, view()).requests) == 1
    assert len(needs(grade_calibration, view(None)).requests) == 2


@pytest.mark.parametrize("declared", [True, False])
def test_from_a_file_to_the_finding(tmp_path, declared):
    rows = [(int(i < d), q, g) for g, d, n, q in (("A", 4, 300, 0.01), ("B", 40, 300, 0.05)) for i in range(n)]
    data = write_csv(tmp_path / "d.csv", ("y", "p", "g"), rows)
    grade = {"column": "g", "order": ["A", "B"], **({"probabilities": {"A": 0.01, "B": 0.05}} if declared else {})}
    columns = {"label": {"column": "y", "favourable": 0}, "score": {"column": "p", "kind": "probability", "of": 1}}
    asked = control(check="performance.grade_calibration", criterion={"significance": 0.05, "source": "guidance"})
    finding = finding_of(evaluate(tmp_path, data, {**columns, "grade": grade}, asked))
    found = {each.group: each for each in finding.measured.estimates}
    assert finding.outcome == "fail"
    assert found["A"].p_value == pytest.approx(beta.cdf(0.01, 4.5, 296.5), abs=1e-12)
    assert found["B"].p_value == pytest.approx(beta.cdf(0.05, 40.5, 260.5), abs=1e-12)
