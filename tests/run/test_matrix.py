"""What covers what: places, controls, outcomes; and what the manifest says that nobody asks for."""

import json

import pytest
import yaml

import assay
from assay.api import load_signer, make_demo_identity, policy_matrix
from assay.cli.main import main
from auditing import AT, people, write_csv

CATALOGUE = {
    "assay": "catalogue/v1",
    "instruments": [
        {"id": "bank", "title": "Rulebook", "edition": "2026", "places": {"1": "a", "2": "b", "3": "c", "4": "d"}},
        {"id": "other", "title": "Nobody cites it", "edition": "1", "places": {"1": "a"}},
    ],
}
POLICY = """\
assay: policy/v1
id: p
version: 1.0.0
title: P
applies_to: {not: {field: purpose.decision.domain, equals: insurance}}
controls:
  - id: FAIR
    title: Four fifths
    cites: [{ref: bank/1}, {ref: bank/2}]
    check: fairness.impact_ratio
    criterion: {at_least: 0.8, source: house}
  - id: OWN
    title: Owned
    cites: [{ref: bank/1}, {ref: bank/1}]
    require:
      any:
        - {field: owners.business, is: present}
        - {field: owners.validator, disjoint_from: {field: owners.developer}}
        - {field: features, for_all: {any: [{field: definition, is: present}, {field: /model.kind, is: present}]}}
        - {field: data.*.licence, is: present}
  - {id: LATER, title: Later, status: planned, cites: [{ref: bank/3}]}
  - {id: FREE, title: Free, require: {field: training.seed, is: present}}
"""
MORE = {
    "owners": {"business": {"id": "ann", "name": "Ann"}, "technical": {"id": "bob"}},
    "purpose": {"context": "credit", "decision": {"domain": "credit"}},
    "features": [{"name": "f", "definition": "d"}, {"name": "g", "source": "s"}],
    "model": {"kind": "tree", "algorithm": "boosting"},
    "training": {"seed": 1},
    "data": {"test": {"path": "d.csv", "licence": "CC0", "origin": "here"}},
    "columns": {
        "decision": {"column": "decision", "favourable": "yes"},
        "groups": {"group": {"column": "group"}},
        "label": {"column": "decision", "favourable": "yes"},
    },
    "risk": {"tier": "high"},
    "lifecycle": {"stage": "staging"},
}

UNSIGNED = "the bundle is not signed: nobody vouches for its outcomes"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "catalogue.yaml").write_text(yaml.safe_dump(CATALOGUE))
    (tmp_path / "policy.yaml").write_text(POLICY)
    manifest = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"}, **MORE}
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(manifest))
    write_csv(tmp_path / "d.csv", *people(("a", "yes", 90), ("a", "no", 10), ("b", "yes", 30), ("b", "no", 70)))
    return tmp_path


def rows(found):
    """Place → controls with their outcomes."""
    (instrument,) = found.instruments
    return {place.ref: [(c.control, c.outcome) for c in place.controls] for place in instrument.places}


def test_each_place_of_a_cited_instrument_names_its_controls(folder):
    found = policy_matrix([folder])
    assert rows(found) == {
        "bank/1": [("p/FAIR", None), ("p/OWN", None)],
        "bank/2": [("p/FAIR", None)],
        "bank/3": [("p/LATER", None)],
        "bank/4": [],
    }
    assert found.instruments[0].covered == 2
    assert [control.control for control in found.uncited] == ["p/FREE"]
    assert found.unread is None


def test_evidence_that_no_control_reads_is_named(folder):
    found = policy_matrix([folder], manifest=folder / "model.yaml")
    assert set(found.unread) == {
        "owners.technical.id", "purpose.context", "features.*.name", "features.*.source", "model.algorithm",
        "data.test.origin", "columns.label.column", "columns.label.favourable",
    }  # fmt: skip


def test_outcomes_come_from_the_audit_and_its_manifest_is_looked_at(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    result = assay.audit(folder / "model.yaml", policies=[folder / "policy.yaml"], at=AT, out=out)
    found = policy_matrix([folder], audit=result.bundle)
    assert rows(found) == {
        "bank/1": [("p/FAIR", "fail"), ("p/OWN", "pass")],
        "bank/2": [("p/FAIR", "fail")],
        "bank/3": [("p/LATER", None)],
        "bank/4": [],
    }
    assert found.unread == policy_matrix([folder], manifest=folder / "model.yaml").unread
    assert found.notes == (UNSIGNED,)
    (folder / "policy.yaml").write_text(POLICY.replace("0.8", "0.9"))
    changed = policy_matrix([folder, "baseline"], audit=result.bundle)
    assert changed.notes == (
        UNSIGNED,
        "baseline was not applied by the audit",
        "p has been changed since the audit: its outcomes are of another text",
    )


def test_a_signed_bundle_that_was_changed_is_refused(folder, tmp_path_factory, capsys):
    out = tmp_path_factory.mktemp("out")
    signer = load_signer(make_demo_identity(out / "keys"))
    bundle = assay.audit(
        folder / "model.yaml", policies=[folder / "policy.yaml"], at=AT, out=out, sign=signer
    ).bundle  # fmt: skip
    assert policy_matrix([folder], audit=bundle).notes == ()
    (bundle / "audit.json").write_bytes((bundle / "audit.json").read_bytes().replace(b'"fail"', b'"pass"', 1))
    assert main(["policy", "matrix", str(folder), "--audit", str(bundle)]) == 2
    assert "is not intact" in capsys.readouterr().err
    (bundle / "audit.json").write_text("{}")
    for signature in bundle.glob("META-INF/*.p7s"):
        signature.unlink()
    assert main(["policy", "matrix", str(folder), "--audit", str(bundle)]) == 2
    assert "is not the record of an audit" in capsys.readouterr().err


def test_the_table_shows_what_is_left_over(folder, capsys):
    assert main(["policy", "matrix", str(folder), "--manifest", str(folder / "model.yaml")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "bank: Rulebook (2026)",
        "  bank/1  p/FAIR",
        "          p/OWN",
        "  bank/2  p/FAIR",
        "  bank/3  p/LATER planned",
        "  2 of 4 places have a control",
        "  without control: 4",
        "controls that cite nothing: p/FREE",
        "evidence never read by any control: owners.technical.id, purpose.context, model.algorithm,",
        "  data.test.origin, columns.label.column, columns.label.favourable, features.*.name,",
        "  features.*.source",
    ]


def test_the_matrix_is_json_on_request(folder, capsys):
    assert main(["policy", "matrix", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["instruments"][0]["places"][1] == {
        "ref": "bank/2",
        "words": "b",
        "controls": [{"control": "p/FAIR", "title": "Four fifths", "planned": False, "outcome": None}],
    }
