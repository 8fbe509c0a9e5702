"""One resolver: what an expired waiver no longer does, it does nowhere."""

import json
import subprocess
from datetime import timedelta

import pytest
import yaml

import assay
from assay.attest.bundle import write_bundle
from assay.attest.canonical import canonical
from assay.cli.main import main
from assay.cli.summary import summary
from assay.errors import AssayError
from assay.record.signature import Signing
from assay.report.pdf import render_pdf
from auditing import AT, DECIDED, control, evaluate, people, write_csv

GROUPS = [("a", "yes", 100), ("a", "no", 400), ("b", "yes", 300), ("b", "no", 200)]
LAST = AT.date()
LATE = AT + timedelta(days=1)


def waivers(path, digest, **more):
    one = {
        "id": "W-1", "control": "p/C", "subject": digest, "reason": "A second sample is due in June",
        "approver": {"id": "cro", "name": "Carla Sousa"}, "requested_by": {"id": "dev", "name": "Dee Vee"},
        "approved_on": "2026-01-15", "expires": str(LAST), **more,
    }  # fmt: skip
    path.write_text(yaml.safe_dump({"assay": "waivers/v1", "waivers": [one]}))
    return path


@pytest.fixture
def audited(tmp_path, identity):
    """Audits with one waiver, signed, at a given time."""
    data = write_csv(tmp_path / "d.csv", *people(*GROUPS))

    def audit(at, *, policy=None, out="out", **more):
        options = {"stage": "staging", "policy": policy, "at": at}
        evaluate(tmp_path, data, DECIDED, control(), **options)
        path = waivers(tmp_path / "w.yaml", assay.subject_digest(tmp_path / "model.yaml"), **more)
        signer = assay.load_signer(identity)
        return evaluate(
            tmp_path, data, DECIDED, control(), waivers=[path], out=tmp_path / out, sign=signer, **options
        ), path

    return audit


