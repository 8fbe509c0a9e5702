from datetime import date
from pathlib import Path

import pytest

from assay.errors import AssayError, ManifestError, Problems
from assay.subject.manifest import load_manifest

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
