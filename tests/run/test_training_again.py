"""`robustness.retrain` in a whole audit: consent, record, and the record computed again."""

import csv
import shutil
import subprocess
import sys

import pytest
import yaml

from assay.cli.main import main
from assay.record.audit import Audit
from assay.run.recompute import MANIFEST, recompute
from assay.subject.paths import digest

SCRIPT = """
import numpy as np
import skops.io
from sklearn.linear_model import LogisticRegression

read = np.genfromtxt("train.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
made = LogisticRegression().fit(np.column_stack([read["a"], read["b"]]), read["y"])
skops.io.dump(made, "model.skops")
"""
AGAIN = [
    {"estimate": name, "at_most": 0, "source": "house"}
    for name in ("share_of_changed_scores", "largest_change", "share_of_changed_decisions")
]
POLICY = {
    "assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P",
    "controls": [
        {"id": "AGAIN", "title": "Made again it says the same", "check": "robustness.retrain", "criterion": AGAIN},
        {"id": "SAME", "title": "It says the same again", "check": "robustness.determinism", "with": {"size": 20},
         "criterion": {"estimate": "largest_change", "at_most": 1e-9, "source": "house"}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    with (folder / "train.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("a", "b", "y"))
        rows.writerows((i % 17 / 10, i % 5, "late" if i % 3 == 0 else "paid") for i in range(150))
    shutil.copy(folder / "train.csv", folder / "test.csv")
    (folder / "train.py").write_text(SCRIPT)
    subprocess.run([sys.executable, "train.py"], cwd=folder, check=True)
    artefact = {"path": "model.skops", "format": "skops", "digest": digest(folder / "model.skops")}
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "m", "name": "M", "version": "1", "artefact": artefact},
        "data": {"test": {"path": "test.csv"}, "train": {"path": "train.csv"}},
        "features": [{"name": "a"}, {"name": "b"}],
        "columns": {
            "label": {"column": "y", "favourable": "paid"},
            "score": {"from": "model", "kind": "probability", "of": "late"},
            "decision": {"from": "score", "favourable": {"below": 0.5}},
        },
        "training": {"script": {"path": "train.py"}, "command": ["python", "train.py"], "produces": "model.skops"},
    }
    (folder / "model.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    (folder / "policy.yaml").write_text(yaml.safe_dump(POLICY, sort_keys=False))
    return folder


def audited(folder, out, *options):
    """The exit code, and the record."""
    at = ("--at", "2026-03-31", "--no-pdf", "--no-cache", "--policy", str(folder / "policy.yaml"))
    code = main(["audit", str(folder / "model.yaml"), "--out", str(out), *at, *options])
    (record,) = out.glob("*/*/audit.json")
    return code, Audit.model_validate_json(record.read_bytes()), record.parent


def again_from(bundle, audit):
    return recompute(
        audit, {name: (bundle / name).read_bytes() for name in (MANIFEST, *(e.path for e in audit.evidence))}
    )


def finding(audit, name):
    return next(one for one in audit.findings if one.control == name)


def test_training_is_compared_where_it_is_allowed_and_inconclusive_with_the_word_to_say_where_not(trained, tmp_path):
    code, refused, bundle = audited(trained, tmp_path / "refused")
    again = finding(refused, "AGAIN")
    assert (again.outcome, again.reason) == ("inconclusive", "evidence_missing")
    assert "if you trust them, say --run-training" in again.sentence
    assert finding(refused, "SAME").outcome == "pass"
    assert code == 4
    assert not [one for one in refused.evidence if "made again" in one.role]
    found = again_from(bundle, refused)
    assert found.differences == ()
    assert found.left_out == ("p/AGAIN: the training was not run again",)

    _, allowed, bundle = audited(trained, tmp_path / "allowed", "--run-training")
    again = finding(allowed, "AGAIN")
    assert again.outcome == "pass"
    assert [(one.name, one.value) for one in again.measured.estimates] == [
        ("share_of_changed_scores", 0), ("largest_change", 0), ("share_of_changed_decisions", 0)
    ]  # fmt: skip
    assert "was run, as --run-training allows" in again.measured.exhibits[0].note
    assert "was run, as --run-training allows" in (bundle / "report.html").read_text()
    assert allowed.id != refused.id
    found = again_from(bundle, allowed)
    assert (found.differences, found.left_out, found.controls) == ((), (), 2)


def test_a_training_that_fails_is_an_error_of_its_control_and_of_no_other(trained, tmp_path):
    folder = tmp_path / "folder"
    shutil.copytree(trained, folder)
    (folder / "train.py").write_text("raise SystemExit('the disk of the year before is gone')")
    code, audit, _ = audited(folder, tmp_path / "out", "--run-training")
    again = finding(audit, "AGAIN")
    assert (code, again.outcome) == (3, "error")
    assert "ended with code 1; its last words: the disk of the year before is gone" in again.error
    assert finding(audit, "SAME").outcome == "pass"
