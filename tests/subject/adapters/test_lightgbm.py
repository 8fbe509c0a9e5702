import numpy as np
import pandas as pd
import pytest

from assay.errors import DataError
from assay.subject.adapters import load_model
from assay.subject.origins import Unsupported
from libraries import library
from rows import BINARY, FRAME, NUMBERS, THREE, VALUE, N, turned

lightgbm = library("lightgbm")
SMALL = {"verbose": -1, "num_leaves": 7, "min_data_in_leaf": 5, "num_threads": 1}


def trained(objective, label, frame=FRAME, **options):
    return lightgbm.train({"objective": objective, **SMALL, **options}, lightgbm.Dataset(frame, label), 8)


def opened(booster, classes=None):
    return load_model("lightgbm", booster.model_to_string().encode(), classes)


def test_probabilities_of_two_classes_are_those_of_the_library_whatever_the_order_of_categories():
    booster = trained("binary", BINARY)
    model = opened(booster, ("no", "yes"))
    for frame in (FRAME, turned(), FRAME[["age", "home", "income", "region"]]):
        np.testing.assert_array_equal(model.predict(frame).score("yes"), booster.predict(FRAME))
    np.testing.assert_array_equal(model.predict(FRAME).score("no"), 1 - booster.predict(FRAME))


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_probabilities_of_three_classes_are_those_of_the_library(objective):
    booster = trained(objective, THREE, num_class=3)
    made = opened(booster).predict(turned())
    np.testing.assert_array_equal(made.values, booster.predict(FRAME))
    assert made.classes == (0, 1, 2)


@pytest.mark.parametrize("objective", ["regression", "poisson", "lambdarank"])
def test_any_other_objective_gives_a_number(objective):
    data = lightgbm.Dataset(FRAME, THREE, group=[N] if objective == "lambdarank" else None)
    booster = lightgbm.train({"objective": objective, **SMALL}, data, 5)
    made = opened(booster).predict(FRAME)
    np.testing.assert_array_equal(made.score(None), booster.predict(FRAME))
    assert made.classes is None


def test_missing_values_and_categories_that_training_did_not_have_count_as_missing_as_in_the_library():
    booster = trained("binary", BINARY)
    strange = FRAME.assign(home=pd.Categorical(np.where(FRAME.home == "own", "tent", FRAME.home.astype(str))))
    assert FRAME.income.isna().any()
    np.testing.assert_array_equal(opened(booster).predict(strange).score(1), booster.predict(strange))


# Independent of the implementation: SHAP values add up to the model's own output (Lundberg and Lee 2017, property 1).
@pytest.mark.parametrize(("objective", "options", "label", "of", "sign", "space"), [
    ("binary", {}, BINARY, 1, 1, "log-odds"),
    ("binary", {}, BINARY, 0, -1, "log-odds"),
    ("binary", {"sigmoid": 2.0}, BINARY, 1, 1, "raw score"),
    ("regression", {}, VALUE, None, 1, "outcome"),
    ("regression", {"reg_sqrt": True}, VALUE, None, 1, "raw score"),
    ("poisson", {}, THREE, None, 1, "raw score"),
])  # fmt: skip
def test_its_own_contributions_add_up_to_its_raw_score(objective, options, label, of, sign, space):
    booster = trained(objective, label, **options)
    frame = turned(FRAME[FRAME.columns[::-1]])
    made = opened(booster).explain(frame, None, of)
    assert (made.values.shape, made.space) == ((N, 4), space)
    np.testing.assert_allclose(made.output, sign * booster.predict(FRAME, raw_score=True), atol=1e-12)
    np.testing.assert_allclose(made.values.sum(axis=1) + made.base, made.output, atol=1e-9)
    contributions = booster.predict(FRAME, pred_contrib=True)
    np.testing.assert_allclose(made.values[:, frame.columns.get_loc("age")], sign * contributions[:, 2], atol=1e-12)


def test_contributions_of_three_classes_are_unsupported():
    with pytest.raises(Unsupported, match="with 3 classes"):
        opened(trained("multiclass", THREE, num_class=3)).explain(FRAME, None, 1)


def test_names_with_blanks_are_those_that_the_library_keeps():
    frame = NUMBERS.rename(columns={"age": "age in years"})
    booster = trained("binary", BINARY, frame)
    np.testing.assert_array_equal(opened(booster).predict(frame).score(1), booster.predict(frame))


def test_a_model_of_an_array_takes_features_in_their_order():
    booster = trained("binary", BINARY, NUMBERS.to_numpy())
    np.testing.assert_array_equal(opened(booster).predict(NUMBERS).score(1), booster.predict(NUMBERS.to_numpy()))
    with pytest.raises(DataError, match="takes 2 inputs, and the manifest's features are 1"):
        opened(booster).predict(NUMBERS[["age"]])


def test_other_inputs_than_those_of_the_training_are_an_error():
    model = opened(trained("binary", BINARY))
    with pytest.raises(DataError, match="takes other inputs than the manifest's features: home, region"):
        model.predict(NUMBERS)
    with pytest.raises(DataError, match="trained on 2 categorical inputs; the manifest declares 1") as error:
        model.predict(FRAME.assign(region=FRAME.region.astype(float)))
    assert "dtype: category" in error.value.hint


@pytest.mark.parametrize("data", [b"", b"garbage", b"tree\nversion=v4\n", b"tree\n\xff\xfe"])
def test_bytes_that_are_no_model_are_an_error(data):
    with pytest.raises(DataError, match=r"no text of LightGBM|cannot read the model"):
        load_model("lightgbm", data)