def pdf_text(bundle):
    done = subprocess.run(["pdftotext", bundle / "report.pdf", "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_a_waiver_on_its_last_day_is_honoured_everywhere(audited, capsys):
    result, path = audited(AT)
    assert (result.audit.findings[0].outcome, result.gate.exit_code) == ("fail", 0)
    assert assay.verify(result.bundle).intact
    assert assay.gate(result.bundle, at=AT).exit_code == 0
    page = (result.bundle / "report.html").read_text()
    assert "<b>holds</b>" in page
    assert "DOES NOT HOLD" not in page
    assert "<b>expires today</b>" in page
    assert "waiver W-1: expires today" in summary(result.audit, result.gate)
    assert main(["waiver", "list", str(path), "--at", str(LAST)]) == 0
    assert "expires today" in capsys.readouterr().out


def test_an_expired_waiver_counts_nowhere(audited, capsys):
    result, path = audited(LATE)
    told = f"EXPIRED on {LAST}"
    assert result.gate.exit_code == 1
    assert [(state.holds, state.why) for state in result.gate.waivers] == [(False, told)]
    assert result.gate.lines[0].waived_by is None
    assert f"waiver W-1: {told}" in summary(result.audit, result.gate)
    assert "1 control: 1 fail\n" in summary(result.audit, result.gate)
    assert assay.verify(result.bundle).intact
    assert assay.gate(result.bundle, at=LATE).exit_code == 1
    assert assay.gate(result.bundle, at=LATE, waivers=[path]).exit_code == 1
    assert main(["gate", str(result.bundle), "--at", LATE.isoformat()]) == 1
    assert told in capsys.readouterr().out
    page = (result.bundle / "report.html").read_text()
    assert "DOES NOT HOLD" in page
    assert told in page
    assert "<b>holds</b>" not in page
    assert told in pdf_text(result.bundle)
    assert main(["waiver", "list", str(path), "--at", LATE.isoformat(), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["in_time"], listed["state"], listed["days_left"]) == (False, told, -1)
    assert main(["waiver", "check", str(path), "--at", LATE.isoformat()]) == 0
    assert told in capsys.readouterr().err


def test_a_gate_that_closes_later_does_so_without_measuring_again(audited):
    result, _ = audited(AT)
    assert [assay.gate(result.bundle, at=at).exit_code for at in (AT, LATE)] == [0, 1]


def test_reason_approver_and_days_are_always_printed(audited):
    for at in (AT, LATE):
        result, _ = audited(at, out=f"out-{at.day}")
        for text in ((result.bundle / "report.html").read_text(), pdf_text(result.bundle)):
            for told in ("A second sample is due in June", "Carla Sousa", "31 March 2026", "requested by Dee Vee",
                         "approved on 15 January 2026", "approver not verified"):  # fmt: skip
                assert told in text, told


def resigned(result, target, identity, **files):
    """The files of a bundle, some replaced, signed again: a signer may lie."""
    bundle, signer = result.bundle, assay.load_signer(identity)
    signing = Signing.model_validate_json((bundle / "signatures" / "001.json").read_bytes())
    record = (bundle / "audit.json").read_bytes()
    files = {"report.pdf": render_pdf(result.audit, result.gate, audit_json=record, signing=signing), **files}
    made = ("META-INF", "SHA256SUMS", "VERIFY", "mimetype", "signatures", "statement")
    kept = {
        str(path.relative_to(bundle)): path.read_bytes()
        for path in bundle.rglob("*")
        if path.is_file() and not str(path.relative_to(bundle)).startswith(made)
    }
    write_bundle(target, {**kept, **files}, signer=signer, signing=signing)
    return target


def test_verify_notices_a_gate_that_honours_an_expired_waiver(audited, tmp_path, identity):
    result, path = audited(LATE)
    forged = assay.gate(result.bundle, at=AT).model_copy(update={"at": LATE, "made": result.gate.made})
    assert (forged.state, forged.as_of is None) == ("open", False)
    forged = forged.model_copy(update={"as_of": result.gate.as_of, "signatures": ()})
    target = resigned(result, tmp_path / "forged", identity, **{"gate.json": canonical(forged)})
    problems = [str(problem) for problem in assay.verify(target).problems]
    assert problems == [
        "gate.json: is not the gate which the record and the waivers of the bundle give: it is open, "
        "drawn again it is closed"
    ]
    with pytest.raises(AssayError, match="not intact"):
        assay.gate(target)
    assert path.exists()


def test_verify_notices_other_waivers_than_the_record_names(audited, tmp_path, identity):
    result, path = audited(LATE)
    longer = path.read_bytes().replace(str(LAST).encode(), b"2027-12-31")
    target = resigned(result, tmp_path / "other", identity, **{"policy/waivers/01.yaml": longer})
    (problem,) = assay.verify(target).problems
    assert (problem.file, "names by digest" in problem.what) == ("policy/waivers", True)


def test_the_ceiling_and_the_warning_days_go_into_the_record_so_that_the_gate_is_drawn_the_same(audited):
    policy = {"maximum_open_waivers": 0, "waiver_warning_days": 3}
    result, path = audited(AT, policy=policy)
    assert result.gate.exit_code == 1
    again = assay.gate(result.bundle, at=AT, waivers=[path])
    assert (again.why, again.waivers) == (result.gate.why, result.gate.waivers)
    assert "TOO MANY waivers of p are open: 1, and it allows 0" in again.why[0]
    assert assay.verify(result.bundle).intact
    page = (result.bundle / "report.html").read_text()
    assert "TOO MANY waivers of p are open" in page
    assert "0 waivers; where more are open, none of them opens the gate" in page


@pytest.mark.parametrize(
    "owners",
    [{"business": {"id": "cro"}}, {"sponsor": {"id": "CRO"}}, {"validator": [{"id": "cro"}]}, {"sme": [{"id": "cro"}]}],
    ids=str,
)
def test_nobody_who_owns_the_model_in_any_role_approves_its_waiver(tmp_path, owners):
    data, options = (
        write_csv(tmp_path / "d.csv", *people(*GROUPS)),
        {"stage": "staging", "manifest": {"owners": owners}},
    )
    evaluate(tmp_path, data, DECIDED, control(), **options)
    path = waivers(tmp_path / "w.yaml", assay.subject_digest(tmp_path / "model.yaml"))
    gate = evaluate(tmp_path, data, DECIDED, control(), waivers=[path], **options).gate
    assert (gate.exit_code, gate.waivers[0].why) == (1, "its approver is an owner of the model")


def test_the_order_of_waiver_files_changes_no_byte(tmp_path):
    data = write_csv(tmp_path / "d.csv", *people(*GROUPS))
    evaluate(tmp_path, data, DECIDED, control(), stage="staging")
    digest = assay.subject_digest(tmp_path / "model.yaml")
    files = [waivers(tmp_path / f"{name}.yaml", digest, id=name) for name in ("W-2", "W-1")]
    told = [
        evaluate(tmp_path, data, DECIDED, control(), stage="staging", waivers=given) for given in (files, files[::-1])
    ]
    assert told[0].audit == told[1].audit
    assert told[0].gate.waivers == told[1].gate.waivers
