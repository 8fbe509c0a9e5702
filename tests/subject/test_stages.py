"""Stages: real models in workers of their own, and functions in their place where only the order counts."""

import warnings

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression, LogisticRegression

from assay.errors import DataError, ManifestError
from assay.subject.function import FunctionScorer
from assay.subject.inputs import Input
from assay.subject.origins import Unsupported
from assay.subject.paths import digest
from assay.subject.scorer import open_scorer
from assay.subject.stages import StagedScorer
from libraries import library
from rows import NUMBERS, THREE, VALUE
from subjects import subject

lightgbm = library("lightgbm")
mlflow = library("mlflow.lightgbm")
skl2onnx = library("skl2onnx")
library("onnxruntime")
INPUTS = tuple(Input(name, NUMBERS[name].to_numpy()) for name in NUMBERS)
FEATURES = [{"name": "income"}, {"name": "age"}]


def stored(folder, name, model):
    skops.io.dump(model, folder / f"{name}.skops")
    return {"path": f"{name}.skops", "format": "skops", "digest": digest(folder / f"{name}.skops")}


def identity(artefact=None):
    return {"id": "m", "name": "M", "version": "1", **({"artefact": artefact} if artefact else {})}


def staged(folder, stages, artefact=None, **options):
    return subject(
        folder, identity=identity(artefact), features=FEATURES, pipeline={"stages": stages}, needs_model=True, **options
    )


def test_the_score_of_each_stage_is_an_input_of_the_later_ones(tmp_path):
    """Two formats in workers as they are confined: ONNX, which keeps no names of classes, and a folder of MLflow."""
    bureau = LogisticRegression().fit(NUMBERS[["age"]].to_numpy(), THREE)
    graph = skl2onnx.to_onnx(bureau, np.zeros((1, 1), "float32"), options={"zipmap": False})
    (tmp_path / "one.onnx").write_bytes(graph.SerializeToString())
    one = {"path": "one.onnx", "format": "onnx", "digest": digest(tmp_path / "one.onnx"), "classes": ["a", "b", "c"]}
    last_inputs = NUMBERS.assign(bureau=bureau.predict_proba(NUMBERS[["age"]].to_numpy())[:, 1])
    last = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(last_inputs, VALUE), 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.save_model(last, str(tmp_path / "two"), pip_requirements=[])
    two = {"path": "two", "format": "mlflow", "digest": digest(tmp_path / "two")}
    stages = [{"id": "one", "artefact": one, "inputs": ["age"], "of": "b", "output": "bureau"}, {"id": "two"}]
    made = staged(tmp_path, stages, two)
    assert [file.role for file in made.files] == ["manifest", "model", "pipeline.stages.0"]
    opened = open_scorer(made, memory=4 * 10**9, seconds=60.0)
    try:
        np.testing.assert_allclose(opened.score(INPUTS, None), last.predict(last_inputs), rtol=1e-3)
        assert not opened.needs_background
        assert opened.confinement is not None
        with pytest.raises(Unsupported, match="several stages"):
            opened.attributions(INPUTS, 1, None)
    finally:
        opened.close()


def test_each_stage_reads_the_inputs_it_names_in_its_own_order(tmp_path):
    (tmp_path / "one.skops").write_bytes(b"")
    seen = []

    def score(frame):
        seen.append(list(frame.columns))
        return frame.sum(axis=1)

    stages = [
        {"id": "one", "artefact": dict(ONE), "inputs": ["age"], "output": "first"},
        {"id": "two", "artefact": dict(ONE), "output": "second"},
        {"id": "three", "inputs": ["second", "first"]},
    ]
    opened = StagedScorer(staged(tmp_path, stages, dict(ONE)), lambda place: FunctionScorer(score))
    np.testing.assert_allclose(opened.score(INPUTS, None), 3 * NUMBERS.age + NUMBERS.income)
    assert seen == [["age"], ["income", "age", "first"], ["second", "first"]]


ONE = {"path": "one.skops", "format": "skops"}


@pytest.mark.parametrize(("first", "last", "told"), [
    ({"inputs": ["agee"]}, {}, "the stage 'one' reads 'agee': neither a feature nor the output of an earlier stage"),
    ({"inputs": ["bureau"]}, {}, "reads 'bureau': neither"),
    ({}, {"inputs": ["scor"]}, "the stage 'two' reads 'scor'"),
    ({"output": "age"}, {}, "the output 'age' of the stage 'one' is the name of a feature"),
])  # fmt: skip
def test_a_stage_that_reads_what_nobody_gives_is_an_error_before_any_model_is_loaded(tmp_path, first, last, told):
    (tmp_path / "one.skops").write_bytes(b"no model")
    stages = [{"id": "one", "artefact": dict(ONE), "output": "bureau", **first}, {"id": "two", **last}]
    with pytest.raises(DataError, match=told) as error:
        open_scorer(staged(tmp_path, stages, ONE), memory=10**9, seconds=1.0)
    assert error.value.where.startswith("model.yaml:")


@pytest.mark.parametrize(("stages", "told"), [
    ([{"id": "one"}], "`stages`"),
    ([{"id": "one", "output": "a"}, {"id": "two"}], "every stage but the last takes either `artefact` or `endpoint`"),
    ([{"id": "one", "artefact": dict(ONE)}, {"id": "two"}], "every stage but the last needs `output`"),
    ([{"id": "one", "artefact": dict(ONE), "output": "a"}, {"id": "two", "of": 1}], "the last stage is the model of"),
    ([{"id": "one", "artefact": dict(ONE), "output": "a"}, {"id": "one"}], "stages need different ids"),
])  # fmt: skip
def test_stages_that_do_not_fit_together_are_an_error_of_the_manifest(tmp_path, stages, told):
    with pytest.raises(ManifestError, match=told):
        staged(tmp_path, stages)


def test_every_stage_that_is_a_pickle_needs_a_digest_and_trust(tmp_path):
    (tmp_path / "one.joblib").write_bytes(b"a pickle")
    pickle = {"path": "one.joblib", "format": "joblib"}
    stages = [{"id": "one", "artefact": pickle, "output": "bureau"}, {"id": "two"}]
    (tmp_path / "one.skops").write_bytes(b"")
    with pytest.raises(DataError, match="is a pickle and the manifest does not declare its digest"):
        staged(tmp_path, stages, ONE)
    pickle["digest"] = digest(tmp_path / "one.joblib")
    with pytest.raises(DataError, match="loading it runs what is in it"):
        staged(tmp_path, stages, ONE)
    assert staged(tmp_path, stages, ONE, trust_model=True)


def test_a_stage_with_another_file_than_the_declared_one_is_refused(tmp_path):
    artefact = stored(tmp_path, "one", LinearRegression().fit(NUMBERS, VALUE))
    (tmp_path / "one.skops").write_bytes(b"another")
    stages = [{"id": "one", "artefact": artefact, "output": "bureau"}, {"id": "two"}]
    with pytest.raises(DataError, match="is not the file the manifest declares"):
        staged(tmp_path, stages, {"path": "one.skops", "format": "skops"})
