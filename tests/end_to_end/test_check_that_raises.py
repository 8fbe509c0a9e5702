"""A check of another distribution that raises: its control is an error, the others still run, exit 3."""

import json
import os
import subprocess
import sys

import yaml

from auditing import DECIDED, control, people, write_csv

CHECK = '''
from assay.checks.registry import CheckParameters, check
from assay.evidence.request import Needs, PapersRequest


class Parameters(CheckParameters):
    """None."""


def needs(p, view):
    return Needs((PapersRequest(),))


@check("custom.broken", version=1, estimates={"nothing": None})
def broken(evidence, p, context):
    """It never works.

    Method: divides by zero.
    Evidence: none.
    Inconclusive when: never.
    Limits: all.
    Source: none.
    """
    return 1 / 0
'''


def test_an_exception_in_a_check_is_an_error_and_the_other_controls_still_run(tmp_path):
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    (site / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_text("[assay.checks]\ncustom.broken = broken_check\n")
    (site / "broken_check.py").write_text(CHECK)
    rows = [(g, d, 500) for g in "ab" for d in ("yes", "no")]
    write_csv(tmp_path / "d.csv", *people(*rows))
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "m", "name": "M", "version": "1"},
        "data": {"test": {"path": "d.csv"}},
        "columns": DECIDED,
    }
    broken = control("BROKEN", check="custom.broken", criterion={"at_least": 1, "source": "house"})
    policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": [broken, control("FAIR")]}
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(manifest))
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli.main", "audit", "model.yaml", "--policy", "policy.yaml", "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    (record,) = tmp_path.glob("out/*/*/audit.json")
    findings = {finding["control"]: finding for finding in json.loads(record.read_bytes())["findings"]}
    assert {name: finding["outcome"] for name, finding in findings.items()} == {"BROKEN": "error", "FAIR": "pass"}
    assert "ZeroDivisionError" in findings["BROKEN"]["error"]
    assert str(tmp_path) not in findings["BROKEN"]["error"]
