import json

import numpy as np
import pandas as pd
import pytest

from assay.errors import DataError
from assay.subject.adapters import load_model
from assay.subject.origins import Unsupported
from libraries import library
from rows import BINARY, FRAME, NUMBERS, THREE, VALUE, N, turned

xgboost = library("xgboost")
SMALL = {"max_depth": 3, "nthread": 1}


def trained(objective, label, frame=FRAME, **options):
    data = xgboost.DMatrix(frame, label, enable_categorical=True)
    return xgboost.train({"objective": objective, **SMALL, **options}, data, 8)


def own(booster, frame=FRAME, **options):
    return booster.predict(xgboost.DMatrix(frame, enable_categorical=True), **options)


def opened(booster, raw="ubj", classes=None):
    return load_model("xgboost", bytes(booster.save_raw(raw)), classes)


@pytest.mark.parametrize("raw", ["json", "ubj"])
@pytest.mark.parametrize("max_cat_to_onehot", [1, 10])
def test_probabilities_of_two_classes_are_those_of_the_library_whatever_the_order_of_categories(raw, max_cat_to_onehot):
    booster = trained("binary:logistic", BINARY, max_cat_to_onehot=max_cat_to_onehot)
    model = opened(booster, raw)
    for frame in (FRAME, turned(), FRAME[FRAME.columns[::-1]]):
        made = model.predict(frame)
        np.testing.assert_array_equal(made.score(1), own(booster))
        np.testing.assert_allclose(made.score(0), 1 - own(booster), atol=1e-7)
    assert made.classes == (0, 1)


def test_declared_classes_name_the_outputs():
    booster = trained("binary:logistic", BINARY)
    made = opened(booster, classes=("paid", "late")).predict(FRAME)
    np.testing.assert_array_equal(made.score("late"), own(booster))
    with pytest.raises(DataError, match="no class 'lost': its classes are 'paid', 'late'"):
        made.score("lost")
    with pytest.raises(DataError, match="gives 2 numbers for a row, and the manifest declares 3 classes"):
        opened(booster, classes=("a", "b", "c"))


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_probabilities_of_three_classes_are_those_of_the_library_whatever_it_was_stored_as(objective):
    booster = trained(objective, THREE, num_class=3)
    probabilities = own(trained("multi:softprob", THREE, num_class=3))
    made = opened(booster).predict(turned())
    np.testing.assert_allclose(made.values, probabilities, atol=1e-7, rtol=0)
    if objective == "multi:softprob":
        np.testing.assert_array_equal(made.score(2), probabilities[:, 2])
    assert made.classes == (0, 1, 2)


def test_a_regression_gives_its_outcome_and_takes_no_classes():
    booster = trained("reg:squarederror", VALUE)
    made = opened(booster).predict(FRAME)
    np.testing.assert_array_equal(made.score(None), own(booster))
    assert made.classes is None
    with pytest.raises(DataError, match="gives one number for a row, and the manifest declares classes"):
        opened(booster, classes=(0, 1))


def test_a_class_has_to_be_asked_for():
    made = opened(trained("binary:logistic", BINARY)).predict(FRAME)
    with pytest.raises(DataError, match="gives no value but probabilities of classes: 0, 1"):
        made.score(None)


def test_a_category_that_training_did_not_have_has_no_score():
    booster = trained("binary:logistic", BINARY)
    strange = FRAME.assign(home=pd.Categorical(np.where(FRAME.home == "own", "tent", FRAME.home.astype(str))))
    scores = opened(booster).predict(strange).score(1)
    assert np.isnan(scores[FRAME.home == "own"]).all()
    np.testing.assert_array_equal(scores[FRAME.home != "own"], own(booster)[FRAME.home != "own"])
    with pytest.raises(Unsupported, match="category that the model's training did not have"):
        opened(booster).explain(strange, None, 1)


def test_codes_of_a_model_without_categories_are_numbers_and_text_is_refused():
    coded = np.column_stack([NUMBERS, FRAME.region.cat.codes])
    types = ["q", "q", "c"]
    data = xgboost.DMatrix(coded, BINARY, feature_types=types, enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", **SMALL}, data, 5)
    given = NUMBERS.assign(region=FRAME.region.cat.codes)
    np.testing.assert_array_equal(opened(booster).predict(given).score(1), booster.predict(data))
    with pytest.raises(DataError, match="'home' holds text, and the model keeps no categories"):
        opened(booster).predict(NUMBERS.assign(home=FRAME.home))


# Independent of the implementation: SHAP values add up to the model's own output (Lundberg and Lee 2017, property 1).
@pytest.mark.parametrize(("objective", "label", "of", "sign", "space"), [
    ("binary:logistic", BINARY, 1, 1, "log-odds"),
    ("binary:logistic", BINARY, 0, -1, "log-odds"),
    ("reg:squarederror", VALUE, None, 1, "outcome"),
    ("count:poisson", THREE, None, 1, "margin"),
])  # fmt: skip
def test_its_own_contributions_add_up_to_its_margin_in_the_order_of_the_features(objective, label, of, sign, space):
    booster = trained(objective, label)
    frame = turned(FRAME[FRAME.columns[::-1]])
    made = opened(booster).explain(frame, None, of)
    assert (made.values.shape, made.space) == ((N, 4), space)
    np.testing.assert_allclose(made.output, sign * own(booster, output_margin=True), rtol=1e-6)
    np.testing.assert_allclose(made.values.sum(axis=1) + made.base, made.output, rtol=1e-4, atol=1e-5)
    contributions = own(booster, pred_contribs=True)
    np.testing.assert_array_equal(made.values[:, frame.columns.get_loc("age")], sign * contributions[:, 2])


def test_contributions_of_three_classes_are_unsupported():
    with pytest.raises(Unsupported, match="with 3 classes"):
        opened(trained("multi:softprob", THREE, num_class=3)).explain(FRAME, None, 1)


def test_a_model_stored_by_the_wrapper_predicts_with_the_rounds_that_the_wrapper_uses(tmp_path):
    model = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=2, enable_categorical=True, **SMALL)
    model.fit(FRAME, BINARY, eval_set=[(FRAME, BINARY[::-1])], verbose=False)
    assert model.best_iteration < model.get_booster().num_boosted_rounds() - 1
    model.save_model(tmp_path / "model.json")
    made = load_model("xgboost", (tmp_path / "model.json").read_bytes()).predict(FRAME)
    np.testing.assert_array_equal(made.score(1), model.predict_proba(FRAME)[:, 1])


@pytest.mark.parametrize(("frame", "told"), [
    (FRAME[["income", "age"]], "takes other inputs than the manifest's features: home, region"),
    (FRAME.rename(columns={"age": "years"}), "takes other inputs than the manifest's features: age"),
    (FRAME.assign(more=1.0), "features: no more"),
])  # fmt: skip
def test_other_inputs_than_those_of_the_training_are_an_error(frame, told):
    with pytest.raises(DataError, match=told):
        opened(trained("binary:logistic", BINARY)).predict(frame)


@pytest.mark.parametrize("data", [b"", b"garbage", b"{", b"{}", b'{"learner": {}}', b"{L\x00\x00\x00"])
def test_bytes_that_are_no_model_are_an_error_in_one_line(data):
    with pytest.raises(DataError, match=r"neither JSON nor UBJ|cannot read the model") as error:
        load_model("xgboost", data)
    assert "\n" not in error.value.what


def test_half_a_model_is_an_error():
    data = bytes(trained("binary:logistic", BINARY).save_raw("json"))
    json.loads(data)
    with pytest.raises(DataError, match="cannot read the model"):
        load_model("xgboost", data[: len(data) // 2])
