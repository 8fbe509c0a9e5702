import pytest

from assay.checks.data.drift import drift
from assay.evidence.request import ProfileRequest, ScoresRequest
from assay.evidence.value import Profile
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


def test_more_missing_values_are_drift():
    measured = measured_on(missing=500, against_missing=10)
    found = by_group(measured)["income"]
    assert found.interval.low > 0.25


def test_a_column_with_one_value_in_both_is_undefined_not_free_of_drift():
    found = by_group(measured_on(income=([500], [500])))["income"]
    assert (found.value, found.undefined_as) == (None, "estimate_undefined")
    assert "one value" in found.undefined


@pytest.mark.parametrize(("income", "which"), [(([0, 0], [5, 5]), "test"), (([5, 5], [0, 0]), "train")])
def test_a_dataset_without_rows_is_undefined(income, which):
    assert by_group(measured_on(income=income))["income"].undefined == f"the {which} data have no rows"


def test_a_score_that_the_model_computes_is_compared_where_rows_have_labels():
    columns = {"label": {"column": "y", "favourable": 1}, "score": {"from": "model", "kind": "probability", "of": 1}}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}}
    view = people_manifest(columns=columns, identity=identity, features=[{"name": "income"}])
    asked = needs(drift, view).requests
    assert asked == (ProfileRequest("test", ("income",), "train"), ScoresRequest("test"), ScoresRequest("train"))
    test = scores([i / 100 for i in range(50, 100)], [0, 1] * 25)
    train = scores([i / 100 for i in range(100)], [0, 1] * 50)
    found = by_group(measure(drift, view, Profile((column("income", SAME, SAME),)), test, train))
    assert found["(score)"].value > 1


def test_what_is_not_declared_is_missing_evidence():
    bare = people_manifest(columns={"label": {"column": "y", "favourable": 1}})
    assert needs(drift, bare).missing == ("features",)
    assert needs(drift, VIEW, against="test").requests == ()
    assert needs(drift, VIEW, columns=("a",), bins=5).requests == (ProfileRequest("test", ("a",), "train", 5),)
