import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from assay.checks.fairness.calibration_within_groups import calibration_within_groups
from assay.checks.performance.calibration import calibration
from auditing import control, evaluate, finding_of, write_csv
from builders import group_scores, measure, needs, people_manifest, scores

SEX = people_manifest("sex")
COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {"sex": {"column": "sex"}},
}


def people(n=600, seed=1, groups=("f", "m"), skew=(1.0, 1.0, 1.0)):
    """Labels drawn from the probabilities, whose logit is stretched in each group by `skew`."""
    random = np.random.default_rng(seed)
    sex = random.choice(groups, n)
    p = random.beta(2, 3, n).round(2).clip(0.01, 0.99)
    logit = np.log(p / (1 - p)) * np.array(skew)[[groups.index(each) for each in sex]]
    return (random.random(n) < 1 / (1 + np.exp(-logit))).astype(int), p, sex


def calibrated(y, p, sex, *, with_=None, unscored=None, weights=None, **options):
    evidence = group_scores(p, y, sex, unscored=unscored, weights=weights)
    return measure(calibration_within_groups, SEX, evidence, p=with_, **options)


def named(measured):
    return {(e.name, e.group): e for e in measured.estimates}


def audited(folder, y, p, sex, criterion, columns=COLUMNS):
    data = write_csv(folder / "d.csv", ("y", "p", "sex", "v"), [(*row, 1) for row in zip(y, p, sex, strict=True)])
    checked = control(check="fairness.calibration_within_groups", criterion={"source": "convention", **criterion})
    return finding_of(evaluate(folder, data, columns, checked))


@pytest.mark.parametrize("weighted", [False, True])
def test_intercept_and_slope_are_those_of_scikit_learn_within_each_group(weighted):
    y, p, sex = people(skew=(0.6, 1.5))
    v = np.random.default_rng(2).integers(1, 5, len(y)).astype(float) if weighted else None
    found = named(calibrated(y, p, sex, weights=v))
    for group in ("f", "m"):
        mine = sex == group
        logit = np.log(p[mine] / (1 - p[mine]))[:, None]
        fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
        fit.fit(logit, y[mine], sample_weight=None if v is None else v[mine])
        assert found["slope", group].value == pytest.approx(fit.coef_[0, 0], abs=1e-8)
        assert found["intercept", group].value == pytest.approx(fit.intercept_[0], abs=1e-8)
        total = np.average(y[mine], weights=None if v is None else v[mine])
        expected = np.average(p[mine], weights=None if v is None else v[mine])
        assert found["observed_expected", group].value == pytest.approx(total / expected, abs=1e-12)


def test_each_group_is_what_everybody_would_be_if_there_were_no_others():
    y, p, sex = people()
    found = named(calibrated(y, p, sex))
    for group in ("f", "m"):
        alone = measure(calibration, SEX, scores(p[sex == group], y[sex == group]))
        for own in alone.estimates[:2]:
            assert found[own.name, group].value == own.value
            assert found[own.name, group].interval == own.interval


def test_the_interval_of_the_intercept_has_the_error_of_the_information():
    y, p, sex = people()
    estimate = named(calibrated(y, p, sex))["intercept", "f"]
    mine = sex == "f"
    x = np.column_stack([np.ones(mine.sum()), np.log(p[mine] / (1 - p[mine]))])
    beta = np.array([estimate.value, named(calibrated(y, p, sex))["slope", "f"].value])
    fitted = 1 / (1 + np.exp(-x @ beta))
    error = np.sqrt(np.linalg.inv(x.T @ (x * (fitted * (1 - fitted))[:, None]))[0, 0])
    assert estimate.interval.high - estimate.value == pytest.approx(1.959963985 * error, rel=1e-6)
    assert estimate.comparisons == 2
    assert estimate.simultaneous.confidence == pytest.approx(0.975)


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([0.5, 4.0]))
def test_the_order_of_people_the_names_of_groups_and_the_size_of_weights_change_nothing(random, size):
    y, p, sex = people(200)
    v = np.random.default_rng(3).integers(1, 5, 200).astype(float)
    order = random.sample(range(200), 200)
    first, again = (
        calibrated(y, p, sex, weights=v),
        calibrated(y[order], p[order], np.char.add("z", sex[order]), weights=v[order] * size),
    )
    for one, other in zip(first.estimates, again.estimates, strict=True):
        assert (one.name, f"z{one.group}") == (other.name, other.group)
        assert other.value == pytest.approx(one.value, rel=1e-9)
        assert other.interval.low == pytest.approx(one.interval.low, rel=1e-8)


