import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from assay.errors import AssayError, ManifestError, Problems
from assay.record.described import descriptions
from assay.record.frozen import Frozen
from assay.record.manifest import Manifest
from assay.source.shape import branches, fields, types_at
from assay.subject.manifest import load_manifest
from assay.subject.subject import named_files

MANIFEST = """\
assay: manifest/v1
identity: {id: credit, name: Credit, version: 1.2.0}
owners:
  technical: {id: ann}
  validator: [{id: cay}]
data:
  test: {path: test.csv, as_of: 2026-03-31}
columns:
  label: {column: y, favourable: 0}
  decision: {from: score, favourable: {below: 0.15}}
  score: {column: pd, kind: probability, of: 1}
  groups:
    sex: {column: SEX, labels: {1: male, 2: female}}
    age_band: {column: AGE, edges: [25, 35, 45, 60]}
"""


def load(tmp_path, text):
    (tmp_path / "model.yaml").write_text(text)
    return load_manifest(tmp_path / "model.yaml")


def told(tmp_path, text):
    with pytest.raises(AssayError) as caught:
        load(tmp_path, text)
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    return [(p.where.removeprefix(f"{tmp_path}/model.yaml:"), p.what, p.hint) for p in found]


def test_a_manifest_loads_with_its_folder_and_places_without_it(tmp_path):
    loaded = load(tmp_path, MANIFEST)
    assert loaded.manifest.columns.groups["sex"].labels == {"1": "male", "2": "female"}
    assert loaded.manifest.columns.groups["age_band"].edges == (25, 35, 45, 60)
    assert loaded.manifest.data["test"].as_of == date(2026, 3, 31)
    assert loaded.folder == tmp_path
    assert loaded.source.place(("data", "test", "path")) == "model.yaml:7:16"
    assert loaded.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("before", "after", "place", "what", "hint"),
    [
        ("owners:", "owner:", "3:1", "unknown key `owner`", "Did you mean `owners`?"),
        ("  test:", "  tset:", "7:3", "unknown key `tset`", "Did you mean `test`?"),
        ("1.2.0", "1.2.0, business: {id: ann}", "2:54", "unknown key `business`", "It belongs under `owners`."),
        ("kind: probability", "kind: probabilty", "11:29", 'cannot be "probabilty"', "Did you mean `probability`?"),
        (", of: 1", "", "11:10", "a probability needs `of`", ""),
        ("favourable: {below: 0.15}", "favourable: 1", "10:13", "takes a cut", ""),
        (
            "favourable: {below: 0.15}",
            "favourable: {blow: 0.15}",
            "10:40",
            "unknown key `blow`",
            "Did you mean `below`?",
        ),
        ("favourable: {below: 0.15}", "favourable: [1]", "10:39", "found a list", ""),
        ("[25, 35, 45, 60]", "[25, 25]", "14:15", "edges must rise", ""),
        ("[25, 35, 45, 60]", "[25, old]", "14:41", 'found the text "old"', ""),
        ("{id: ann}", "ann", "4:14", 'found the text "ann"', ""),
        ("version: 1.2.0", "version: 1.2", "2:47", "`version`: expected text, found the number 1.2", '"1.2"'),
        ("2026-03-31", "yesterday", "7:33", "expected a day", ""),
    ],
)
def test_a_fault_is_told_with_its_place_and_hint(tmp_path, before, after, place, what, hint):
    assert MANIFEST.count(before) == 1
    ((where, said, hinted),) = told(tmp_path, MANIFEST.replace(before, after))
    assert where == place
    assert what in said
    assert hint in hinted


def test_a_missing_manifest_names_the_nearest_file(tmp_path):
    (tmp_path / "model.yaml").write_text(MANIFEST)
    with pytest.raises(ManifestError) as caught:
        load_manifest(tmp_path / "modell.yaml")
    assert str(caught.value) == f"{tmp_path}/modell.yaml: there is no such file\n  Did you mean `model.yaml`?"
    with pytest.raises(ManifestError, match="this is a folder"):
        load_manifest(tmp_path)


