"""Evidence measured before: found where nothing has changed, measured again where anything has."""

import json
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.attributions import Rows
from assay.evidence.request import (
    CellsRequest,
    PapersRequest,
    ProfileRequest,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
)
from assay.evidence.value import Unavailable
from assay.record.artefact import ModelFile
from assay.record.audit import Confinement
from assay.record.condition import Test
from assay.record.pipeline import ModelStage, Pipeline
from assay.subject.manifest import load_manifest
from assay.subject.paths import digest
from assay.subject.subject import load_subject
from auditing import AT
from subjects import subject, with_data, with_model, write_frame

RNG = np.random.default_rng(5)
N = 300
TABLE = pd.DataFrame(
    {"a": RNG.normal(size=N), "b": RNG.integers(0, 5, N), "c": np.where(RNG.random(N) < 0.5, "x, y", "=1+1")}
)
TABLE["y"] = np.where(TABLE.a + TABLE.b / 5 > RNG.normal(size=N), "paid", "late")
TABLE.loc[3, "a"] = np.nan
TABLE["p"], TABLE["q"] = RNG.random(N).round(2), RNG.random(N).round(2)
COLUMNS = {
    "label": {"column": "y", "favourable": "paid"},
    "score": {"from": "model", "kind": "probability", "of": "late"},
    "decision": {"from": "score", "favourable": {"below": 0.3}},
    "groups": {"c": {"column": "c"}, "b": {"column": "b", "edges": [2, 3]}},
}
FEATURES = [{"name": "a"}, {"name": "b"}]
WHERE = Test(field="b", at_least=1)
OF_MODEL = (
    CellsRequest("test", ("decision", "group:b", "group:c", "label")),
    ScoresRequest("test"),
    RowsRequest("test", 50),
)
REQUESTS = (
    *OF_MODEL,
    CellsRequest("test", ("group:c", "label"), WHERE),
    ProfileRequest("test", ("a", "c"), "train"),
    SharedRowsRequest("test", "train", ("a", "b")),
    PapersRequest(),
)


def fitted(max_iter=5):
    return HistGradientBoostingClassifier(max_iter=max_iter, random_state=0).fit(TABLE[["a", "b"]], TABLE.y)


@pytest.fixture(scope="module")
def model():
    return fitted()


def audited(folder, model, *, test=TABLE, columns=COLUMNS, features=FEATURES):
    folder.mkdir(exist_ok=True)
    blocks = {"identity": with_model(folder, model), "features": features}
    return with_data(folder, columns, needs_model=True, blocks=blocks, test=test, train=TABLE[:200])


class Told:
    """What a run told."""

    def __init__(self):
        self.notes, self.stages = [], []

    def progress(self, stage, done, total):
        self.stages.append((stage, done, total))

    @property
    def scored(self):
        return [(done, total) for stage, done, total in self.stages if stage == "score"]


def measured(subject, cache, requests=REQUESTS, *, seed=1, **options):
    told = Told()
    options = EngineOptions(cache=cache, **options)
    values = measure(requests, subject, seed=seed, progress=told.progress, options=options, note=told.notes.append)
    return values, told


def plain(value):
    """A value in which arrays can be compared."""
    if isinstance(value, Rows):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    return value.tolist() if isinstance(value, np.ndarray) else getattr(value, "csv", lambda: value)()


def same(one, other):
    assert one.keys() == other.keys()
    for request, value in one.items():
        assert type(value) is type(other[request])
        assert plain(value) == plain(other[request]), request


def kept(cache: Path) -> list[Path]:
    return sorted((cache / "evidence").iterdir()) if (cache / "evidence").is_dir() else []


class Before(NamedTuple):
    """Everything measured without a cache, and then into an empty one."""

    folder: Path
    subject: object
    plainly: dict
    left: list[str]
    """What lay in the folder after the first."""
    cold: dict
    told: Told


