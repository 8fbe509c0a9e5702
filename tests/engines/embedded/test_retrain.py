"""The recorded training, run again: real scripts in the real process, beside the model that they made before."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.engines.embedded.retrain import NOT_ALLOWED
from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.reading import read_table
from assay.evidence.request import RepeatsRequest, RetrainedRequest
from assay.evidence.retrained import Retrained
from assay.evidence.table import UnreadableTable
from assay.evidence.telling import told
from assay.evidence.value import Failed, Unavailable
from assay.subject.manifest import load_manifest
from assay.subject.paths import digest
from assay.subject.subject import load_subject
from subjects import write_frame, write_manifest

RNG = np.random.default_rng(3)
N = 200
TABLE = pd.DataFrame({"a": RNG.normal(size=N).round(3), "b": RNG.normal(size=N).round(3)})
TABLE["y"] = np.where(TABLE.a + RNG.normal(size=N) > 0, "paid", "late")
COLUMNS = {
    "label": {"column": "y", "favourable": "paid"},
    "score": {"from": "model", "kind": "probability", "of": "late"},
    "decision": {"from": "score", "favourable": {"below": 0.5}},
}
REQUEST = RetrainedRequest("test", 150)
ALLOWED = EngineOptions(run_training=True, model_seconds=120.0)

SEEDED = """
import pandas as pd
import skops.io
from sklearn.ensemble import RandomForestClassifier

if __name__ == "__main__":
    people = pd.read_csv("data/train.csv")
    forest = RandomForestClassifier(5, max_depth=3, random_state=7)
    skops.io.dump(forest.fit(people[["a", "b"]], people["y"]), "model.skops")
    print("trained")
"""
UNSEEDED = SEEDED.replace("random_state=7", "random_state=None")


def made(folder, script=SEEDED, *, fmt="skops", request=REQUEST, options=ALLOWED, arguments=(), table=TABLE, **more):
    """What is measured of a model that the script made by itself, in an ordinary process."""
    write(folder, script, table)
    subprocess.run([sys.executable, "train.py", *arguments], cwd=folder, check=True, capture_output=True)
    return retrained(folder, fmt=fmt, request=request, options=options, arguments=arguments, **more)


def write(folder, script, table=TABLE):
    (folder / "data").mkdir(exist_ok=True)
    write_frame(TABLE, folder / "data" / "train.csv")
    write_frame(table, folder / "test.csv")
    (folder / "train.py").write_text(textwrap.dedent(script))


def retrained(folder, *, fmt="skops", request=REQUEST, options=ALLOWED, arguments=(), training=None, columns=COLUMNS,
              trust_model=False, data=None):  # fmt: skip
    artefact = {"path": f"model.{fmt}", "format": fmt, "digest": digest(folder / f"model.{fmt}")}
    script = {"path": "train.py", "digest": digest(folder / "train.py")}
    command = ["python", "train.py", *arguments]
    manifest = write_manifest(
        folder,
        identity={"id": "m", "name": "M", "version": "1", "artefact": artefact},
        features=[{"name": "a"}, {"name": "b"}],
        columns=columns,
        data={"test": {"path": "test.csv"}, "train": {"path": "data/train.csv"}, **(data or {})},
        training={"script": script, "command": command, "produces": f"model.{fmt}", **(training or {})},
    )
    of = load_subject(load_manifest(manifest), roles=("test",), needs_model=True, trust_model=trust_model)
    asked = request if isinstance(request, list) else [request]
    found = measure(asked, of, seed=1, progress=lambda *told: None, options=options)
    return found if isinstance(request, list) else found[request]


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeded")
    write(folder, SEEDED)
    subprocess.run([sys.executable, "train.py"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def seeded(once, tmp_path):
    """A folder with the model that the script with a seed made by itself, in an ordinary process."""
    return Path(shutil.copytree(once, tmp_path / "seeded"))


def test_a_training_with_a_seed_makes_the_same_scores_and_the_same_decisions(seeded):
    found = retrained(seeded)
    assert isinstance(found, Retrained), found
    assert (found.available, found.drawn, found.differ, found.largest, found.otherwise) == (N, 150, 0, 0.0, 0)
    assert 0.5 < found.greatest <= 1


def test_a_training_without_a_seed_is_found_out(tmp_path):
    found = made(tmp_path, UNSEEDED)
    assert found.differ > 100
    assert 0 < found.largest < 1
    assert 0 < found.otherwise <= found.differ
    assert not found.same_file


def test_a_model_of_other_data_is_found_out(seeded):
    write_frame(TABLE.assign(a=TABLE.a[::-1].to_numpy()), seeded / "data" / "train.csv")
    assert retrained(seeded).differ > 100


PICKLED = """
import sys
import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression

