"""Models that are Python objects: the same numbers as a file gives, and clear words for what does not fit together."""

import csv
import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import assay
from assay.errors import AssayError, DataError, ManifestError
from auditing import AT, control, finding_of

AUC = control(id="AUC", check="performance.auc", criterion={"at_least": 0.6, "source": "house"})
RATES = control(id="RATES")
OPPORTUNITY = control(id="OPP", check="fairness.equal_opportunity", criterion={"at_most": 0.1, "source": "house"})
CALIBRATED = control(
    id="CAL", check="performance.expected_calibration_error", criterion={"at_most": 0.05, "source": "house"}
)


@cache
def applicants(n=1500):
    """Drawn like applicants for credit: incomes, ages, a region in words, gaps, and a label that depends on them."""
    drawn = np.random.default_rng(11)
    sex = np.where(drawn.random(n) < 0.45, "female", "male")
    age = drawn.integers(18, 80, n)
    income = np.round(drawn.lognormal(3.2, 0.5, n), 2)
    region = np.array(["north", "south", "Île-de-France, ville"])[drawn.integers(0, 3, n)]
    tenure = np.where(drawn.random(n) < 0.1, np.nan, drawn.integers(0, 30, n))
    chance = 1 / (1 + np.exp(-(0.06 * (income - 25) + 0.02 * (age - 45) + 0.4 * (region == "north"))))
    defaulted = (drawn.random(n) > chance).astype(int)
    X = pd.DataFrame({"income": income, "age": age, "region": region, "tenure": tenure})  # noqa: N806
    return X, pd.Series(defaulted, name="defaulted"), pd.DataFrame({"sex": sex})


@cache
def boosted():
    X, y, _ = applicants()  # noqa: N806
    return HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(X[["income", "age", "tenure"]], y)


@cache
def logistic():
    X, y, _ = applicants()  # noqa: N806
    split = ColumnTransformer([("n", StandardScaler(), ["income", "age"]), ("c", OneHotEncoder(), ["region"])])
    return make_pipeline(split, LogisticRegression()).fit(X, y)


def policy(folder, *controls):
    text = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": list(controls)}
    (folder / "policy.yaml").write_text(yaml.safe_dump(text, sort_keys=False))
    return [folder / "policy.yaml"]


def audited(folder, *controls, model=None, X=None, y=None, **more):  # noqa: N803
    inputs, labels, sex = applicants()
    given = {"groups": sex, "favourable": 0, "policies": policy(folder, *(controls or (RATES,))), "at": AT, **more}
    return assay.audit(
        model=logistic() if model is None else model,
        X=inputs if X is None else X,
        y=labels if y is None else y,
        **given,
    )


def numbers(result, name):
    return [estimate.model_dump() for estimate in finding_of(result, name).measured.estimates]


@pytest.mark.parametrize("kind", ["logistic", "boosted"])
def test_an_object_gives_exactly_what_the_file_with_its_scores_gives(kind, tmp_path):
    X, y, sex = applicants()  # noqa: N806
    model = logistic() if kind == "logistic" else boosted()
    given = X if kind == "logistic" else X[["income", "age", "tenure"]]
    controls = (RATES, OPPORTUNITY, AUC, CALIBRATED)
    objects = audited(
        tmp_path, *controls, model=model, X=given, groups={"sex": sex.sex, "age": X.age}, edges={"age": [25, 45]},
        decision={"below": 0.4}, score_of=1,
    )  # fmt: skip

    scores = model.predict_proba(given)[:, 1].tolist()
    with (tmp_path / "scored.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sex", "age", "defaulted", "pd"])
        writer.writerows(zip(sex.sex, X.age, y, map(repr, scores), strict=True))
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "model", "name": "Model", "version": "1"},
        "data": {"test": {"path": "scored.csv"}},
        "columns": {
            "label": {"column": "defaulted", "favourable": 0},
            "score": {"column": "pd", "kind": "probability", "of": 1},
            "decision": {"from": "score", "favourable": {"below": 0.4}},
            "groups": {"sex": {"column": "sex"}, "age": {"column": "age", "edges": [25, 45]}},
        },
    }
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    files = assay.audit(tmp_path / "model.yaml", policies=policy(tmp_path, *controls), at=AT)
    for each in controls:
        assert numbers(objects, each["id"]) == numbers(files, each["id"]) != []
        assert finding_of(objects, each["id"]).judgements == finding_of(files, each["id"]).judgements


