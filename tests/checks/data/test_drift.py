import numpy as np
import pytest
from scipy.stats import chi2

from assay.checks.data.drift import drift
from assay.evidence.profile import Profile
from assay.evidence.request import ProfileRequest, ScoresRequest
from auditing import control, evaluate, finding_of, write_csv
from builders import by_group, column, measure, needs, people_manifest, scores

VIEW = people_manifest(features=[{"name": "income"}, {"name": "age"}])
SAME = [100] * 10


def measured_on(income=(SAME, SAME), age=(SAME, SAME), **more):
    profile = Profile((column("income", *income, **more), column("age", *age), column("p", SAME, SAME)))
    return measure(drift, VIEW, profile)


# Closed form, four quarters against tenths: .228217.
def test_the_closed_form_is_the_estimate_of_the_column():
    found = by_group(measured_on(income=([100, 200, 300, 400], [250] * 4)))
    assert found["income"].value == pytest.approx(0.228217, abs=5e-7)
    assert found["income"].n == 1000


def test_features_and_score_are_compared_and_the_worst_is_the_headline():
    measured = measured_on(age=([100, 200, 300, 400], [250] * 4))
    assert set(by_group(measured, headline=False)) == {"income", "age", "p"}
    assert set(by_group(measured)) == {"age"}
    assert measured.exhibits[0].rows[0][0] == "age"


def test_a_second_interval_holds_for_all_columns_together():
    for estimate in measured_on().estimates:
        assert estimate.comparisons == 3
        assert estimate.simultaneous.confidence == pytest.approx(1 - 0.05 / 3)
        assert estimate.simultaneous.high > estimate.interval.high


def test_a_policy_may_decide_by_the_p_value_without_drift(tmp_path):
    random = np.random.default_rng(3)
    train, same, shifted = random.normal(0, 1, 2000), random.normal(0, 1, 2000), random.normal(0.25, 1, 2000)
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    write_csv(tmp_path / "train.csv", ("x",), [(value,) for value in train])

    def outcome(values, **criterion):
        write_csv(tmp_path / "test.csv", ("x",), [(value,) for value in values])
        wanted = control(check="data.drift", criterion={**criterion, "source": "house"}, **{"with": {"columns": ["x"]}})
        return finding_of(evaluate(tmp_path, tmp_path / "test.csv", {}, wanted, manifest={"data": data})).outcome

    assert outcome(shifted, significance=0.05) == "fail"
    assert outcome(same, significance=0.05) == "inconclusive"  # no p-value shows that nothing has drifted
    assert outcome(same, significance=0.05, margin=0.1) == "pass"
    assert outcome(shifted, at_most=0.25) == "pass"


def test_the_p_values_of_all_columns_are_adjusted_together():
    found = by_group(measured_on(age=([170, 50, 80] + [100] * 7, SAME)), headline=False)
    assert found["age"].p_value < 0.01
    assert found["age"].p_adjusted == pytest.approx(3 * found["age"].p_value)
    assert (found["income"].p_value, found["income"].p_adjusted) == (1.0, 1.0)


def test_what_an_index_without_drift_may_be_stands_beside_it():
    row = next(row for row in measured_on().exhibits[0].rows if row[0] == "p")
    assert row[4] == pytest.approx(chi2.ppf(0.95, 11) * 2 / 1000, rel=0.05)  # ten bins, and what lies beyond
    assert row[5] == 1.0


def test_more_missing_values_are_drift():
    measured = measured_on(missing=500, against_missing=10)
    found = by_group(measured)["income"]
    assert found.interval.low > 0.25


def test_a_column_with_one_value_in_both_is_undefined_not_free_of_drift():
    found = by_group(measured_on(income=([500], [500])))["income"]
    assert (found.value, found.undefined_as) == (None, "estimate_undefined")
    assert "one value" in found.undefined


def test_a_column_that_is_empty_in_both_is_said_to_hold_no_value():
    found = by_group(measured_on(income=([], []), missing=500, against_missing=300))["income"]
    assert found.undefined == "it holds no value in either dataset, so there is no distribution to compare"


@pytest.mark.parametrize(("income", "which"), [(([0, 0], [5, 5]), "test"), (([5, 5], [0, 0]), "train")])
def test_a_dataset_without_rows_is_undefined(income, which):
    assert by_group(measured_on(income=income))["income"].undefined == f"the {which} data have no rows"


