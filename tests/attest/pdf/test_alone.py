import io
import json
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest

from assay.attest.canonical import canonical, digest
from assay.attest.pdf.alone import is_pdf, verify_pdf
from assay.attest.pdf.signing import sign_pdf, timestamp_pdf
from assay.attest.timestamps import HttpAuthority
from assay.attest.trust.file import load_trust
from assay.errors import AssayError

pytestmark = pytest.mark.campaign


def report(files, **attached):
    """The unsigned report of the files, with the gate beside the record as the real one has it."""
    pdf = pikepdf.open(io.BytesIO(files["report.pdf"]))
    for name, data in {"audit.json": files["audit.json"], "gate.json": files["gate.json"], **attached}.items():
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def pdf(files, pki):
    return sign_pdf(report(files), pki.author.signer)


@pytest.fixture
def check(tmp_path):
    def verify(data, trust=None):
        (tmp_path / "report.pdf").write_bytes(data)
        return verify_pdf(tmp_path / "report.pdf", trust=trust, now=datetime.now(UTC) + timedelta(minutes=1))

    return verify


@pytest.fixture(scope="module")
def believing(pki, tmp_path_factory):
    """A trust file that believes everybody below the root of the tests."""
    folder = tmp_path_factory.mktemp("trust")
    (folder / "root.pem").write_bytes(pki.root.pem)
    (folder / "stamps.pem").write_bytes(pki.stamp_root.pem)

    def write(**more):
        (folder / "trust.yaml").write_text(json.dumps({"assay": "trust/v1", "roots": ["root.pem"], **more}))
        return load_trust(folder / "trust.yaml")

    return write


def told(found):
    return "\n".join(map(str, found.problems))


def test_an_untouched_report_is_intact_and_says_what_it_cannot_show(pdf, files, check):
    found = check(pdf)
    assert found.problems == ()
    assert found.audit == "0123456789abcdef"
    assert found.audit_digest == digest(files["audit.json"])
    assert found.gate is not None
    assert found.gate.exit_code == 0
    assert [(one.name, one.found.meaning) for one in found.signers] == [("Test Author", "author")]
    assert found.trusted is None
    said = "\n".join(found.statements)
    assert "a PDF alone does not show the evidence tables" in said
    assert "trust not checked" in said
    assert "revocation not checked" in said


def test_an_unsigned_report_is_not_intact(files, check):
    assert "report.pdf: is not signed" in told(check(report(files)))


def test_a_report_cut_back_to_before_its_signature_is_not_intact(pdf, files, check):
    assert "is not signed" in told(check(pdf[: len(report(files))]))


@pytest.mark.parametrize("where", [0.1, 0.35, 0.99])
def test_a_changed_byte_of_what_is_signed_is_found_or_makes_the_file_unreadable(pdf, check, where):
    place = int(where * len(pdf))
    assert not pdf.index(b"/Contents <") < place < pdf.index(b">", pdf.index(b"/Contents <"))
    changed = bytearray(pdf)
    changed[place] ^= 1
    try:
        assert not check(bytes(changed)).intact
    except AssayError as error:
        assert "cannot be read" in error.what  # noqa: PT017


def test_bytes_behind_the_signature_are_found(pdf, check):
    assert "more than was signed" in told(check(pdf + b"\n% more\n"))


def test_a_record_swapped_after_signing_is_found(pdf, check):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.attachments["audit.json"] = pikepdf.AttachedFileSpec(opened, b"{}", filename="audit.json")
        out = io.BytesIO()
        opened.save(out)
    found = check(out.getvalue())
    assert "was changed after signing" in told(found)
    assert (found.audit, found.gate) == (None, None)


def test_a_report_without_record_or_gate_is_found(files, pki, check):
    with pikepdf.open(io.BytesIO(files["report.pdf"])) as opened:
        del opened.attachments["audit.json"]
        out = io.BytesIO()
        opened.save(out)
    text = told(check(sign_pdf(out.getvalue(), pki.author.signer)))
    assert "holds 0 embedded audit.json" in text
    assert "holds 0 embedded gate.json" in text