def test_without_a_cut_the_model_itself_decides_and_the_record_says_so(tmp_path):
    X, _, sex = applicants()  # noqa: N806
    result = audited(tmp_path)
    granted = {group: int((logistic().predict(X)[sex.sex == group] == 0).sum()) for group in ("female", "male")}
    (ratio,) = finding_of(result, "RATES").measured.estimates
    assert ratio.numerator == granted[ratio.group]
    assert ratio.reference_numerator == granted[ratio.reference]
    told = dict(result.audit.subject.summary)["Model"]
    assert told.startswith("Pipeline (ColumnTransformer, LogisticRegression) of sklearn ")
    decides = "the model's decisions are those of its method predict"
    for fact in ("no file", "without a digest", "nothing confined it", decides):
        assert fact in told
    assert "the probability of 0" in " ".join(result.notes)
    assert result.audit.confinement is None


def test_the_digest_is_that_of_the_values_and_not_of_their_types(tmp_path):
    X, y, sex = applicants()  # noqa: N806

    def digest(**change):
        files = audited(tmp_path, **change).audit.subject.files
        assert [file.role for file in files] == ["manifest", "data.test"]
        return files[1].digest

    first = digest()
    assert (
        digest(y=y.astype("float32")) == digest(y=y.astype("Int64")) == digest(groups=sex.astype("category")) == first
    )
    assert digest(X=X.assign(age=X.age + 1)) != first


def test_a_bundle_can_be_written_and_verified(tmp_path):
    result = audited(tmp_path, RATES, AUC, out=tmp_path / "reports", pdf=False)
    assert assay.verify(result.bundle).gate.exit_code == result.gate.exit_code
    report = (result.bundle / "report.html").read_text()
    assert "a Python object" in report
    assert str(tmp_path) not in report + (result.bundle / "audit.json").read_text()
    assert "objects.csv" in (result.bundle / "policy" / "model.yaml").read_text()
    assert not list(tmp_path.rglob("objects.csv"))


def test_an_array_has_the_names_of_the_model_or_numbers(tmp_path):
    X, y, _ = applicants()  # noqa: N806
    given = X[["income", "age"]].to_numpy()
    model = LogisticRegression().fit(given, y)
    result = audited(tmp_path, model=model, X=given, groups=["x1"], edges={"x1": [40]})
    assert {e.group for e in finding_of(result, "RATES").measured.estimates} <= {"under 40", "40 and over"}


def test_what_only_a_stored_model_can_show_is_inconclusive_and_says_why(tmp_path):
    again = control(
        id="AGAIN", check="robustness.determinism",
        criterion={"estimate": "largest_change", "at_most": 0, "source": "house"},
    )  # fmt: skip
    finding = finding_of(audited(tmp_path, again), "AGAIN")
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")
    assert finding.measured.missing == ("identity.artefact",)


def test_a_function_is_a_model_too(tmp_path):
    X, _, _ = applicants()  # noqa: N806
    boundary = {"decision": {"below": 0.4}, "score_of": 1}
    asked = []

    def score(frame):
        asked.append(len(frame))
        return logistic().predict_proba(frame)[:, 1]

    assert numbers(audited(tmp_path, AUC, model=score, **boundary), "AUC") == numbers(
        audited(tmp_path, AUC, **boundary), "AUC"
    )
    assert asked == [len(X)]
    bound = audited(tmp_path, AUC, model=logistic().predict_proba, **boundary)
    assert numbers(bound, "AUC") == numbers(audited(tmp_path, AUC, **boundary), "AUC")


def test_a_model_without_probabilities_ranks(tmp_path):
    X, y, _ = applicants()  # noqa: N806
    model = LinearSVC().fit(X[["income", "age"]], y)
    result = audited(tmp_path, AUC, model=model, X=X[["income", "age"]])
    assert result.audit.manifest["columns"]["score"] == {"column": "score", "kind": "rank", "higher": "unfavourable"}
    assert finding_of(result, "AUC").measured.estimates[0].value > 0.6


def test_words_and_truth_values_are_labels_too(tmp_path):
    X, y, _ = applicants()  # noqa: N806
    first = audited(tmp_path, RATES, AUC)
    for named, favourable in ((y.map({0: "paid back", 1: "no"}), "paid back"), (y == 0, True)):
        model = clone(logistic()).fit(X, named)
        other = audited(tmp_path, RATES, AUC, model=model, y=named, favourable=favourable)
        assert numbers(other, "RATES") == numbers(first, "RATES")