def test_the_example_manifest_loads():
    example = Path(__file__).parents[2] / "examples" / "credit_default" / "model.yaml"
    assert load_manifest(example).manifest.identity.id == "credit-default"


WHOLE = (Path(__file__).parent / "every_block.yaml").read_text(encoding="utf-8")


def test_a_manifest_with_every_block_loads(tmp_path):
    manifest = load(tmp_path, WHOLE).manifest
    left_out = {name for name in Manifest.model_fields if not getattr(manifest, name)}
    assert left_out == {"columns"}
    assert manifest.risk.eu.class_ == "high"
    assert manifest.risk.register_[0].reviewed == date(2026, 1, 31)
    assert manifest.incidents.log == ()
    assert manifest.attestations[0].expires == date(2026, 12, 31)


def test_every_file_of_a_manifest_is_named_so_that_its_digest_is_compared(tmp_path):
    loaded = load(tmp_path, WHOLE)
    named = {file.role: file.path for file in named_files(loaded.manifest)}
    assert sorted(named.values()) == sorted(re.findall(r"(?:path|public_key): ([^,}\s]+)", WHOLE))
    assert named["candidates.1"] == "linear.skops"
    places = [loaded.source.place((*file.loc, file.key)) for file in named_files(loaded.manifest)]
    assert len(set(places)) == len(named)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("override_rate: 0.02", "override_rate: 2", "`override_rate` has to be at most 1, found the number 2"),
        ("uptime_target: 0.99", "uptime_target: 99", "`uptime_target` has to be at most 1, found the number 99"),
        ("p_value: 0.03", "p_value: -1", "`p_value` has to be at least 0, found the number -1"),
        ("class: high", "class: hihg", '`class` cannot be "hihg"'),
        ("auth: oauth2", "auth: password", '`auth` cannot be "password"'),
        ("state: open}", "state: done}", '`state` cannot be "done"'),
        ("expires: 2026-12-31", "expires: never", "expected a day such as 2026-03-31"),
        (", expires: 2026-12-31", "", "`expires` is missing"),
        ("dirty: false", "dirty: no idea", "expected true or false"),
        ("register: [", "registr: [", "unknown key `registr`"),
    ],
)
def test_a_fault_of_governance_is_told(tmp_path, before, after, what):
    assert WHOLE.count(before) == 1
    ((_, said, _),) = told(tmp_path, WHOLE.replace(before, after))
    assert what in said


@pytest.mark.parametrize(("written", "meant"), [("yes", "true"), ('"False"', "false"), ("perhaps", "")])
def test_a_truth_in_other_words_is_told_how_it_is_written(tmp_path, written, meant):
    ((_, _, hint),) = told(tmp_path, WHOLE.replace("dirty: false", f"dirty: {written}"))
    assert hint == (f"Write {meant}, without quotes." if meant else "")


def test_every_number_and_every_share_of_the_manifest_is_explained():
    """A number without its unit is a number that two people fill in differently."""
    unexplained = []
    for kind in models(Manifest, set()):
        for name, info in kind.model_fields.items():
            if any(branch in (int, float) for branch in branches(info.annotation)):
                unexplained += [] if name in descriptions(kind) else [f"{kind.__name__}.{name}"]
    favourable = {"Favourable.at_most", "Favourable.above", "Favourable.at_least", "DecisionColumn.unfavourable"}
    assert set(unexplained) == favourable | {"ConfidenceInterval.low", "ConfidenceInterval.high"}


def models(root, seen):
    """Every model of the manifest."""
    for kind in branches(root):
        if kind in seen:
            continue
        if isinstance(kind, type) and issubclass(kind, Frozen):
            seen.add(kind)
        inner = fields(kind).values() if kind in seen else ()
        for annotation in [info.annotation for info in inner] or get_args(kind):
            models(annotation, seen)
    return seen


@pytest.mark.parametrize("path", [("monitoring", "alerts", 0, "id"), ("owners", "validator", 0, "id")])
def test_what_conditions_compare_by_id_has_one(path):
    assert types_at(Manifest, path) == [str]