@pytest.fixture(scope="module")
def once(tmp_path_factory, model):
    """For all tests that need it: none changes its folder."""
    folder = tmp_path_factory.mktemp("once")
    subject = audited(folder / "m", model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        plainly, _ = measured(subject, None)
        left = [path.name for path in folder.iterdir()]
        return Before(folder, subject, plainly, left, *measured(subject, folder / "cache"))


@pytest.fixture
def before(once, tmp_path, monkeypatch):
    """A copy of that folder, to be changed."""
    shutil.copytree(once.folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    manifest = load_manifest(tmp_path / "m" / "model.yaml")
    return once._replace(folder=tmp_path, subject=load_subject(manifest, roles=("test", "train"), needs_model=True))


def test_what_was_measured_is_found_without_data_or_model(tmp_path, before):
    _, subject, plainly, _, cold, first = before
    for name in ("model.skops", "test.parquet", "train.parquet"):
        (tmp_path / "m" / name).rename(tmp_path / "m" / (name + ".away"))
    warm, second = measured(subject, tmp_path / "cache")
    same(plainly, cold)
    same(cold, warm)
    assert (first.notes, second.notes, first.scored, second.scored) == ([], [], [(0, N), (N, N)], [])
    assert len(kept(tmp_path / "cache")) == 8, "six values, the scores themselves, and what held the model"


def test_another_filter_needs_no_model(tmp_path, before):
    subject = before.subject
    others = (ScoresRequest("test", WHERE), CellsRequest("test", ("decision", "label"), WHERE))
    plainly, _ = measured(subject, None, others)
    (tmp_path / "m" / "model.skops").unlink()
    found, told = measured(subject, tmp_path / "cache", others)
    same(plainly, found)
    assert told.scored == []


def columns(**changed):
    return lambda folder: scored(folder, columns=SCORED | changed)


def data(change):
    return lambda folder: scored(folder, test=change(TABLE))


SCORED = COLUMNS | {"score": {"column": "p", "kind": "probability", "of": "late"}}
PLAIN = (*OF_MODEL[:2], *(request for request in REQUESTS if request not in OF_MODEL))
CHANGES = {
    "a value of the data": data(lambda table: table.assign(b=table.b.where(table.index != 7, 4 - table.b))),
    "a row less": data(lambda table: table[1:].reset_index(drop=True)),
    "the format of the file": lambda folder: scored(folder, kind="csv"),
    "the cut of the decision": columns(decision={"from": "score", "favourable": {"below": 0.4}}),
    "the edges of a group": columns(groups={"c": {"column": "c"}, "b": {"column": "b", "edges": [1, 3]}}),
    "the labels of a group": columns(groups={"c": {"column": "c", "labels": {"x, y": "one"}}, "b": {"column": "b"}}),
    "what is favourable": columns(label={"column": "y", "favourable": "late"}),
    "what the score is of": columns(score={"column": "p", "kind": "probability", "of": "paid"}),
    "the column of the score": columns(score={"column": "q", "kind": "probability", "of": "late"}),
    "unknown values": columns(unknown_values=["x, y"]),
    "people per row": columns(count="b"),
}


def scored(folder, *, test=TABLE, columns=SCORED, kind="parquet"):
    """A subject whose scores stand in its data."""
    folder.mkdir(exist_ok=True)
    return with_data(folder, columns, kind=kind, test=test, train=TABLE[:200])


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_has_changed_is_measured_again(tmp_path, change):
    cache = tmp_path / "cache"
    before, _ = measured(scored(tmp_path / "m"), cache, PLAIN)
    subject = CHANGES[change](tmp_path / "m")
    plainly, _ = measured(subject, None, PLAIN)
    found, told = measured(subject, cache, PLAIN)
    same(plainly, found)
    assert any(plain(found[request]) != plain(before[request]) for request in PLAIN), "it changed something"
    assert told.notes == []


def test_another_model_scores_again(tmp_path, model):
    asked = OF_MODEL[:2]
    before, _ = measured(audited(tmp_path / "m", model), tmp_path / "cache", asked)
    found, told = measured(audited(tmp_path / "m", fitted(max_iter=9)), tmp_path / "cache", asked)
    assert told.scored
    assert all(plain(found[request]) != plain(before[request]) for request in asked)


def test_another_seed_draws_other_rows(tmp_path, before):
    subject, asked = before.subject, OF_MODEL[2:]
    plainly, _ = measured(subject, None, asked, seed=2)
    assert plain(plainly[asked[0]]) != plain(before.cold[asked[0]])
    same(plainly, measured(subject, tmp_path / "cache", asked, seed=2)[0])


def test_another_version_measures_again(tmp_path, before, monkeypatch):
    assert measured(before.subject, tmp_path / "cache", OF_MODEL[:1])[1].scored == []
    for part in ("_code", "_environment"):
        with monkeypatch.context() as patch:
            patch.setattr(f"assay.engines.cache.{part}", lambda: ["another"])
            _, told = measured(before.subject, tmp_path / "cache", OF_MODEL[:1])
            assert told.scored, part


def test_a_file_that_changes_while_it_is_measured_is_not_kept_under_its_old_digest(tmp_path, model):
    subject = audited(tmp_path / "m", model)
    write_frame(TABLE.assign(c="z"), tmp_path / "m" / "test.parquet")
    changed, _ = measured(subject, tmp_path / "cache", REQUESTS[:2])
    assert kept(tmp_path / "cache") == []
    write_frame(TABLE, tmp_path / "m" / "test.parquet")
    found, _ = measured(subject, tmp_path / "cache", REQUESTS[:2])
    assert plain(found[REQUESTS[0]]) != plain(changed[REQUESTS[0]])


def test_every_damaged_entry_is_told_and_measured_again(tmp_path, before):
    subject, cache, cold = before.subject, tmp_path / "cache", before.cold
    names = kept(cache)
    for path in names:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    again, told = measured(subject, cache)
    same(cold, again)
    assert len(told.notes) > 3
    assert all(any(path.name in note for path in names) for note in told.notes)
    assert kept(cache) == names
    assert measured(subject, cache)[1].notes == []


def test_entries_under_each_others_names_are_never_believed(tmp_path, before):
    subject, cache, cold = before.subject, tmp_path / "cache", before.cold
    names = kept(cache)
    contents = [path.read_bytes() for path in names]
    for path, content in zip(names, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)
    again, told = measured(subject, cache)
    same(cold, again)
    assert len(told.notes) > 3


def test_what_held_the_model_is_known_or_the_model_is_asked_again(tmp_path, model):
    subject, cache, held = audited(tmp_path / "m", model), tmp_path / "cache", []

    def run(requests):
        options = EngineOptions(cache=cache)
        return measure(requests, subject, seed=1, progress=Told().progress, options=options, confined=held.append)

    first = run(OF_MODEL[:2])
    run([ScoresRequest("test", WHERE)])
    assert held[1] == held[0]
    next(path for path in kept(cache) if b'"network"' in path.read_bytes()).unlink()
    same(first, run(OF_MODEL[:2]))
    assert held[2] == held[0]


def test_scores_of_fewer_rows_are_not_believed(tmp_path, model):
    """Not even where the code fits: what we read is what the dataset needs."""
    from assay.engines.cache import Cache
    from assay.engines.entries import NotKept, open_entries

    subject, options = audited(tmp_path / "m", model), EngineOptions(cache=tmp_path / "cache")
    entries = open_entries(tmp_path / "cache", 10**6, lambda note: None)
    held = Confinement(network="none", files="none", processes="none", memory="none")
    first = Cache(subject, 1, options, entries)
    first.confinement(held)
    first.finish()
    for count in (0, 9, 11, 20):
        cache = Cache(subject, 1, options, entries)
        with cache.keeping_scores("test", "late", 10) as keep:
            keep(np.zeros(count))
        cache.finish()
        assert cache.confinement(None) == held
        assert cache.has_scores("test", "late")
        with pytest.raises(NotKept):
            list(cache.scores("test", "late", 10))
        assert not cache.has_scores("test", "late")


@pytest.mark.parametrize(("without", "expected"), [("data.test", 0), ("data.train", 1), ("model", 3)])
def test_what_has_no_digest_is_never_kept(tmp_path, model, without, expected):
    subject = audited(tmp_path / "m", model)
    files = tuple(file for file in subject.files if file.role != without)
    asked = [request for request in REQUESTS if without == "model" or request not in OF_MODEL]
    measured(replace(subject, files=files), tmp_path / "cache", asked)
    assert len(kept(tmp_path / "cache")) == expected


@pytest.mark.parametrize("kind", ["joblib", "mlflow"])
@pytest.mark.parametrize("stage", [False, True])
def test_what_a_pickle_gave_is_never_kept(tmp_path, once, kind, stage):
    """It may import code from anywhere: what has changed there has no digest."""
    from assay.engines.cache import Cache
    from assay.engines.entries import open_entries

    subject = once.subject
    manifest = subject.manifest
    if stage:
        pickled = ModelStage(id="first", artefact=ModelFile(path="first", format=kind), output="first")
        files = (*subject.files, subject.files[0].model_copy(update={"role": "pipeline.stages.0", "path": "first"}))
        manifest = manifest.model_copy(update={"pipeline": Pipeline(stages=(pickled, ModelStage(id="last")))})
    else:
        artefact = manifest.identity.artefact.model_copy(update={"format": kind})
        identity = manifest.identity.model_copy(update={"artefact": artefact})
        files, manifest = subject.files, manifest.model_copy(update={"identity": identity})
    entries = open_entries(tmp_path / "cache", 10**6, lambda note: None)
    cache = Cache(replace(subject, manifest=manifest, files=files), 1, EngineOptions(cache=tmp_path / "cache"), entries)
    held = Confinement(network="none", files="none", processes="none", memory="none")
    assert cache.confinement(held) == held
    for request, value in once.plainly.items():
        cache.keep(request, value)
    with cache.keeping_scores("test", "late", N) as keep:
        keep(np.zeros(N))
    cache.finish()
    assert len(kept(tmp_path / "cache")) == 3, "what the data alone say"
    assert not cache.has_scores("test", "late")


def test_a_pickle_whose_own_module_has_changed_is_asked_again(tmp_path, monkeypatch):
    """The module stands in a folder of PYTHONPATH, which is no part of a name."""
    import joblib

    house = tmp_path / "house"
    house.mkdir()
    source = (
        "import numpy as np\nclass Own:\n    classes_ = np.array(['late', 'paid'])\n"
        "    def predict_proba(self, x):\n"
        "        return np.tile([{late}, 1 - {late}], (len(x), 1))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(house))
    monkeypatch.syspath_prepend(house)
    (house / "own_model_of_a_test.py").write_text(source.format(late=0.25))
    import own_model_of_a_test

    folder = tmp_path / "m"
    folder.mkdir()
    joblib.dump(own_model_of_a_test.Own(), folder / "model.joblib")
    artefact = {"path": "model.joblib", "format": "joblib", "digest": digest(folder / "model.joblib")}
    data = {"test": {"path": "test.parquet"}}
    blocks = {"identity": {"id": "m", "name": "M", "version": "1", "artefact": artefact}, "features": FEATURES}
    write_frame(TABLE, folder / "test.parquet")
    found = []
    for late in (0.25, 0.5):
        (house / "own_model_of_a_test.py").write_text(source.format(late=late))
        made = subject(
            folder, roles=("test",), needs_model=True, trust_model=True, columns=COLUMNS, data=data, **blocks
        )
        found.append(plain(measured(made, tmp_path / "cache", OF_MODEL[:1])[0][OF_MODEL[0]]))
    assert found[0] != found[1]


def test_a_model_that_the_caller_gives_is_never_kept(tmp_path, once):
    from assay.engines.cache import Cache
    from assay.engines.entries import open_entries

    entries = open_entries(tmp_path / "cache", 10**6, lambda note: None)
    cache = Cache(once.subject, 1, EngineOptions(cache=tmp_path / "cache", scorer=lambda frame: frame), entries)
    for request, value in once.plainly.items():
        cache.keep(request, value)
    cache.finish()
    assert len(kept(tmp_path / "cache")) == 3


def test_what_is_not_available_is_asked_for_again(tmp_path):
    unexplained = CalibratedClassifierCV(fitted(), cv=2).fit(TABLE[["a", "b"]], TABLE.y)
    subject, asked = audited(tmp_path / "m", unexplained), (RowsRequest("test", 10),)
    found, _ = measured(subject, tmp_path / "cache", asked)
    assert isinstance(found[asked[0]], Unavailable)
    assert [b'"network"' in path.read_bytes() for path in kept(tmp_path / "cache")] == [True], "what held the model"


def test_audits_at_once_share_a_cache_and_agree(tmp_path, model, once):
    audited(tmp_path / "m", model)
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\nfrom test_cache import *\nfrom assay.subject.manifest import load_manifest\n"
        "from assay.subject.subject import load_subject\nfolder = Path(sys.argv[1])\n"
        "subject = load_subject(load_manifest(folder / 'm' / 'model.yaml'), roles=('test',), needs_model=True)\n"
        "values, told = measured(subject, folder / 'cache', REQUESTS[:2])\n"
        "print(json.dumps([[value.csv().decode() for value in values.values()], told.notes]))\n"
    )
    here = Path(__file__).parent
    command = [sys.executable, "-c", code, str(tmp_path), str(here), str(here.parent)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    told = [json.loads(process.communicate()[0]) for process in running]
    assert told == [[[once.plainly[request].csv().decode() for request in REQUESTS[:2]], []]] * 3
    assert len(kept(tmp_path / "cache")) == 4


def test_the_library_keeps_nothing_unless_it_is_told_to(once):
    assert once.left == ["m"]


def test_the_record_is_the_same_with_and_without_what_was_kept(tmp_path, model):
    import assay

    subject = audited(tmp_path / "m", model)
    control, least = {"title": "T", "severity": "high"}, ({"at_least": 0.5, "source": "convention"} for _ in range(2))
    controls = [
        {"id": "F", "check": "fairness.impact_ratio", "criterion": next(least), **control},
        {"id": "A", "check": "performance.auc", "criterion": next(least), **control},
        {"id": "D", "check": "data.drift", "with": {"data": "test", "against": "train"},
         "criterion": {"at_most": 0.1, "source": "convention"}, **control},
        {"id": "E", "check": "explainability.additivity",
         "criterion": {"at_most": 0.01, "source": "convention"}, **control},
    ]  # fmt: skip
    policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": controls}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    bundles = []
    for name, cache in (("without", None), ("cold", tmp_path / "cache"), ("warm", tmp_path / "cache")):
        done = assay.audit(
            subject.folder / "model.yaml",
            policies=[tmp_path / "policy.yaml"],
            at=AT,
            out=tmp_path / name,
            engine=EngineOptions(cache=cache),
        )
        assert done.notes == ()
        bundles.append(done.bundle)
    names = sorted(str(path.relative_to(bundles[0])) for path in bundles[0].rglob("*.csv"))
    assert len(names) >= 3
    for other in bundles[1:]:
        for name in ("audit.json", *names):
            assert (other / name).read_bytes() == (bundles[0] / name).read_bytes(), name
        gates = [json.loads((each / "gate.json").read_text()) for each in (bundles[0], other)]
        assert gates[0] | {"made": 0, "timings": 0} == gates[1] | {"made": 0, "timings": 0}
    shutil.rmtree(tmp_path / "cache")
