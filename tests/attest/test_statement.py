import base64
import json
import os
import subprocess

import pytest

from assay.attest import layout
from assay.attest.canonical import canonical, digest
from assay.attest.dsse import HOW_TO_CHECK, read_envelope, sign_envelope
from assay.attest.folder import read_folder
from assay.attest.keys import load_signer, make_demo_identity
from assay.attest.statement import PAYLOAD_TYPE, check_statement, sign_statement, statement_of


@pytest.fixture
def folder(files, signer, tmp_path):
    """The files of a bundle with their statement, as they lie there."""
    root = tmp_path / "house"
    for name, data in {**files, layout.STATEMENT: sign_statement(files, signer)}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def faults(root, signer, listed=None):
    found = read_folder(root)
    names = found.digests if listed is None else listed
    return [problem.what for problem in check_statement(found, signer.certificate, listed=names)]


def resigned(root, signer, **changes):
    tree = json.loads(read_envelope((root / layout.STATEMENT).read_bytes()).payload)
    tree["predicate"].update(changes)
    (root / layout.STATEMENT).write_bytes(sign_envelope(PAYLOAD_TYPE, canonical(tree), signer))


def lines_of(files, *effects):
    """The gate of the files with other outcomes and effects, as `(outcome, effect)` each."""
    gate = json.loads(files["gate.json"])
    line = gate["lines"][0]
    gate["lines"] = [
        {**line, "finding": f"house/{number}", "outcome": outcome, "effect": effect}
        for number, (outcome, effect) in enumerate(effects)
    ]
    closed = any(effect in ("block", "sign_off") for _, effect in effects)
    gate["state"] = "closed" if closed else "open"
    return {**files, "gate.json": canonical(gate)}


def predicate_of(files):
    return json.loads(statement_of(files))["predicate"]


def test_the_statement_names_every_file_the_model_and_the_policies(files):
    others = {"mimetype": b"x", "SHA256SUMS": b"x", "META-INF/ASiCManifest001.xml": b"x", layout.STATEMENT: b"x"}
    statement = json.loads(statement_of({**files, **others}))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    named = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    assert list(named) == [
        "audit.json", "evidence/cells.csv", "gate.json", "mimetype", "policy/house.yaml", "report.html", "report.pdf",
        "model:m@1",
    ]  # fmt: skip
    assert named["evidence/cells.csv"] == digest(files["evidence/cells.csv"]).removeprefix("sha256:")
    assert named["model:m@1"] == digest(b"inputs").removeprefix("sha256:")
    house = {"name": "policy/house.yaml", "digest": {"sha256": named["policy/house.yaml"]}}
    assert statement["predicate"] == {
        "result": "PASSED",
        "configuration": [house],
        "passedTests": ["house/DOC-01", "house/PERF-01"],
        "warnedTests": [],
        "failedTests": [],
    }


@pytest.mark.parametrize(
    ("effects", "result"),
    [
        ([("pass", "none"), ("not_applicable", "none")], "PASSED"),
        ([("pass", "none"), ("fail", "inform")], "WARNED"),
        ([("pass", "none"), ("inconclusive", "warn")], "WARNED"),
        ([("fail", "none")], "WARNED"),
        ([("pass", "none"), ("inconclusive", "sign_off")], "FAILED"),
        ([("error", "block")], "FAILED"),
    ],
)
def test_a_pipeline_never_reads_passed_where_something_speaks_against_it(files, effects, result):
    found = predicate_of(lines_of(files, *effects))
    assert found["result"] == result
    passed = [f"house/{number}" for number, (outcome, _) in enumerate(effects) if outcome == "pass"]
    assert found["passedTests"] == passed
    assert bool(found["failedTests"]) == (result == "FAILED")
    told = found["passedTests"] + found["warnedTests"] + found["failedTests"]
    assert sorted(told) == [f"house/{n}" for n, (outcome, _) in enumerate(effects) if outcome != "not_applicable"]


def test_the_same_files_give_the_same_statement(files):
    assert statement_of(files) == statement_of(dict(reversed(files.items())))


def test_the_library_of_the_in_toto_project_reads_the_statement(files):
    pytest.importorskip("in_toto_attestation")
    from google.protobuf import json_format
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.v1.statement import Statement

    payload = json.loads(statement_of(files))
    statement = Statement([], "", {})
    json_format.ParseDict(payload, statement.pb)
    statement.validate()
    predicate = json_format.Parse(json.dumps(payload["predicate"]), test_result_pb2.TestResult())
    assert predicate.result == "PASSED"
    assert list(predicate.passed_tests) == ["house/DOC-01", "house/PERF-01"]


