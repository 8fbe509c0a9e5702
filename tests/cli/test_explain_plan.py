"""`assay audit --explain-plan` on the example: what would be read, for which controls, and nothing is read."""

import shutil
from pathlib import Path

import pytest
import yaml

from assay.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "credit_default"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The manifest and the policy alone: neither data nor model are there."""
    for name in ("model.yaml", "policy.yaml"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(capsys, *more):
    assert main(["audit", "model.yaml", "--explain-plan", "--at", "2026-03-31", *more]) == 0
    return capsys.readouterr().out


def test_scans_name_their_columns_and_the_controls_that_need_them(here, capsys):
    said = explained(capsys, "--policy", "ml-governance")
    cells = next(part for part in said.split("\n\n") if "people by" in part)
    assert "test: test.parquet" in cells
    assert "people by decision × group:age_band × group:education × group:marital_status × group:sex × label" in cells
    assert "needs the model" in cells
    assert "ml-governance-silver/FAIR-01" in cells
    read = next(line for line in cells.splitlines() if "columns of test" in line).split(": ")[1].split(", ")
    assert {"AGE", "SEX", "EDUCATION", "MARRIAGE", "default_payment_next_month"} <= set(read)


def test_controls_that_need_no_data_are_told_apart(here, capsys):
    said = explained(capsys, "--policy", "ml-governance")
    nothing = next(line for line in said.splitlines() if line.startswith("no evidence is needed for: "))
    assert "ml-governance-bronze/CAT-01" in nothing
    assert "FAIR-01" not in nothing
    documents = next(part for part in said.split("\n\n") if "documents, and digests" in part)
    assert "no data" in documents
    assert "ml-governance-silver/DOC-01" in documents


def test_nothing_is_read_and_nothing_is_written(here, capsys):
    before = sorted(here.iterdir())
    assert "nothing has been read" in explained(capsys)
    assert sorted(here.iterdir()) == before


def test_what_the_manifest_lacks_and_which_rows_count_is_said(here, capsys):
    policy = {
        "assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P",
        "controls": [
            {"id": "FAIR", "title": "Alike", "check": "fairness.impact_ratio", "with": {"groups": ["sex"]},
             "criterion": {"at_least": 0.8, "source": "convention"}},
            {"id": "BOTH", "title": "Alike in pairs", "check": "fairness.impact_ratio",
             "with": {"groups": ["sex*education"]}, "criterion": {"at_least": 0.8, "source": "convention"}},
            {"id": "AGE", "title": "Alike by age", "check": "fairness.impact_ratio", "with": {"groups": ["age_band"]},
             "criterion": {"at_least": 0.8, "source": "convention"}},
            {"id": "LIVE", "title": "Alike in production", "check": "fairness.impact_ratio",
             "with": {"groups": ["sex"], "data": "production"}, "criterion": {"at_least": 0.8, "source": "convention"}},
        ],
    }  # fmt: skip
    (here / "p.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    said = explained(capsys, "--policy", "p.yaml")
    counted = [line.strip() for line in said.splitlines() if line.strip().startswith(("people by", "as one cube"))]
    assert counted == [
        "people by decision × group:education × group:sex",
        "people by decision × group:age_band",
        "as one cube of at most 50,000 cells, else as 2 grouping sets of 200,000",
    ]
    assert "for: p/FAIR, p/BOTH, p/AGE" in said
    assert "p/LIVE cannot be measured; missing: " in said


def test_a_manifest_that_cannot_be_read_is_still_an_error(here, capsys):
    (here / "model.yaml").write_text("assay: manifest/v1\n")
    assert main(["audit", "model.yaml", "--explain-plan", "--at", "2026-03-31"]) == 2
    assert "model.yaml" in capsys.readouterr().err
