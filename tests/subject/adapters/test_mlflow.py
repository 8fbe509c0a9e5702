import logging
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from assay.errors import DataError
from assay.subject.adapters import load_model
from assay.subject.jobs import Jobs, read_content
from assay.subject.paths import folder_digest
from libraries import library
from rows import BINARY, FRAME, NUMBERS, VALUE

mlflow = library("mlflow")
lightgbm = library("lightgbm")
xgboost = library("xgboost")
skl2onnx = library("skl2onnx")
library("mlflow.sklearn")
library("mlflow.xgboost")
library("mlflow.lightgbm")
library("mlflow.onnx")
library("mlflow.pyfunc")
QUIET = {"verbose": -1, "num_threads": 1}


@pytest.fixture(scope="module", autouse=True)
def quiet():
    logging.getLogger("mlflow").setLevel(logging.ERROR)


def saved(folder: Path, flavour, model, **options) -> dict[str, bytes]:
    """The files of the folder which MLflow itself writes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(mlflow, flavour).save_model(model, str(folder / "model"), pip_requirements=[], **options)
    return read_content(folder / "model")[0]


def linear(*, classifier=True):
    return LogisticRegression().fit(NUMBERS, BINARY) if classifier else LinearRegression().fit(NUMBERS, VALUE)


def test_a_classifier_in_skops_is_read_without_trust(tmp_path):
    files = saved(tmp_path, "sklearn", linear(), serialization_format="skops")
    made = load_model("mlflow", files).predict(NUMBERS)
    np.testing.assert_array_equal(made.score(1), linear().predict_proba(NUMBERS)[:, 1])


@pytest.mark.parametrize("kind", ["cloudpickle", "pickle"])
def test_a_pickle_is_read_only_with_trust(tmp_path, kind):
    files = saved(tmp_path, "sklearn", linear(classifier=False), serialization_format=kind)
    with pytest.raises(DataError, match="the model is a pickle: loading it runs what is in it") as error:
        load_model("mlflow", files)
    assert "--trust-model" in error.value.hint
    made = load_model("mlflow", files, trusted=True).predict(NUMBERS)
    np.testing.assert_array_equal(made.score(None), linear(classifier=False).predict(NUMBERS))


def boosted():
    booster = xgboost.XGBClassifier(n_estimators=4, enable_categorical=True, nthread=1).fit(FRAME, BINARY)
    trees = lightgbm.LGBMClassifier(n_estimators=4, **QUIET).fit(FRAME, BINARY)
    return {
        "xgboost wrapper": ("xgboost", booster, booster.predict_proba(FRAME)[:, 1], {}),
        "xgboost json": (
            "xgboost",
            booster.get_booster(),
            booster.predict_proba(FRAME)[:, 1],
            {"model_format": "json"},
        ),
        "lightgbm": ("lightgbm", trees.booster_, trees.predict_proba(FRAME)[:, 1], {}),
        "lightgbm wrapper": ("lightgbm", trees, trees.predict_proba(FRAME)[:, 1], {}),
    }


@pytest.mark.parametrize("which", ["xgboost wrapper", "xgboost json", "lightgbm", "lightgbm wrapper"])
def test_boosters_are_read_by_the_adapter_of_their_own_format(tmp_path, which):
    flavour, model, own, options = boosted()[which]
    made = load_model("mlflow", saved(tmp_path, flavour, model, **options)).predict(FRAME)
    np.testing.assert_allclose(made.score(1), own, atol=1e-12)


def test_onnx_is_read_by_its_adapter(tmp_path):
    model = skl2onnx.to_onnx(linear(), NUMBERS.to_numpy().astype("float32")[:1])
    made = load_model("mlflow", saved(tmp_path, "onnx", model)).predict(NUMBERS)
    np.testing.assert_allclose(made.score(1), linear().predict_proba(NUMBERS)[:, 1], atol=1e-6)


def test_code_of_its_own_is_refused_even_with_trust(tmp_path):
    class Own(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input):
            return [1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.pyfunc.save_model(str(tmp_path / "model"), python_model=Own(), pip_requirements=[])
    files = read_content(tmp_path / "model")[0]
    with pytest.raises(DataError, match="python_function: code of its own, which is not run") as error:
        load_model("mlflow", files, trusted=True)
    assert "scikit-learn, XGBoost, LightGBM and ONNX" in error.value.hint


def test_a_pickle_with_code_beside_it_is_refused_even_with_trust(tmp_path):
    (tmp_path / "extra.py").write_text("print('ran')")
    code = [str(tmp_path / "extra.py")]
    files = saved(tmp_path, "sklearn", linear(), serialization_format="pickle", code_paths=code)
    with pytest.raises(DataError, match="stored with code of its own, which is not run"):
        load_model("mlflow", files, trusted=True)


FLAVOUR = "flavors:\n  xgboost: {{data: {}, model_format: json}}\n"


@pytest.mark.parametrize(("text", "told"), [
    (FLAVOUR.format("../model.json"), r"its flavor xgboost names '\.\./model\.json', which is no file of the folder"),
    (FLAVOUR.format("/etc/passwd"), "which is no file of the folder"),
    (FLAVOUR.format("[1, 2]"), "which is no file of the folder"),
    ("flavors: {keras: {data: data}}\n", "its flavors are keras"),
    ("flavors: {}\n", "its flavors are none"),
    ("flavors: [sklearn]\n", "names no flavors"),
    ("- 1\n", "names no flavors"),
    ("", "names no flavors"),
    ("flavors: &a {sklearn: *a}\n", "MLmodel cannot be read: MLmodel:1:10: an anchor"),
    ("flavors: !!python/object:os.system {}\n", "MLmodel cannot be read"),
    ("flavors: {sklearn: [[" + "[" * 100, "MLmodel cannot be read"),
])  # fmt: skip
def test_an_mlmodel_that_is_wrong_or_hostile_is_one_error(text, told):
    with pytest.raises(DataError, match=told):
        load_model("mlflow", {"MLmodel": text.encode(), "model.json": b"{}"}, trusted=True)


def test_a_folder_without_mlmodel_and_a_file_in_its_place_are_errors():
    with pytest.raises(DataError, match="holds no file MLmodel"):
        load_model("mlflow", {"model.pkl": b""})
    with pytest.raises(DataError, match="a model of the format mlflow is a folder"):
        load_model("mlflow", b"flavors: {}")
    with pytest.raises(DataError, match="a model of the format skops is a file"):
        load_model("skops", {"MLmodel": b""})


def test_the_digest_is_that_of_the_bytes_that_are_loaded(tmp_path):
    files = saved(tmp_path, "sklearn", linear(), serialization_format="skops")
    digest, path = folder_digest(tmp_path / "model"), tmp_path / "model"
    assert read_content(path) == (files, digest)
    assert Jobs().load(path=str(path), format="mlflow", digest=digest)["kind"] == "LogisticRegression"
    (path / "conda.yaml").write_text("changed: true")
    with pytest.raises(DataError, match="changed since its digest was taken"):
        Jobs().load(path=str(path), format="mlflow", digest=digest)
