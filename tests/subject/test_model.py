"""The worker, with real models in a real process. Each session starts a Python with scikit-learn: few, shared ones."""

import os
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from assay.errors import DataError
from assay.subject.inputs import Input
from assay.subject.model import ModelSession
from assay.subject.origins import Unsupported
from assay.subject.paths import digest
from subjects import subject, with_model

RNG = np.random.default_rng(1)
N = 300
FRAME = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N)})
Y = (FRAME.a + 0.5 * RNG.normal(size=N) > 0).astype(int)
INPUTS = tuple(Input(name, FRAME[name].to_numpy()) for name in FRAME)
CATEGORY = FRAME.assign(c=pd.Categorical(np.where(RNG.random(N) < 0.5, "x", "y")))
WITH_CATEGORY = (*INPUTS, Input("c", CATEGORY.c.cat.codes.to_numpy().astype("int32"), ("x", "y")))


def session(folder, model, *, trust_model=False, seconds=60.0, **options):
    made = subject(folder, identity=with_model(folder, model, **options), needs_model=True, trust_model=trust_model)
    return ModelSession(made, seconds=seconds)


@pytest.fixture(scope="module")
def boosted():
    return HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(FRAME, Y)


def test_scores_are_those_of_the_model_for_the_level_named_however_it_is_written(tmp_path, boosted):
    with session(tmp_path, boosted) as opened:
        for of, column in ((1, 1), ("1", 1), (1.0, 1), (0, 0), ("0", 0)):
            np.testing.assert_array_equal(opened.score(INPUTS, of), boosted.predict_proba(FRAME)[:, column])
        with pytest.raises(DataError, match="has no class 2: its classes are 0, 1"):
            opened.score(INPUTS, 2)
        np.testing.assert_array_equal(opened.score(INPUTS, 1), boosted.predict_proba(FRAME)[:, 1])


def test_the_model_is_loaded_before_anybody_asks(tmp_path, boosted):
    with session(tmp_path, boosted) as opened:
        until = time.monotonic() + 120
        while opened._process._answers.qsize() < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert opened._process._answers.qsize() == 2, "what holds the process, and what it loaded"
        assert opened.score(INPUTS, 1).shape == (N,)


def test_what_is_done_meanwhile_ends_when_the_answer_is_there(tmp_path, boosted):
    done = []

    def until_it_has_answered():
        until = time.monotonic() + 120
        while not opened._process.has_answered and time.monotonic() < until:
            time.sleep(0.05)
        done.append("first")

    made = subject(tmp_path, identity=with_model(tmp_path, boosted), needs_model=True)
    meanwhile = (until_it_has_answered, lambda: done.append("second"))
    with ModelSession(made, seconds=60.0, meanwhile=meanwhile) as opened:
        assert not opened.needs_background
        assert done == ["first"]


