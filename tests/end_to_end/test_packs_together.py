"""The example under three packs in one run, and what they read together."""

import csv
import random
import shutil
from pathlib import Path

import pytest
import yaml

import assay
from auditing import AT

PACKS = ("ml-governance", "nyc-ll144", "us-mrm-sr26-2")
LATER = AT.replace(month=11, day=20)
"""After both guidances of model risk."""


@pytest.fixture(scope="module")
def of_an_institution(trained, tmp_path_factory):
    """The example, whose manifest says what the organisation is to the law."""
    folder = tmp_path_factory.mktemp("institution") / "model"
    shutil.copytree(trained, folder)
    manifest = yaml.safe_load((folder / "model.yaml").read_text())
    manifest["organisation"] = {"roles": ["institution", "employer"]}
    manifest["model"]["is_model"] = True
    (folder / "model.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    return folder / "model.yaml"


def test_every_pack_answers_and_none_of_them_fails_to_be_evaluated(of_an_institution):
    audit = assay.audit(of_an_institution, policies=PACKS, at=LATER).audit
    assert {policy.id for policy in audit.policies} >= set(PACKS)
    assert [finding.control for finding in audit.findings if finding.outcome == "error"] == []


def test_local_law_144_does_not_apply_to_credit_and_the_rest_does(of_an_institution):
    audit = assay.audit(of_an_institution, policies=PACKS, at=LATER, law_at=LATER.date()).audit
    outcomes = {}
    for finding in audit.findings:
        outcomes.setdefault(finding.policy, set()).add(finding.outcome)
    assert outcomes["nyc-ll144"] == {"not_applicable"}
    assert {"pass", "fail", "inconclusive"} <= outcomes["us-mrm-sr26-2"] | outcomes["ml-governance-silver"]
    assert "pass" in outcomes["us-mrm-sr26-2"]


def test_three_packs_read_no_more_of_the_data_than_one(tmp_path):
    rng = random.Random(1)
    header = ["sex", "race", "a", "b", "score", "decision", "repaid", "ballast"]
    with (tmp_path / "test.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for _ in range(60_000):
            score = round(rng.random(), 6)
            writer.writerow([
                rng.choice("fm"), rng.choice(["x", "y"]), round(rng.gauss(0, 1), 9), round(rng.gauss(0, 1), 9), score,
                "approve" if score < 0.4 else "refuse", "no" if rng.random() < score else "yes", "-" * 200,
            ])  # fmt: skip
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "m", "name": "M", "version": "1.0.0"},
        "organisation": {"roles": ["institution"]},
        "model": {"is_model": True, "kind": "statistical", "task": "binary"},
        "purpose": {"decision": {"domain": "employment", "consequential": True}},
        "data": {"test": {"path": "test.csv"}},
        "columns": {
            "label": {"column": "repaid", "favourable": "yes"},
            "decision": {"column": "decision", "favourable": "approve"},
            "score": {"column": "score", "kind": "probability", "of": "no"},
            "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}},
        },
        "features": [{"name": "a"}, {"name": "b"}],
    }
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(manifest))

    def read(*packs):
        before = characters_read()
        assay.audit(tmp_path / "model.yaml", policies=packs, at=LATER, law_at=LATER.date())
        return characters_read() - before

    read(*PACKS)  # what is imported is imported
    size = (tmp_path / "test.csv").stat().st_size
    assert size > 12_000_000  # beside which the packs' own files are little
    one, three = read("nyc-ll144"), read(*PACKS)
    assert one >= size
    assert three - one < size / 2


def characters_read() -> int:
    counts = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counts["rchar"])