def test_a_group_of_one_class_is_undefined_and_the_others_are_measured():
    y, p, sex = people(600, groups=("f", "m", "x"))
    y[sex == "x"] = 0
    found = named(calibrated(y, p, sex))
    for name in ("observed_expected", "intercept", "slope"):
        assert found[name, "x"].undefined == "no labelled person of x has the event (y = 1)"
        assert found[name, "f"].value is not None


def test_few_events_leave_slope_and_intercept_open_but_not_the_ratio():
    y, p = np.array([1] * 5 + [0] * 45), np.linspace(0.05, 0.4, 50).round(3)
    found = named(calibrated(np.tile(y, 2), np.tile(p, 2), np.repeat(["f", "m"], 50)))
    assert found["observed_expected", "f"].value is not None
    assert (found["slope", "f"].value, found["slope", "f"].undefined_as) == (None, "sample_too_small")


def test_classes_that_a_cut_separates_have_no_finite_slope():
    y, p = np.array([1] * 20 + [0] * 20), np.linspace(0.9, 0.1, 40).round(3)
    found = named(calibrated(y, p, ["f"] * 40))
    assert (found["slope", "f"].value, found["slope", "f"].undefined_as) == (None, "estimate_unstable")


def test_somebody_without_a_score_and_nobody_at_all_are_told():
    y, p, sex = people()
    assert "1 of" in named(calibrated(y, p, sex, unscored={"f": 1}))["slope", "f"].undefined
    nobody = calibrated(y, p, [None] * len(y))
    assert {e.undefined for e in nobody.estimates} == {"sex: no row has a known group"}
    assert nobody.unknown == {"sex": 1.0}


def test_unlabelled_people_are_told_for_everybody_and_for_the_group_they_are_in():
    y, p, sex = people()
    y = y.astype(float)
    y[(sex == "f") & (np.arange(len(y)) % 5 == 0)] = np.nan
    measured = calibrated(y, p, sex)
    without, women = int(np.isnan(y).sum()), int((sex == "f").sum())
    assert measured.unlabelled == without / len(y)
    assert measured.notes == (
        f"In the group f (sex), {without} of {women} people have no label ({without / women:.1%}).",
    )


def test_a_rank_is_no_probability():
    columns = {**COLUMNS, "score": {"column": "p", "kind": "rank", "higher": "favourable"}}
    asked = needs(calibration_within_groups, people_manifest("sex", columns=columns))
    assert (asked.requests, asked.missing) == ((), ("columns.score.kind: probability",))


@pytest.mark.parametrize(("at_most", "outcome"), [(1.25, "pass"), (1.24, "fail")])
def test_the_boundary_itself_is_good_enough(tmp_path, at_most, outcome):
    # ten of each group have the event where eight are expected
    y, p = ([1] * 10 + [0] * 10) * 2, [0.4] * 40
    rule = {"at_most": at_most, "estimate": "observed_expected", "decide_on": "estimate"}
    finding = audited(tmp_path, y, p, ["f"] * 20 + ["m"] * 20, rule)
    assert [e.value for e in finding.measured.estimates if e.name == "observed_expected"] == [1.25, 1.25]
    assert finding.outcome == outcome


def test_few_people_leave_it_open_and_many_decide(tmp_path):
    rule = {"between": [0.8, 1.25], "estimate": "slope"}
    assert audited(tmp_path, *people(300), rule).reason == "interval_straddles"
    assert audited(tmp_path, *people(20_000), rule).outcome == "pass"
    finding = audited(tmp_path, *people(20_000, skew=(1.0, 0.5)), rule)
    assert finding.outcome == "fail"
    assert [j.outcome for j in finding.judgements if "slope" in j.estimate] == ["pass", "fail"]


def test_an_entity_that_stands_in_several_rows_is_not_taken_for_several_people(tmp_path):
    finding = audited(tmp_path, *people(300), {"at_least": 0, "estimate": "slope"}, {**COLUMNS, "entity": "v"})
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")