@pytest.mark.parametrize("explains", [True, False])
def test_what_explains_a_model_is_imported_with_it_only_where_it_will_be_asked_for(tmp_path, boosted, explains):
    artefact = with_model(tmp_path, boosted)["artefact"]
    path, found = str(tmp_path / "model.skops"), artefact["digest"]
    code = (
        "import sys; from assay.subject.jobs import Jobs\n"
        f"Jobs().load(path={path!r}, format='skops', digest={found!r}, explains={explains})\n"
        "print('shap' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == f"{explains}\n"


def test_missing_numbers_reach_the_model_as_missing(tmp_path, boosted):
    gaps = FRAME.assign(a=FRAME.a.where(FRAME.a > 0))
    inputs = (Input("a", gaps.a.to_numpy()), Input("b", gaps.b.to_numpy()))
    with session(tmp_path, boosted) as opened:
        np.testing.assert_array_equal(opened.score(inputs, 1), boosted.predict_proba(gaps)[:, 1])


# Independent of the implementation: SHAP values add up to the model's own output (Lundberg and Lee 2017, property 1).
def test_attributions_of_boosted_trees_add_up_to_the_log_odds_of_either_class(tmp_path, boosted):
    with session(tmp_path, boosted) as opened:
        for of, sign in ((1, 1), (0, -1)):
            made = opened.attributions(INPUTS, of, None)
            assert (made.values.shape, made.space) == ((N, 2), "log-odds")
            np.testing.assert_allclose(made.output, sign * boosted.decision_function(FRAME), atol=1e-12)
            np.testing.assert_allclose(made.values.sum(axis=1) + made.base, made.output, atol=1e-9)
        assert "path-dependent (shap " in made.method


def linear():
    numbers = Pipeline([("i", SimpleImputer()), ("s", StandardScaler())])
    columns = ColumnTransformer([("c", OneHotEncoder(), ["c"]), ("n", numbers, ["b", "a"])])
    return Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(CATEGORY, Y)


def test_attributions_of_a_linear_pipeline_are_by_input_and_add_up(tmp_path):
    model = linear()
    with session(tmp_path, model) as opened:
        assert opened.needs_background
        made = opened.attributions(WITH_CATEGORY, 1, WITH_CATEGORY)
    np.testing.assert_allclose(made.values.sum(axis=1) + made.base, model.decision_function(CATEGORY), atol=1e-9)
    scaled, coefficient = (FRAME.a - FRAME.a.mean()) / FRAME.a.std(ddof=0), model[-1].coef_[0][3]
    np.testing.assert_allclose(made.values[:, 0], coefficient * scaled, atol=1e-9)
    assert len(np.unique(made.values[:, 2].round(9))) == 2


@pytest.mark.parametrize(("model", "space"), [
    (RandomForestClassifier(5, max_depth=3, random_state=0), "probability"),
    (GradientBoostingClassifier(n_estimators=5, random_state=0), "log-odds"),
    (make_pipeline(StandardScaler(), RandomForestClassifier(5, max_depth=3, random_state=0)), "probability"),
])  # fmt: skip
def test_attributions_of_other_trees_add_up_in_their_own_space(tmp_path, model, space):
    with session(tmp_path, model.fit(FRAME, Y)) as opened:
        made = opened.attributions(INPUTS, 0, None)
    assert made.space == space
    np.testing.assert_allclose(made.values.sum(axis=1) + made.base, made.output, atol=1e-9)
    if space == "probability":
        np.testing.assert_allclose(made.output, model.predict_proba(FRAME)[:, 0], atol=1e-12)


@pytest.mark.parametrize(("model", "inputs", "frame"), [
    (CalibratedClassifierCV(LogisticRegression()), INPUTS, FRAME),
    (make_pipeline(PolynomialFeatures(), LogisticRegression()), INPUTS, FRAME),
    (HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype"), WITH_CATEGORY, CATEGORY),
])  # fmt: skip
def test_a_model_without_explainer_still_scores(tmp_path, model, inputs, frame):
    model.fit(frame, Y)
    with session(tmp_path, model) as opened:
        np.testing.assert_allclose(opened.score(inputs, 1), model.predict_proba(frame)[:, 1], atol=1e-12)
        with pytest.raises(Unsupported, match="attributions"):
            opened.attributions(inputs, 1, inputs)


def test_categories_are_matched_by_value_whatever_the_codes(tmp_path):
    model = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(CATEGORY, Y)
    swapped = (*INPUTS, Input("c", 1 - CATEGORY.c.cat.codes.to_numpy().astype("int32"), ("y", "x")))
    unseen = (*INPUTS, Input("c", np.zeros(N, "int32"), ("never seen",)))
    missing = (*INPUTS, Input("c", np.full(N, -1, "int32"), ("x", "y")))
    with session(tmp_path, model) as opened:
        np.testing.assert_array_equal(opened.score(swapped, 1), opened.score(WITH_CATEGORY, 1))
        np.testing.assert_array_equal(opened.score(unseen, 1), opened.score(missing, 1))


class Printing(LogisticRegression):
    """Prints what looks like an answer, and reads stdin."""

    def predict_proba(self, X):  # noqa: N803
        print('{"rows": 0}', flush=True)  # noqa: T201
        os.write(1, b'{"rows": 0}\n')
        os.system("echo '{}'")
        assert sys.stdin.read() == ""
        return super().predict_proba(X)


class Dying(LogisticRegression):
    def predict_proba(self, X):  # noqa: N803
        print("the last words of the model", file=sys.stderr, flush=True)  # noqa: T201
        os.kill(os.getpid(), signal.SIGKILL)


class Slow(LogisticRegression):
    def predict_proba(self, X):  # noqa: N803
        time.sleep(60)


class Raising(LogisticRegression):
    def predict_proba(self, X):  # noqa: N803
        raise RuntimeError("no scores today\nand a second line")


class Misshapen(LogisticRegression):
    def predict_proba(self, X):  # noqa: N803
        return np.zeros((3, 2))


def trusted(folder, model_class, monkeypatch, **options):
    """A session on a joblib of a class of this module, which the worker finds by PYTHONPATH."""
    site = folder / "site"  # not beside the manifest: what is beside it is closed to the model
    site.mkdir()
    (site / "wicked.py").write_text(
        f"import os, signal, sys, time\nimport numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
        f"{__import__('inspect').getsource(model_class)}"
    )
    monkeypatch.setenv("PYTHONPATH", str(site))
    make = (
        f"import joblib, wicked; joblib.dump(wicked.{model_class.__name__}().fit([[0.], [1.]], [0, 1]), 'model.joblib')"
    )
    subprocess.run([sys.executable, "-c", make], cwd=folder, check=True)
    artefact = {"path": "model.joblib", "format": "joblib", "digest": digest(folder / "model.joblib")}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": artefact}
    return ModelSession(subject(folder, identity=identity, needs_model=True, trust_model=True), **options)


ONE = (Input("a", np.array([0.0, 1.0])),)


def test_what_a_model_prints_is_no_answer(tmp_path, monkeypatch):
    with trusted(tmp_path, Printing, monkeypatch) as opened:
        assert opened.score(ONE, 1).shape == (2,)


def test_a_model_that_kills_its_process_is_an_error_with_its_last_words(tmp_path, monkeypatch):
    with trusted(tmp_path, Dying, monkeypatch) as opened:
        with pytest.raises(DataError, match="ended by signal 9; its last words: the last words of the model"):
            opened.score(ONE, 1)
        with pytest.raises(DataError, match="ended by signal 9"):
            opened.score(ONE, 1)


def test_a_model_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    with trusted(tmp_path, Slow, monkeypatch, seconds=8.0) as opened:
        began = time.monotonic()
        with pytest.raises(DataError, match="took longer than 8 s"):
            opened.score(ONE, 1)
        assert time.monotonic() - began < 25


def test_a_model_that_raises_is_an_error_in_one_line_and_the_process_lives_on(tmp_path, monkeypatch):
    with trusted(tmp_path, Raising, monkeypatch) as opened:
        for _ in range(2):
            with pytest.raises(DataError, match="raised RuntimeError: no scores today") as error:
                opened.score(ONE, 1)
            assert "second line" not in error.value.what


def test_a_model_with_too_few_scores_is_an_error(tmp_path, monkeypatch):
    with trusted(tmp_path, Misshapen, monkeypatch) as opened, pytest.raises(DataError, match="ValueError"):
        opened.score(ONE, 1)


class Bomb:
    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


def test_a_pickle_that_runs_code_does_not_run_without_trust(tmp_path):
    joblib.dump(Bomb(tmp_path / "ran"), tmp_path / "model.joblib")
    artefact = {"path": "model.joblib", "format": "joblib", "digest": digest(tmp_path / "model.joblib")}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": artefact}
    with pytest.raises(DataError, match="pickle") as error:
        subject(tmp_path, identity=identity, needs_model=True)
    assert "--trust-model" in error.value.hint
    assert not (tmp_path / "ran").exists()


def test_no_session_opens_on_a_pickle_without_trust_even_where_nobody_asked_before(tmp_path):
    joblib.dump(Bomb(tmp_path / "ran"), tmp_path / "model.joblib")
    artefact = {"path": "model.joblib", "format": "joblib", "digest": digest(tmp_path / "model.joblib")}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": artefact}
    with pytest.raises(DataError, match="pickle"):
        ModelSession(subject(tmp_path, identity=identity))
    assert not (tmp_path / "ran").exists()


def test_a_pickle_called_skops_is_not_run(tmp_path):
    joblib.dump(Bomb(tmp_path / "ran"), tmp_path / "model.skops")
    artefact = {"path": "model.skops", "format": "skops"}
    identity = {"id": "m", "name": "M", "version": "1", "artefact": artefact}
    made = subject(tmp_path, identity=identity, needs_model=True)
    with ModelSession(made) as opened, pytest.raises(DataError, match="no skops file that can be read"):
        opened.score(ONE, 1)
    assert not (tmp_path / "ran").exists()


def test_a_skops_file_with_a_type_that_is_not_trusted_is_refused_by_name(tmp_path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, Y)
    model.note = Bomb(tmp_path / "ran")
    model.note.__class__.__reduce__ = object.__reduce__
    with session(tmp_path, model) as opened, pytest.raises(DataError, match=r"types that are not trusted: .*Bomb"):
        opened.score(INPUTS, 1)


def test_a_file_changed_after_its_digest_was_taken_is_not_loaded(tmp_path, boosted):
    with session(tmp_path, boosted) as opened:
        (tmp_path / "model.skops").write_bytes(b"another")
        with pytest.raises(DataError, match="changed since its digest"):
            opened.score(INPUTS, 1)


def test_the_worker_ends_when_its_parent_is_killed(tmp_path, boosted):
    identity = with_model(tmp_path, boosted)
    code = f"""
import pathlib, sys, time
sys.path.insert(0, {os.path.dirname(os.path.dirname(__file__))!r})
from subjects import subject
from assay.subject.model import ModelSession
opened = ModelSession(subject(pathlib.Path({str(tmp_path)!r}), identity={identity!r}, needs_model=True))
opened._load()
print(opened._process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    os.kill(worker, 0)
    parent.kill()
    parent.wait()
    for _ in range(50):
        try:
            os.kill(worker, 0)
            with open(f"/proc/{worker}/stat") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.1)
    pytest.fail("the worker lives on")


def test_the_parent_never_imports_scikit_learn_shap_or_joblib(tmp_path, boosted):
    identity = with_model(tmp_path, boosted)
    code = f"""
import pathlib, sys
sys.path.insert(0, {os.path.dirname(os.path.dirname(__file__))!r})
import numpy as np
from subjects import subject
from assay.subject.inputs import Input
from assay.subject.model import ModelSession
inputs = (Input("a", np.zeros(3)), Input("b", np.zeros(3)))
with ModelSession(subject(pathlib.Path({str(tmp_path)!r}), identity={identity!r}, needs_model=True)) as opened:
    opened.score(inputs, 1), opened.attributions(inputs, 1, None)
print(sorted({{"sklearn", "shap", "skops", "joblib", "pandas", "pickle5"}} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
