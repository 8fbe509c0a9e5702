import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from assay.engines.measure import measure
from assay.errors import DataError
from assay.evidence.request import CellsRequest, RowsRequest, ScoresRequest, SharedRowsRequest
from assay.evidence.value import Evidence, EvidenceMissing
from assay.record.condition import Test
from subjects import value, with_data, with_model

RNG = np.random.default_rng(3)
N = 400
TABLE = pd.DataFrame(
    {"a": RNG.normal(size=N), "b": RNG.integers(0, 5, N), "c": np.where(RNG.random(N) < 0.5, "x", "y")}
)
TABLE["y"] = np.where(TABLE.a + TABLE.b / 5 > RNG.normal(size=N), "paid", "late")
FEATURES = [{"name": "a"}, {"name": "b"}]
COLUMNS = {
    "label": {"column": "y", "favourable": "paid"},
    "score": {"from": "model", "kind": "probability", "of": "late"},
    "decision": {"from": "score", "favourable": {"below": 0.3}},
    "groups": {"c": {"column": "c"}},
}


@pytest.fixture(scope="module")
def model():
    return HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(TABLE[["a", "b"]], TABLE.y)


def audited(folder, model, *, features=FEATURES, kind="parquet", columns=None, **frames):
    blocks = {"identity": with_model(folder, model), "features": features}
    return with_data(folder, columns or COLUMNS, kind=kind, needs_model=True, blocks=blocks, **frames)


def shared(folder, own, other, columns=("a", "b"), kinds=("parquet",)):
    made = with_data(folder, kind=kinds[0], test=own, train=other)
    return value(made, SharedRowsRequest("test", "train", columns))


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("years", [{}, {"y": [2025, 2025, 2026, 2026]}, {"y": [2025] * 4}])
def test_only_rows_that_meet_the_condition_are_looked_for_and_all_rows_are_looked_among(tmp_path, near, years):
    own = pd.DataFrame({"a": [1, 2, 3, 4], "b": ["x"] * 4, "c": ["k"] * 4, "y": [2025, 2025, 2026, 2026]})
    other = pd.DataFrame({"a": [1, 3, 9, 4], "b": ["x", "x", "x", "z"], "c": ["k"] * 4, **years})
    made = with_data(tmp_path, kind="parquet", test=own, train=other)
    where = Test(field="y", equals=2026)
    found = value(made, SharedRowsRequest("test", "train", ("a", "b", "c"), near, where))
    assert (found.rows, found.against_rows, found.shared) == (2, 4, 1)  # 3, which is of 2025 there
    assert found.near == (1 if near else None)  # 4, which differs in b
    whole = value(made, SharedRowsRequest("test", "train", ("a", "b", "c"), near))
    assert (whole.rows, whole.against_rows, whole.shared) == (4, 4, 2)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_rows_that_stand_in_both_are_counted_exactly(tmp_path, kind):
    own = pd.DataFrame({"a": [1, 1, 2, 3, None, None], "b": ["x", "x", "y", None, "z", None]})
    other = pd.DataFrame({"a": [1, 3, None, 7], "b": ["x", None, None, "y"]})
    found = shared(tmp_path, own, other, kinds=(kind,))
    assert (found.rows, found.against_rows, found.shared) == (6, 4, 4)


def test_values_that_only_look_alike_when_joined_are_not_shared(tmp_path):
    own = pd.DataFrame({"a": ['x","y', "x", "null", "a|b"], "b": ["z", 'y","z', "q", "c"]})
    other = pd.DataFrame({"a": ["x", 'x","y","z', None, "a"], "b": ["y", None, "q", "b|c"]})
    assert shared(tmp_path, own, other).shared == 0


def test_scores_of_the_model_are_joined_to_their_rows_by_position(tmp_path, model):
    for kind in ("parquet", "csv"):
        folder = tmp_path / kind
        folder.mkdir()
        made = audited(folder, model, kind=kind, test=TABLE)
        requests = [CellsRequest("test", ("decision", "group:c", "label")), ScoresRequest("test")]
        values = measure(requests, made, seed=1, progress=lambda *told: None)
        p = model.predict_proba(TABLE[["a", "b"]])[:, list(model.classes_).index("late")]
        table = TABLE.assign(d=np.where(p < 0.3, "favourable", "unfavourable"))
        table["y"] = np.where(table.y == "paid", "favourable", "unfavourable")
        cells = values[requests[0]]
        assert dict(zip(cells.rows, cells.counts, strict=True)) == table.groupby(["d", "c", "y"]).size().to_dict()
        scores = values[requests[1]]
        np.testing.assert_array_equal(scores.score, np.unique(p))
        np.testing.assert_array_equal(scores.events, [(TABLE.y[p == s] == "late").sum() for s in np.unique(p)])
        assert scores.event == "y = late"


