"""Whole audits for tests: a data file, what its columns mean, controls in YAML; through the real loader and checks."""

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import assay

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[1]


def shared(name: str) -> Path:
    """A file of the shared data sets; absent ones skip with a reason, or fail where they are required."""
    folder = Path(os.environ.get("ASSAY_SHARED_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        if os.environ.get("ASSAY_REQUIRE_GOLDEN"):
            pytest.fail(f"{name} is required and not there")
        pytest.skip(f"the shared data set {name} is not there")
    return path


def write_csv(path: Path, header, rows) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def people(*groups, header=("group", "decision")):
    """Rows from counts: `(values…, n)`."""
    return header, [row[:-1] for row in groups for _ in range(row[-1])]


def control(id="C", **more):  # noqa: A002
    given = {
        "id": id,
        "title": "Every group is favoured at least four fifths as often as any other",
        "check": "fairness.impact_ratio",
        "criterion": {"at_least": 0.8, "source": "convention"},
    }
    return {**given, **more}


def evaluate(tmp_path: Path, data: Path, columns: dict, *controls: dict, policy=None, manifest=None, **more):
    """Write manifest and policy beside the data and evaluate."""
    document = {
        "assay": "manifest/v1",
        "identity": {"id": "model", "name": "Model", "version": "1"},
        "data": {"test": {"path": os.path.relpath(data, tmp_path)}},
        "columns": columns,
        **(manifest or {}),
    }
    text = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": list(controls)}
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump({**text, **(policy or {})}, sort_keys=False))
    options = {"at": AT, "policies": [str(tmp_path / "policy.yaml")], **more}
    return assay.audit(tmp_path / "model.yaml", **options)


def finding_of(result, name="C"):
    return next(finding for finding in result.audit.findings if finding.control == name)


def estimates_of(finding, *, headline=True):
    chosen = [e for e in finding.measured.estimates if e.headline or not headline]
    return {(e.grouping, e.group): e for e in chosen}


DECIDED = {"decision": {"column": "decision", "favourable": "yes"}, "groups": {"group": {"column": "group"}}}