COMPUTED = people_manifest(
    columns={"label": {"column": "y", "favourable": 1}, "score": {"from": "model", "kind": "probability", "of": 1}},
    identity={"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}},
    features=[{"name": "income"}],
)


@pytest.mark.parametrize(
    ("own", "against"),
    [
        ([0.7] * 100, [0.5] * 100),
        ([0.4] * 100, [0.2, 0.6] * 50),
        ([i / 1000 for i in range(100)], [i / 1000 for i in range(500, 600)]),
        ([0.9] * 100, [0.1] * 95 + [0.5, 0.6, 0.7, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86]),
        ([0.5] * 100, [0.1] * 95 + [0.5, 0.6, 0.7, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86]),
    ],
    ids=["another value", "between", "below", "above", "beside the most frequent"],
)
def test_scores_that_the_other_dataset_hardly_or_never_held_are_drift(own, against):
    test, train = (scores(each, [i % 2 for i in range(len(each))]) for each in (own, against))
    found = by_group(measure(drift, COMPUTED, Profile((column("income", SAME, SAME),)), test, train))["(score)"]
    assert found.interval.low > 0.25


def test_the_same_scores_on_both_sides_are_no_drift():
    for values in ([0.5, 0.6] * 50, [i / 100 for i in range(100)], [0.0] * 50 + [i / 100 for i in range(100)]):
        both = [scores(values, [i % 2 for i in range(len(values))]) for _ in range(2)]
        found = by_group(measure(drift, COMPUTED, Profile((column("income", SAME, SAME),)), *both), headline=False)
        assert found["(score)"].value == 0.0


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ([0] * 950 + [""] * 50, [*range(1, 951)] + [""] * 50),
        ([0, 1] * 200, [-7, 900] * 200),
        ([0] * 400, list(range(1, 401))),
    ],
    ids=["beside missing values", "two values", "a constant"],
)
def test_values_that_the_other_dataset_never_held_are_drift(tmp_path, train, test):
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    for role, values in (("test", test), ("train", train)):
        write_csv(tmp_path / f"{role}.csv", ("x",), [(value,) for value in values])
    checked = control(
        check="data.drift", criterion={"at_most": 0.25, "source": "house"}, **{"with": {"columns": ["x"]}}
    )
    finding = finding_of(evaluate(tmp_path, tmp_path / "test.csv", {}, checked, manifest={"data": data}))
    assert finding.outcome == "fail"


def test_the_same_people_as_rows_or_as_counts_drift_alike(tmp_path):
    train = [(x, 1000 if x < 5 else 1) for x in range(100)]
    test = [(x, n * 10 if x == 0 else n) for x, n in train]
    data = {role: {"path": f"{role}.csv"} for role in ("test", "train")}
    checked = control(
        check="data.drift", criterion={"at_most": 0.25, "source": "house"}, **{"with": {"columns": ["x"]}}
    )

    def estimate(columns, header, rows):
        for role, pairs in (("test", test), ("train", train)):
            write_csv(tmp_path / f"{role}.csv", header, rows(pairs))
        done = evaluate(tmp_path, tmp_path / "test.csv", columns, checked, manifest={"data": data})
        return finding_of(done).measured.estimates[0]

    as_counts = estimate({"count": "n"}, ("x", "n"), lambda pairs: pairs)
    as_rows = estimate({}, ("x",), lambda pairs: [(x,) for x, n in pairs for _ in range(n)])
    assert as_counts == as_rows
    assert as_rows.interval.low > 0.25


def test_a_score_that_the_model_computes_is_compared_where_rows_have_labels():
    asked = needs(drift, COMPUTED).requests
    assert asked == (ProfileRequest("test", ("income",), "train"), ScoresRequest("test"), ScoresRequest("train"))
    test = scores([i / 100 for i in range(50, 100)], [0, 1] * 25)
    train = scores([i / 100 for i in range(100)], [0, 1] * 50)
    found = by_group(measure(drift, COMPUTED, Profile((column("income", SAME, SAME),)), test, train))
    assert found["(score)"].value > 1


def test_what_is_not_declared_is_missing_evidence():
    bare = people_manifest(columns={"label": {"column": "y", "favourable": 1}})
    assert needs(drift, bare).missing == ("features",)
    assert needs(drift, VIEW, columns=("a",), bins=5).requests == (ProfileRequest("test", ("a",), "train", 5),)