def test_the_sample_is_the_same_rows_whatever_their_order_and_a_prefix_of_a_larger_one(tmp_path, model):
    made = []
    for name, table in (("one", TABLE), ("two", TABLE.sample(frac=1, random_state=5))):
        folder = tmp_path / name
        folder.mkdir()
        made.append(value(audited(folder, model, test=table, train=table), RowsRequest("test", 50), seed=7))
    first, second = made
    np.testing.assert_array_equal(first.attributions, second.attributions)
    assert (first.available, first.attributions.shape, first.features) == (N, (50, 2), ("a", "b"))
    larger = value(audited(tmp_path, model, test=TABLE, train=TABLE), RowsRequest("test", 80), seed=7)
    np.testing.assert_array_equal(larger.attributions[:50], first.attributions)
    other = value(audited(tmp_path, model, test=TABLE, train=TABLE), RowsRequest("test", 50), seed=8)
    assert not np.array_equal(other.output, first.output)


def test_the_sample_has_the_rows_of_the_filter_only_and_all_of_them_where_they_are_few(tmp_path, model):
    made = audited(tmp_path, model, test=TABLE, train=TABLE)
    rows = value(made, RowsRequest("test", 1000, where=Test(field="c", equals="x")))
    kept = TABLE[TABLE.c == "x"]
    assert rows.available == len(rows.output) == len(kept)
    event = -model.decision_function(kept[["a", "b"]]) if model.classes_[1] == "paid" else None
    np.testing.assert_allclose(np.sort(rows.output), np.sort(event), atol=1e-12)
    np.testing.assert_allclose(rows.attributions.sum(axis=1) + rows.base, rows.output, atol=1e-9)


def test_attributions_of_a_model_without_explainer_are_missing_evidence_and_its_scores_are_not(tmp_path):
    made = audited(
        tmp_path, CalibratedClassifierCV(LogisticRegression()).fit(TABLE[["a", "b"]], TABLE.y), test=TABLE, train=TABLE
    )
    requests = [RowsRequest("test", 10), ScoresRequest("test")]
    evidence = Evidence(measure(requests, made, seed=1, progress=lambda *told: None))
    assert evidence.scores(requests[1]).total == N
    with pytest.raises(EvidenceMissing, match="CalibratedClassifierCV"):
        evidence.rows(requests[0])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_categories_reach_the_model_as_it_was_trained(tmp_path, kind):
    features = [{"name": "a"}, {"name": "c", "dtype": "category"}]
    inputs = TABLE[["a", "c"]].astype({"c": "category"})
    model = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(inputs, TABLE.y)
    gaps = TABLE.assign(c=TABLE.c.where(TABLE.a > -1))
    scores = value(audited(tmp_path, model, features=features, kind=kind, test=gaps), ScoresRequest("test"))
    expected = model.predict_proba(gaps[["a", "c"]].astype({"c": "category"}))[:, 0]
    np.testing.assert_array_equal(scores.score, np.unique(expected))


def test_whole_numbers_declared_a_category_stay_whole_numbers(tmp_path):
    features = [{"name": "a"}, {"name": "b", "dtype": "category"}]
    inputs = TABLE[["a", "b"]].astype({"b": "category"})
    model = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(inputs, TABLE.y)
    scores = value(audited(tmp_path, model, features=features, test=TABLE), ScoresRequest("test"))
    np.testing.assert_array_equal(scores.score, np.unique(model.predict_proba(inputs)[:, 0]))


def test_features_the_model_does_not_know_are_one_error_with_a_hint(tmp_path, model):
    made = audited(tmp_path, model, features=[{"name": "b"}, {"name": "a"}], test=TABLE)
    with pytest.raises(DataError, match="other features than the manifest lists: in another order") as error:
        value(made, ScoresRequest("test"))
    assert "features" in error.value.hint
    assert error.value.where == "model.yaml:7:5"


def test_a_feature_that_holds_text_is_an_error_at_its_place(tmp_path, model):
    made = audited(tmp_path, model, test=TABLE.assign(a="tall"))
    with pytest.raises(DataError, match="holds text, not numbers") as error:
        value(made, ScoresRequest("test"))
    assert error.value.where.startswith("model.yaml:")


def test_a_model_scores_an_empty_table_to_nothing(tmp_path, model):
    made = audited(tmp_path, model, test=TABLE.head(0), train=TABLE)
    assert value(made, ScoresRequest("test")).total == 0
    rows = value(made, RowsRequest("test", 10))
    assert (rows.available, rows.attributions.shape) == (0, (0, 2))
