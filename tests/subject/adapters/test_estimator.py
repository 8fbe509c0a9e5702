"""Estimators in skops files and pickles: regressions, and wrappers of boosting libraries in pipelines."""

import io

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from assay.errors import DataError
from assay.subject import adapters
from assay.subject.adapters import load_model
from assay.subject.origins import Unsupported
from libraries import library
from rows import BINARY, FRAME, NUMBERS, THREE, VALUE

lightgbm = library("lightgbm")
xgboost = library("xgboost")


def pickled(model, classes=None):
    out = io.BytesIO()
    joblib.dump(model, out)
    return load_model("joblib", out.getvalue(), classes, trusted=True)


def test_a_pickle_is_loaded_only_where_it_is_trusted():
    out = io.BytesIO()
    joblib.dump(LinearRegression(), out)
    with pytest.raises(DataError, match="the model is a pickle: loading it runs what is in it"):
        load_model("joblib", out.getvalue())


@pytest.mark.parametrize("model", [LinearRegression(), make_pipeline(StandardScaler(), RandomForestRegressor(3))])
def test_a_regression_gives_its_outcome(model):
    model.fit(NUMBERS, VALUE)
    made = load_model("skops", skops.io.dumps(model)).predict(NUMBERS)
    np.testing.assert_array_equal(made.score(None), model.predict(NUMBERS))
    assert made.classes is None


def test_three_classes_are_found_by_name():
    model = LogisticRegression().fit(NUMBERS, np.array(["a", "b", "c"])[THREE])
    made = load_model("skops", skops.io.dumps(model)).predict(NUMBERS)
    np.testing.assert_array_equal(made.score("b"), model.predict_proba(NUMBERS)[:, 1])


def test_classes_of_the_manifest_do_not_rename_those_of_the_model():
    data = skops.io.dumps(LogisticRegression().fit(NUMBERS, BINARY))
    assert load_model("skops", data, ("0", 1.0)).predict(NUMBERS).classes == (0, 1)
    with pytest.raises(DataError, match="classes are 0, 1, not those that the manifest declares"):
        load_model("skops", data, (1, 0))
    with pytest.raises(DataError, match="gives one number for a row, and the manifest declares classes"):
        load_model("skops", skops.io.dumps(LinearRegression().fit(NUMBERS, VALUE)), (0, 1))


@pytest.mark.parametrize("model", [
    KMeans(2, n_init=1).fit(NUMBERS),
    MultiOutputClassifier(RandomForestClassifier(2)).fit(NUMBERS, np.column_stack([BINARY, THREE])),
    {"no": "model"},
])  # fmt: skip
def test_what_gives_neither_probabilities_nor_an_outcome_is_refused(model):
    with pytest.raises(DataError, match="gives no probabilities of classes, and is no regression"):
        pickled(model)


def pipeline(last, label):
    columns = ColumnTransformer([("hot", OneHotEncoder(), ["home", "region"])], remainder="passthrough")
    return make_pipeline(columns, last).fit(FRAME, label)


WRAPPERS = [
    (lambda: xgboost.XGBClassifier(n_estimators=5, nthread=1), BINARY, "log-odds"),
    (lambda: xgboost.XGBRegressor(n_estimators=5, nthread=1), VALUE, "outcome"),
    (lambda: lightgbm.LGBMClassifier(n_estimators=5, verbose=-1, num_threads=1), BINARY, "log-odds"),
    (lambda: lightgbm.LGBMRegressor(n_estimators=5, verbose=-1, num_threads=1), VALUE, "outcome"),
]


# Independent of the implementation: SHAP values add up to the model's own output (Lundberg and Lee 2017, property 1).
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(("make", "label", "space"), WRAPPERS)
def test_contributions_of_wrappers_in_a_pipeline_are_by_input_and_add_up(make, label, space):
    model = pipeline(make(), label)
    of = 0 if space == "log-odds" else None
    made = pickled(model).explain(FRAME, None, of)
    assert (made.values.shape, made.space) == (FRAME.shape, space)
    np.testing.assert_allclose(made.values.sum(axis=1) + made.base, made.output, rtol=1e-4, atol=1e-4)
    if of is None:
        np.testing.assert_allclose(made.output, model.predict(FRAME), rtol=1e-6)
    else:
        np.testing.assert_allclose(1 / (1 + np.exp(-made.output)), model.predict_proba(FRAME)[:, 0], atol=1e-6)


@pytest.mark.parametrize(("make", "label", "space"), WRAPPERS)
def test_wrappers_with_categories_of_their_own_are_read_from_skops(make, label, space):
    made = make()
    model = (made.set_params(enable_categorical=True) if "XGB" in type(made).__name__ else made).fit(FRAME, label)
    opened = load_model("skops", skops.io.dumps(model))
    own = model.predict_proba(FRAME)[:, 1] if space == "log-odds" else model.predict(FRAME)
    np.testing.assert_array_equal(opened.predict(FRAME).score(1 if space == "log-odds" else None), own)
    explained = opened.explain(FRAME, None, 1 if space == "log-odds" else None)
    np.testing.assert_allclose(explained.values.sum(axis=1) + explained.base, explained.output, rtol=1e-4, atol=1e-4)


def test_other_regressions_have_no_explainer():
    with pytest.raises(Unsupported, match="attributions of LinearRegression"):
        pickled(LinearRegression().fit(NUMBERS, VALUE)).explain(NUMBERS, NUMBERS, None)


def test_a_library_that_is_not_installed_is_one_error_with_the_extra_that_brings_it():
    with pytest.raises(DataError, match="read with the library no_such_library, which is not installed") as error:
        adapters.library("no_such_library", "onnx")
    assert error.value.hint == "Install it: pip install 'assay[onnx]'"


def test_a_format_without_adapter_is_an_error_that_names_the_others():
    with pytest.raises(DataError, match="no adapter reads the format 'other'") as error:
        load_model("other", b"")
    assert "onnx" in error.value.hint
