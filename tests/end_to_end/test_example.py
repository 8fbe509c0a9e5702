"""The example, audited whole: what it finds, and that its bundle can be checked without assay."""

import hashlib
import os
import re
import shutil
import subprocess

import pytest

import assay
from assay.api.bundles import read
from assay.api.verifying import gate_problem, report_problem
from auditing import AT, ROOT

EXAMPLE = ROOT / "examples" / "credit_default"
COMPARED = "report.html says what the record says; the text of report.pdf was not compared, only its signature"


def tool(*command, cwd):
    """Run an outside verifier; absent ones skip, or fail where they are required."""
    if shutil.which(command[0]) is None:
        if os.environ.get("ASSAY_REQUIRE_TOOLS"):
            pytest.fail(f"{command[0]} is required and not there")
        pytest.skip(f"{command[0]} is not there")
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_example_shows_every_outcome_and_a_waived_fail(example):
    outcomes = {finding.control: finding.outcome for finding in example.audit.findings}
    assert set(outcomes.values()) == {"pass", "fail", "inconclusive", "not_applicable"}
    waived = [line for line in example.gate.lines if line.waived_by and line.effect == "none"]
    assert [line.outcome for line in waived] == ["fail"]
    assert (example.gate.state, example.gate.exit_code) == ("closed", 1)


def test_under_25s_are_approved_clearly_less_often_than_the_next_band(example):
    finding = next(f for f in example.audit.findings if f.control == "FAIR-02")
    young = next(e for e in finding.measured.estimates if (e.group, e.reference) == ("under 25", "25-34"))
    assert 0.55 < young.value < 0.70
    assert young.simultaneous.high < 0.8


def test_fairlearn_computes_every_group_rate_again_and_agrees(example):
    second = example.audit.second_computation
    assert second.agrees
    assert second.compared > 50
    assert second.largest_difference <= 1e-12


def test_the_bundle_is_intact_and_every_outcome_follows_from_the_stored_estimates(example):
    verification = assay.verify(example.bundle)
    assert verification.problems == ()
    assert verification.intact
    assert COMPARED in verification.statements


def test_openssl_verifies_the_signature_with_the_commands_of_verify_txt(example, identity):
    text = (example.bundle / "VERIFY.txt").read_text()
    script = next(part for part in re.split(r"\n\s*\n", text) if "openssl cms -verify" in part)
    script = re.sub(r"-CAfile root\.pem", f"-CAfile {identity.parent / 'root.pem'}", script)
    done = tool("bash", "-c", script, cwd=example.bundle)
    assert done.returncode == 0, done.stderr
    assert "successful" in done.stderr
    assert tool("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=example.bundle).returncode == 0


def test_pdfsig_and_qpdf_accept_the_pdf(example):
    told = tool("pdfsig", "report.pdf", cwd=example.bundle).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert tool("qpdf", "--check", "report.pdf", cwd=example.bundle).returncode == 0


def test_the_pdf_holds_audit_json_whose_digest_the_report_prints(example, tmp_path):
    tool("pdfdetach", "-saveall", "-o", str(tmp_path), "report.pdf", cwd=example.bundle)
    embedded = (tmp_path / "audit.json").read_bytes()
    assert embedded == (example.bundle / "audit.json").read_bytes()
    digest = hashlib.sha256(embedded).hexdigest()
    printed = tool("pdftotext", "report.pdf", "-", cwd=example.bundle).stdout
    assert digest in re.sub(r"\s", "", printed)
    assert digest in re.sub(r"<[^>]*>|\s", "", (example.bundle / "report.html").read_text())


def test_two_audits_with_the_same_clock_have_the_same_audit_json(example, trained):
    from assay.attest.canonical import canonical

    again = assay.audit(
        trained / "model.yaml", policies=[EXAMPLE / "policy.yaml"], waivers=[trained / "waivers.yaml"], at=AT
    )
    assert canonical(again.audit) == (example.bundle / "audit.json").read_bytes()


def test_the_gate_can_be_drawn_again_without_measuring(example):
    again = assay.gate(example.bundle, at=AT)
    assert (again.exit_code, again.lines) == (example.gate.exit_code, example.gate.lines)
    development = assay.gate(example.bundle, at=AT, stage="development")
    assert "credit-default/FAIR-02" not in " ".join(development.why)
    unwaived = assay.gate(example.bundle, at=AT, waivers=[])
    assert any("PERF-03" in why for why in unwaived.why)


def test_no_path_of_the_machine_is_in_the_bundle(example, trained):
    for file in example.bundle.rglob("*"):
        if file.is_file() and file.suffix != ".pdf":
            text = file.read_bytes()
            assert str(trained).encode() not in text, file
            assert str(ROOT).encode() not in text, file


def test_a_report_that_says_something_else_is_found_out_even_when_it_is_signed_again(example, identity, tmp_path):
    from assay.api import load_signer
    from assay.attest.bundle import write_bundle
    from assay.record.signature import Signing

    names = ("META-INF", "SHA256SUMS", "VERIFY.txt", "mimetype", "report.pdf", "signatures", "statement.dsse.json")
    said = Signing.model_validate_json((example.bundle / "signatures/001.json").read_bytes())
    kept = [f for f in example.bundle.rglob("*") if f.is_file() and f.relative_to(example.bundle).parts[0] not in names]
    files = {str(file.relative_to(example.bundle)): file.read_bytes() for file in kept}
    write_bundle(tmp_path / "same", files, signer=load_signer(identity), signing=said)
    assert assay.verify(tmp_path / "same").intact
    files["report.html"] = files["report.html"].replace(b"CLOSED", b"OPEN")
    write_bundle(tmp_path / "forged", files, signer=load_signer(identity), signing=said)
    problems = assay.verify(tmp_path / "forged").problems
    assert [problem.file for problem in problems] == ["report.html"]


def test_the_example_kept_in_git_is_intact_and_of_today():
    (bundle,) = (ROOT / "reports" / "example").glob("*/*")
    found = assay.verify(bundle)
    assert found.problems == ()
    record, gate = read(bundle, found)
    again = report_problem(bundle, record, gate, found.signers[0].said)  # whichever build made it
    assert (gate_problem(bundle, record, gate), again) == (None, None), "run `make example`"
    assert COMPARED in found.statements
    assert not [told for told in found.statements if "not drawn again" in told or "words of" in told]