def test_an_untouched_statement_has_no_fault(folder, signer):
    assert faults(folder, signer) == []


def test_files_of_later_rounds_are_none_of_its_business(folder, signer, files):
    (folder / "report.2.pdf").write_bytes(b"later")
    assert faults(folder, signer, listed=[*files, layout.STATEMENT]) == []
    assert faults(folder, signer) == ["does not say what the files, the record and the gate of the bundle say"]


@pytest.mark.parametrize(
    "change",
    [
        {"result": "WARNED"},
        {"passedTests": ["house/DOC-01"]},
        {"warnedTests": ["house/DOC-01"]},
        {"configuration": []},
        {"url": "https://example.org/"},
    ],
)
def test_a_statement_that_says_something_else_is_found_even_when_its_signer_signed_it(folder, signer, change):
    resigned(folder, signer, **change)
    assert faults(folder, signer) == ["does not say what the files, the record and the gate of the bundle say"]


def test_a_changed_file_of_the_bundle_is_found_by_its_statement(folder, signer):
    (folder / "evidence/cells.csv").write_bytes(b"other")
    assert faults(folder, signer) == ["does not say what the files, the record and the gate of the bundle say"]


def test_a_statement_of_somebody_else_is_found(folder, signer, files, tmp_path):
    make_demo_identity(tmp_path / "other")
    other = load_signer(tmp_path / "other" / "signer.pem", password=None)
    (folder / layout.STATEMENT).write_bytes(sign_statement(files, other))
    assert faults(folder, signer) == ["cannot be relied on: it names another certificate as its signer's"]


def test_a_statement_of_another_type_is_found(folder, signer, files):
    (folder / layout.STATEMENT).write_bytes(sign_envelope("text/plain", statement_of(files), signer))
    assert faults(folder, signer) == ["does not hold application/vnd.in-toto+json"]


def test_a_missing_statement_and_a_missing_record_are_said(folder, signer):
    (folder / "gate.json").unlink()
    assert faults(folder, signer) == ["cannot be compared: audit.json or gate.json cannot be read"]
    (folder / layout.STATEMENT).unlink()
    assert faults(folder, signer) == ["is missing"]


# VERIFY.txt


@pytest.fixture
def by_hand(folder, files, signer, identity, tmp_path):
    """The folder with the one signature that the commands start from, and a shell that knows nothing else."""
    from datetime import UTC, datetime

    from assay.attest.asic import render_manifest
    from assay.attest.cades import sign_detached

    manifest = render_manifest({name: digest(data) for name, data in files.items()})
    (folder / "META-INF").mkdir()
    (folder / layout.ASIC_MANIFEST).write_bytes(manifest)
    (folder / layout.SIGNATURE).write_bytes(sign_detached(manifest, signer, now=datetime.now(UTC)))
    work = tmp_path / "work"
    work.mkdir()
    joined = HOW_TO_CHECK.replace("\\\n", " ")
    commands = [line for line in joined.splitlines() if line.startswith("   ") and not _is_prose(line)]
    script = "set -e\n" + "\n".join(commands)
    script = script.replace("/tmp/", f"{work}/").replace("root.pem", str(identity / "root.pem"))

    def run():
        shell = ["env", "-i", f"PATH={os.defpath}", "sh", "-c", script]
        return subprocess.run(shell, cwd=folder, capture_output=True, text=True, check=False, timeout=60)

    return run


def _is_prose(line):
    return line.strip().split()[0] not in ("openssl", "sed", "{", "grep")


def test_the_commands_of_verify_txt_accept_the_statement(by_hand, tool, files):
    tool("openssl", "version")
    answer = by_hand()
    assert answer.returncode == 0, answer.stderr
    assert "Verified OK" in answer.stdout
    assert answer.stdout.count(": OK") == len(files) + 1  # the policy is named as configuration too


@pytest.mark.parametrize("place", ["payload", "sig"])
def test_the_commands_of_verify_txt_refuse_a_changed_statement(by_hand, tool, folder, place):
    tool("openssl", "version")
    tree = json.loads((folder / layout.STATEMENT).read_bytes())
    holder = tree if place == "payload" else tree["signatures"][0]
    changed = base64.b64decode(holder[place]).replace(b"PASSED", b"passed")
    holder[place] = base64.b64encode(changed[:-1] + bytes([changed[-1] ^ 1])).decode()
    (folder / layout.STATEMENT).write_bytes(canonical(tree))
    answer = by_hand()
    assert "Verified OK" not in answer.stdout