def test_weights_count(tmp_path):
    X, _, _ = applicants()  # noqa: N806
    weighted = audited(tmp_path, weights=np.where(X.age > 40, 2.5, 1.0))
    assert weighted.audit.manifest["columns"]["weight"] == "weight"
    assert numbers(weighted, "RATES") != numbers(audited(tmp_path), "RATES")


def without_predict(X):  # noqa: N803
    return np.full(len(X), 0.5)


def mistakes():
    X, y, sex = applicants()  # noqa: N806
    gap = sex.assign(sex=sex.sex.where(sex.index != 6))
    return {
        "a manifest was given, and model, X, y, groups, favourable beside it": {"manifest": "model.yaml"},
        "nobody said which label is favourable": {"favourable": None},
        "favourable='yes' is no label: y holds '0', '1'": {"favourable": "yes"},
        "y has 10 values and X has 1500 rows": {"y": y[:10]},
        "the group 'sex' has 10 values and X has 1500 rows": {"groups": {"sex": ["f"] * 10}},
        "the group 'sex' has no value in 1 of 1500 rows, first in row 7": {"groups": gap},
        "the rows of y have other names, or another order": {"y": y.sample(frac=1, random_state=1)},
        "groups names 'seks', which is no column of X": {"groups": ["seks"]},
        "edges are given for 'aeg', which is no group": {"edges": {"aeg": [25]}},
        "nobody said how the model decides: without_predict of": {"model": without_predict},
        "nobody said which class the score that is cut is the probability of": {"decision": {"below": 0.1}},
        "decision={'belwo': 0.1} is no cut of a score": {"decision": {"belwo": 0.1}},
        "its method predict_proba (Pipeline": {"X": X[["age"]]},
        "(LogisticRegression of sklearn": {"model": LogisticRegression()},
        "which is no label": {"model": LinearRegression().fit(X[["age"]], y), "X": X[["age"]]},
        "X is a list": {"X": [[1, 2]]},
        "X has no rows": {"X": X[:0]},
        "the model is a str": {"model": "model.pkl"},
        "score_of='two' is no label: y holds '0', '1'": {"score_of": "two"},
    }


@pytest.mark.parametrize("told", list(mistakes()))
def test_a_mistake_is_told_in_a_sentence(told, tmp_path):
    X, y, sex = applicants()  # noqa: N806
    given = {"model": logistic(), "X": X, "y": y, "groups": sex, "favourable": 0, **mistakes()[told]}
    with pytest.raises((DataError, ManifestError)) as error:
        assay.audit(**given)
    assert told in str(error.value)


def test_nothing_at_all_is_told(tmp_path):
    with pytest.raises(ManifestError, match="nothing to audit without model= and X="):
        assay.audit()
    with pytest.raises(ManifestError, match="without X="):
        assay.audit(model=logistic())


def test_hostile_names_and_values_stay_values(tmp_path):
    X, _, sex = applicants()  # noqa: N806
    name = 'a"b,c: {x}; #é'
    hostile = pd.Series(np.where(sex.sex == "male", '"quoted", <b>\r\n=1+1', "x;y\t|'"), name="who")
    result = audited(tmp_path, RATES, X=X.assign(**{name: 1.0}), model=Narrow(), groups={"who": hostile})
    assert {e.group for e in numbers_of(result)} | {e.reference for e in numbers_of(result)} == set(hostile)
    assert name in [each["name"] for each in result.audit.manifest["features"]]
    json.loads(result.audit.model_dump_json())


class Narrow:
    """A classifier that reads some columns only."""

    classes_ = np.array([0, 1])

    def predict_proba(self, X):  # noqa: N803
        return logistic().predict_proba(X[["income", "age", "region", "tenure"]])

    def predict(self, X):  # noqa: N803
        return logistic().predict(X[["income", "age", "region", "tenure"]])


def numbers_of(result):
    return finding_of(result, "RATES").measured.estimates


def test_bytes_that_are_no_text_are_refused(tmp_path):
    _, _, sex = applicants()
    with pytest.raises(AssayError):
        audited(tmp_path, groups={"sex": np.where(sex.sex == "male", "\ud800", "f").tolist()})