def test_an_outcome_that_its_signer_made_up_is_found(files, make_audit, make_files, pki, check):
    audit = make_audit()
    auc = audit.findings[1]
    estimate = auc.measured.estimates[0]
    worse = estimate.model_copy(
        update={"value": 0.5, "interval": estimate.interval.model_copy(update={"low": 0.4, "high": 0.6})}
    )
    forged = auc.model_copy(update={"measured": auc.measured.model_copy(update={"estimates": (worse,)})})
    untrue = make_files(audit.model_copy(update={"findings": (audit.findings[0], forged)}))
    text = told(check(sign_pdf(report(untrue), pki.author.signer)))
    assert "audit.json: an outcome does not follow from its estimates: house/PERF-01" in text


def test_a_gate_of_another_record_and_one_opened_by_hand_are_found(files, pki, check):
    gate = json.loads(files["gate.json"])
    forged = canonical({**gate, "audit": digest(b"other"), "state": "closed", "exit_code": 1})
    text = told(check(sign_pdf(report(files, **{"gate.json": forged}), pki.author.signer)))
    assert "gate.json: was drawn from another audit.json" in text
    assert "drawn again it is open" in text


def test_a_gate_that_counts_waivers_is_told_to_rest_on_what_is_not_there(files, pki, check):
    gate = json.loads(files["gate.json"])
    gate["lines"][0].update(waived_by="W-1", why="waived by W-1")
    found = check(sign_pdf(report(files, **{"gate.json": canonical(gate)}), pki.author.signer))
    assert any("counts waivers, which a PDF alone does not hold" in sentence for sentence in found.statements)


def test_a_signer_below_a_believed_root_is_trusted_and_a_stranger_is_not(pdf, files, signer, believing, check):
    trust = believing()
    found = check(pdf, trust)
    assert found.doubts == ()
    assert found.trusted is True
    stranger = check(sign_pdf(report(files), signer), trust)
    assert stranger.intact
    assert stranger.trusted is False
    assert stranger.doubts
    assert "NOT TRUSTED" in stranger.verdict


def test_what_the_trust_file_demands_of_a_bundle_it_demands_of_the_report_alone(pdf, pki, believing, check):
    trust = believing(bundle={"meanings": ["author", "approver"]})
    assert "author, approver" in "".join(check(pdf, trust).doubts)
    approved = sign_pdf(pdf, pki.approver.signer, meaning="approver")
    found = check(approved, trust)
    assert found.problems == ()
    assert [(one.found.number, one.name, one.found.meaning) for one in found.signers] == [
        (1, "Test Author", "author"),
        (2, "Test Approver", "approver"),
    ]
    assert found.trusted is True


def test_a_place_in_a_ledger_is_nothing_that_a_report_alone_proves(pdf, believing, check):
    assert check(pdf, believing()).trusted
    found = check(pdf, believing(bundle={"ledger": True}))
    assert found.doubts == (
        "a PDF alone proves no place in a ledger, and the trust file asks for one: give the bundle",
    )
    assert found.trusted is False


def test_a_timestamp_counts_when_its_authority_is_believed(files, pki, tsa, believing, check, tmp_path):
    stamped = sign_pdf(report(files), pki.author.signer, authority=HttpAuthority(tsa.url))
    demanding = {"timestamp_roots": ["stamps.pem"], "bundle": {"timestamp": True}}
    unproven = check(stamped, believing(timestamp_roots=["root.pem"], bundle={"timestamp": True}))
    assert (unproven.intact, unproven.trusted, unproven.signers[0].found.proven) == (True, False, None)
    proven = check(stamped, believing(**demanding))
    assert proven.signers[0].found.proven is not None
    assert proven.trusted is True
    renewed = check(timestamp_pdf(stamped, HttpAuthority(tsa.url)), believing(**demanding))
    assert renewed.problems == ()
    assert [(one.number, one.trusted) for one in renewed.timestamps] == [(2, True)]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n" + b"\xff" * 5000])
def test_what_is_no_pdf_is_unreadable_and_never_a_crash(data, check):
    with pytest.raises(AssayError, match="cannot be read"):
        check(data)


def test_a_report_is_known_by_its_name_or_its_beginning(pdf, tmp_path, bundle):
    (tmp_path / "renamed.bin").write_bytes(pdf)
    (tmp_path / "broken.pdf").write_bytes(b"")
    assert is_pdf(tmp_path / "renamed.bin")
    assert is_pdf(tmp_path / "broken.pdf")
    assert not is_pdf(bundle)
    assert not is_pdf(bundle / "audit.json")
    assert not is_pdf(tmp_path / "missing.pdf")