people = pd.read_csv("data/train.csv")
joblib.dump(LogisticRegression(C=float(sys.argv[1])).fit(people[["a", "b"]], people["y"]), "model.joblib")
"""


def test_a_pickle_that_is_made_again_is_loaded_on_the_word_given_for_the_first_and_may_be_the_same_file(tmp_path):
    found = made(tmp_path, PICKLED, fmt="joblib", arguments=("0.5",), trust_model=True)
    assert found == Retrained(N, 150, 0, 0.0, found.greatest, 0, same_file=True)


def test_arguments_of_the_command_count(tmp_path):
    made(tmp_path, PICKLED, fmt="joblib", arguments=("0.5",), trust_model=True)
    found = retrained(tmp_path, fmt="joblib", arguments=("0.01",), trust_model=True)
    assert found.differ == 150


def test_nothing_runs_that_the_user_did_not_allow(tmp_path):
    write(tmp_path, "open('here', 'w').close()")
    (tmp_path / "model.skops").write_bytes(b"nobody reads it")
    for options in (EngineOptions(), EngineOptions(model_seconds=120.0)):
        assert retrained(tmp_path, options=options) == Unavailable(NOT_ALLOWED)
    assert "--run-training" in NOT_ALLOWED


def test_a_function_in_the_place_of_the_model_is_not_the_model_that_was_trained(tmp_path):
    write(tmp_path, SEEDED)
    (tmp_path / "model.skops").write_bytes(b"nobody reads it")
    options = EngineOptions(run_training=True, scorer=lambda rows: np.zeros(len(rows)))
    assert "a function was asked" in retrained(tmp_path, options=options).what


def test_the_training_runs_once_for_all_that_ask_and_leaves_what_else_is_measured_alone(tmp_path):
    script = UNSEEDED  # run twice, it would give two models
    whole, same = RetrainedRequest("test", 150), RetrainedRequest("train", 150)
    found = made(tmp_path, script, request=[whole, same, RepeatsRequest("test", 20)])
    assert found[whole].differ > 100
    again = found[RepeatsRequest("test", 20)].repeats[0]
    assert (again.people, again.differ) == (20, 0)
    assert isinstance(found[same], Retrained)


def test_no_rows_train_nothing(tmp_path):
    write(tmp_path, "raise SystemExit(1)", TABLE.head(0))
    (tmp_path / "model.skops").write_bytes(b"nobody reads it")
    assert retrained(tmp_path) == Retrained(0, 0, 0, None, None, 0, same_file=False)


def test_without_a_cut_there_are_no_decisions_to_compare(seeded):
    columns = {name: each for name, each in COLUMNS.items() if name != "decision"}
    assert retrained(seeded, columns=columns).otherwise is None


@pytest.mark.parametrize(("training", "data", "why"), [
    ({"command": ["Rscript", "train.R"]}, {}, "begins with `python`"),
    ({"command": ["python"]}, {}, "second word is the path of `training.script`"),
    ({"command": ["python", "-c", "print(1)"]}, {}, "second word is the path of `training.script`"),
    ({"command": ["python", "other.py"]}, {}, "second word is the path of `training.script`"),
    ({"script": {"path": "absent.py"}, "command": ["python", "absent.py"]}, {}, "absent.py (training.script)"),
    ({"produces": "train.py"}, {}, "not among the files which the training is given"),
    ({"produces": "data"}, {}, "not among the files which the training is given"),
    ({}, {"train": {"path": "nowhere.csv"}}, "nowhere.csv (data.train)"),
    ({}, {"train": {"path": "data/train.csv", "digest": "sha256:" + "0" * 64}}, "as the manifest declares it"),
    ({}, {"train": {"database": "postgresql://a@db.example/x", "table": "t"}}, "data.train as files"),
    ({}, {"validation": {"path": "model.skops"}}, "(data.validation) is the model"),
])  # fmt: skip
def test_what_cannot_be_run_as_it_is_recorded_is_inconclusive_with_its_reason(tmp_path, training, data, why):
    write(tmp_path, SEEDED)
    (tmp_path / "model.skops").write_bytes(b"nobody reads it")
    found = retrained(tmp_path, training=training, data=data)
    assert isinstance(found, Unavailable), found
    assert why in found.what


def test_what_is_made_has_to_be_a_model_of_the_same_format(seeded):
    (seeded / "train.py").write_text("open('model.skops', 'w').write('no model')")
    found = retrained(seeded)
    assert isinstance(found, Failed)
    assert "the model made again: model.skops: " in found.what


def test_the_table_is_read_back_to_the_very_value():
    for found in (
        Retrained(200, 150, 3, 0.25, 0.9, 1, same_file=False),
        Retrained(9, 9, 0, None, None, None, same_file=True),
    ):
        assert read_table(REQUEST, found.csv()) == (REQUEST, found)
    assert told(REQUEST) == "scores of 150 rows of test by the model made again"


@pytest.mark.parametrize(
    "wrong",
    [
        Retrained(100, 101, 0, 0.0, 1.0, 0, same_file=True),
        Retrained(300, 200, 0, 0.0, 1.0, 0, same_file=True),
        Retrained(100, 100, 101, 0.0, 1.0, 0, same_file=True),
        Retrained(100, 100, 0, 0.0, 1.0, 101, same_file=True),
        Retrained(100, 100, 0, -1.0, 1.0, 0, same_file=True),
        Retrained(100, 100, 0, float("nan"), 1.0, 0, same_file=True),
        Retrained(100, 100, 0, 0.0, float("inf"), 0, same_file=True),
    ],
)
def test_a_table_of_no_such_sample_is_refused(wrong):
    with pytest.raises(UnreadableTable):
        read_table(REQUEST, wrong.csv())


def test_lines_that_are_not_one_are_refused():
    data = Retrained(100, 100, 0, 0.0, 1.0, 0, same_file=True).csv()
    for wrong in (
        data + data.splitlines(keepends=True)[1],
        data.splitlines(keepends=True)[0],
        data.replace(b"True", b"yes"),
    ):
        with pytest.raises(UnreadableTable):
            read_table(REQUEST, wrong)
