import io
import json
import os
import shutil
from pathlib import Path

import pikepdf
import pytest

from assay.attest.bundle import write_bundle
from assay.attest.canonical import canonical, digest
from assay.attest.keys import Signer, load_signer, make_demo_identity
from assay.attest.rounds.making import digests, render_sums
from assay.attest.verify import verify
from assay.errors import AssayError
from assay.record.audit import FileDigest

NAMES = [
    "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s", "SHA256SUMS", "VERIFY.txt", "audit.json",
    "evidence/cells.csv", "gate.json", "mimetype", "policy/house.yaml", "report.html", "report.pdf",
    "signatures/001.json", "statement.dsse.json",
]  # fmt: skip


@pytest.fixture(scope="session")
def plain(tmp_path_factory, files, signer):
    """The signed bundle without its PDF: reading one takes a process, and most changes do not concern it."""
    target = tmp_path_factory.mktemp("plain") / "house-1"
    write_bundle(target, {name: data for name, data in files.items() if name != "report.pdf"}, signer=signer)
    return target


@pytest.fixture
def bundle(plain, signed, tmp_path, request):
    """A copy to be tampered with; with its PDF where the name of the test speaks of one."""
    return Path(shutil.copytree(signed if "pdf" in request.node.name else plain, tmp_path / "bundle"))


def faults(path):
    """The files with a problem, after a verification that must fail."""
    found = verify(path)
    assert not found.intact
    return {problem.file for problem in found.problems}


def told(path):
    return "\n".join(str(problem) for problem in verify(path).problems)


def snapshot(path):
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}


# An untouched bundle


def test_an_untouched_bundle_is_intact_and_says_what_was_not_checked(signed, signer):
    found = verify(signed)
    assert found.problems == ()
    assert found.intact
    assert found.audit == "0123456789abcdef"
    assert found.audit_digest == digest((signed / "audit.json").read_bytes())
    assert [(one.name, one.fingerprint) for one in found.signers] == [(signer.name, signer.fingerprint)]
    said = "\n".join(found.statements)
    assert "trust not checked: no --trust given" in said
    assert "revocation not checked" in said
    assert "demonstration identity" in said
    assert "made 2026-03-31T12:00:00Z, by the clock of the machine that made it" in said
    assert "nothing proves when it was signed: no trusted timestamp covers signature 1" in said


def test_the_names_of_the_tests_are_those_of_the_bundle(signed):
    assert sorted(snapshot(signed)) == NAMES


def test_verifying_changes_nothing(bundle):
    before = snapshot(bundle)
    verify(bundle)
    assert snapshot(bundle) == before


def test_a_bundle_seen_through_a_link_or_from_inside_is_the_same(plain, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(plain)
    assert verify(tmp_path / "link").intact
    monkeypatch.chdir(plain)
    assert verify(Path()).intact


# Tampering


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", [0.0, 0.43, 1.0])
def test_one_byte_flipped_in_any_file_is_found_and_the_file_named(bundle, name, where):
    path = bundle / name
    data = bytearray(path.read_bytes())
    data[int(where * (len(data) - 1))] ^= 0x01
    path.write_bytes(bytes(data))
    assert name in faults(bundle)


@pytest.mark.parametrize("name", NAMES)
def test_a_removed_file_is_found_and_named(bundle, name):
    (bundle / name).unlink()
    assert name in faults(bundle)


@pytest.mark.parametrize(
    "name", ["extra.txt", "evidence/extra.csv", "META-INF/ASiCManifest002.xml", "META-INF/signature002.p7s", "a/b/c"]
)
def test_an_added_file_is_found_and_named(bundle, name):
    (bundle / name).parent.mkdir(parents=True, exist_ok=True)
    (bundle / name).write_bytes(b"new")
    assert name in faults(bundle)


@pytest.mark.parametrize("name", [".hidden", "with blank", "line\nend", "\x1b[31mred", "é"])
def test_an_added_file_with_a_strange_name_is_found_and_printed_harmlessly(bundle, name):
    (bundle / name).write_bytes(b"")
    text = told(bundle)
    assert text
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ["audit.json", "evidence/cells.csv", "report.html", "VERIFY.txt"])
def test_a_file_changed_together_with_sha256sums_is_found_and_both_are_named(bundle, name, tool):
    (bundle / name).write_bytes((bundle / name).read_bytes() + b" ")
    listed = {
        one: data for one, data in snapshot(bundle).items() if one != "SHA256SUMS" and not one.startswith("META-INF")
    }
    (bundle / "SHA256SUMS").write_bytes(render_sums(digests(listed)))
    assert tool("sha256sum", "-c", "SHA256SUMS", cwd=bundle).returncode == 0
    assert {name, "SHA256SUMS"} <= faults(bundle)


def test_a_file_changed_together_with_the_asic_manifest_breaks_the_signature(bundle):
    old = (bundle / "evidence/cells.csv").read_bytes()
    (bundle / "evidence/cells.csv").write_bytes(old.replace(b"700", b"900"))
    from assay.attest.asic import render_manifest

    listed = {name: digest(data) for name, data in snapshot(bundle).items() if not name.startswith("META-INF")}
    (bundle / "META-INF/ASiCManifest001.xml").write_bytes(render_manifest(listed))
    found = faults(bundle)
    assert {"META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s", "evidence/cells.csv"} <= found


def test_the_signature_of_another_bundle_does_not_fit(bundle, files, signer, tmp_path):
    write_bundle(tmp_path / "other", {**files, "exports/x.txt": b"x"}, signer=signer)
    shutil.copy(tmp_path / "other" / "META-INF/signature001.p7s", bundle / "META-INF/signature001.p7s")
    assert "META-INF/signature001.p7s" in faults(bundle)


def test_a_folder_whose_signature_was_stripped_is_not_signed(bundle):
    shutil.rmtree(bundle / "META-INF")
    assert "not signed" in told(bundle)
    assert verify(bundle).signers == ()


def test_a_bundle_written_without_a_signer_is_not_signed_and_otherwise_whole(files, tmp_path):
    without_pdf = {name: data for name, data in files.items() if name != "report.pdf"}
    write_bundle(tmp_path / "plain", without_pdf, signer=None)
    found = verify(tmp_path / "plain")
    assert [(one.file, "not signed" in one.what) for one in found.problems] == [("META-INF/signature001.p7s", True)]
    (tmp_path / "plain" / "evidence/cells.csv").write_bytes(b"changed")
    assert "evidence/cells.csv" in faults(tmp_path / "plain")


def test_bytes_behind_the_pdf_are_found(bundle):
    with (bundle / "report.pdf").open("ab") as file:
        file.write(b"\n% more\n")
    assert "report.pdf: holds more than was signed" in told(bundle)


def test_a_later_revision_of_the_pdf_is_found(bundle):
    from pyhanko.pdf_utils.generic import NameObject, NumberObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO((bundle / "report.pdf").read_bytes()))
    writer.root[NameObject("/Changed")] = NumberObject(1)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    (bundle / "report.pdf").write_bytes(out.getvalue())
    text = told(bundle)
    assert "report.pdf: was changed after signing" in text
    assert "report.pdf: holds more than was signed" in text


def test_a_pdf_cut_back_to_its_unsigned_revision_is_not_signed(bundle, files):
    (bundle / "report.pdf").write_bytes(files["report.pdf"])
    assert "report.pdf: is not signed" in told(bundle)


# What a signer could do who signs an untrue bundle


def sign_anew(tmp_path, files, signer):
    write_bundle(tmp_path / "untrue", files, signer=signer)
    return told(tmp_path / "untrue")


def altered(record, **changes):
    tree = json.loads(record)
    tree.update(changes)
    return canonical(tree)


def test_an_outcome_that_its_own_estimates_do_not_bear_out_is_found(tmp_path, make_audit, make_files, signer):
    audit = make_audit()
    auc = audit.findings[1]
    worse = auc.measured.estimates[0].model_copy(
        update={
            "value": 0.5,
            "interval": auc.measured.estimates[0].interval.model_copy(update={"low": 0.4, "high": 0.6}),
        }
    )
    forged = auc.model_copy(update={"measured": auc.measured.model_copy(update={"estimates": (worse,)})})
    untrue = audit.model_copy(update={"findings": (audit.findings[0], forged)})
    text = sign_anew(tmp_path, make_files(untrue), signer)
    assert "audit.json: an outcome does not follow from its estimates: house/PERF-01" in text


def test_a_gate_that_is_opened_by_hand_is_found(tmp_path, make_audit, make_files, signer):
    audit = make_audit()
    failing = audit.findings[0].model_copy(
        update={"requirement": audit.findings[0].requirement.model_copy(update={"result": False}), "outcome": "fail"}
    )
    files = make_files(audit.model_copy(update={"findings": (failing, audit.findings[1])}))
    gate = json.loads(files["gate.json"])
    assert (gate["state"], gate["exit_code"]) == ("closed", 1)
    assert sign_anew(tmp_path, files, signer) == ""
    gate["state"], gate["exit_code"], gate["why"] = "open", 0, ["nothing blocks"]
    opened = {**files, "gate.json": canonical(gate)}
    write_bundle(tmp_path / "opened", opened, signer=signer)
    assert "gate.json: is open (exit code 0); drawn again it is closed" in told(tmp_path / "opened")
    gate["lines"][0]["effect"] = "none"
    write_bundle(tmp_path / "relabelled", {**files, "gate.json": canonical(gate)}, signer=signer)
    assert "gate.json: lets house/DOC-01 have the effect none; it should be block" in told(tmp_path / "relabelled")


WAIVER = {
    "id": "W-1", "control": "house/DOC-01", "holds": True, "why": "covers 1 of 1 blocking estimates",
    "approver": "Ben Cho", "expires": "2026-06-30", "reason": "a validator starts in May",
}  # fmt: skip
NO_WAIVER = "gate.json: says that W-1 waives house/DOC-01, and lists no such waiver that holds"
NO_FILE = "gate.json: counts waivers, and policy/waivers holds no file which audit.json names by digest"


@pytest.fixture
def waived(make_audit, make_files):
    """The files of a bundle whose one fail a waiver lets pass, and its gate: `line`: what else its line says."""

    def make(*, waiver=WAIVER, file=b"a waiver", named=b"a waiver", **line):
        audit = make_audit()
        failing = audit.findings[0].model_copy(
            update={
                "requirement": audit.findings[0].requirement.model_copy(update={"result": False}), "outcome": "fail",
            }
        )  # fmt: skip
        named = FileDigest(role="waivers", path="w.yaml", digest=digest(named))
        files = make_files(audit.model_copy(
            update={"findings": (failing, audit.findings[1]), "waiver_files": (named,)}
        ))  # fmt: skip
        gate = json.loads(files["gate.json"])
        gate["lines"][0] |= {"effect": "none", "waived_by": "W-1", "why": "waived by W-1 (Ben Cho)", **line}
        full = {"requested_by": None, "approved_on": None, "warning": None, "verified": False}
        gate |= {"state": "open", "exit_code": 0, "why": ["nothing blocks"], "waivers": [full | waiver]}
        del files["report.pdf"]
        return files | {"gate.json": canonical(gate)} | ({"policy/waivers/01.yaml": file} if file else {})

    return make


def test_a_waiver_that_the_gate_lists_and_whose_file_the_record_names_may_open_it(tmp_path, waived, signer):
    assert sign_anew(tmp_path, waived(), signer) == ""


@pytest.mark.parametrize(
    ("forged", "found"),
    [
        ({"waiver": {**WAIVER, "holds": False}}, NO_WAIVER),
        ({"waiver": {**WAIVER, "id": "W-2"}}, NO_WAIVER),
        ({"waiver": {**WAIVER, "control": "house/PERF-01"}}, NO_WAIVER),
        ({"waived_by": "W-1, W-2"}, NO_WAIVER.replace("W-1", "W-1, W-2")),
        ({"file": None}, NO_FILE),
        ({"named": b"another waiver"}, NO_FILE),
        ({"effect": "inform"}, "gate.json: lets house/DOC-01 have the effect inform, which no waiver gives"),
        ({"attested": "pass"}, "gate.json: lets house/DOC-01 have the effect none, which no waiver gives"),
        ({"signed_off_by": "S-1"}, "gate.json: lets house/DOC-01 have the effect none, which no waiver gives"),
    ],
    ids=str,
)
def test_a_waiver_that_is_not_there_or_does_not_hold_opens_no_gate(tmp_path, waived, signer, forged, found):
    assert sign_anew(tmp_path, waived(**forged), signer) == found


def test_a_waiver_that_opens_nothing_is_listed_beside_what_it_does_not_open(tmp_path, waived, signer):
    """As where too many are open: the line is what it is without, and the gate is closed."""
    files = waived(waiver={**WAIVER, "holds": False}, effect="block")
    gate = altered(files["gate.json"], state="closed", exit_code=1)
    assert sign_anew(tmp_path, files | {"gate.json": gate}, signer) == ""


def test_a_gate_of_another_record_is_found(tmp_path, files, signer):
    gate = altered(files["gate.json"], audit=digest(b"another"))
    assert "gate.json: was drawn from another audit.json" in sign_anew(tmp_path, {**files, "gate.json": gate}, signer)


def test_a_record_that_is_not_canonical_is_found(tmp_path, files, signer):
    loose = json.dumps(json.loads(files["audit.json"]), indent=1).encode()
    assert "audit.json: is not in canonical form" in sign_anew(tmp_path, {**files, "audit.json": loose}, signer)


def test_a_page_that_reports_another_record_is_found(tmp_path, files, signer):
    page = f"<p>{'0' * 64}<!-- {digest(files['audit.json'])} --></p>".encode()
    text = sign_anew(tmp_path, {**files, "report.html": page}, signer)
    assert "report.html: does not print the digest of audit.json" in text


def test_a_bundle_that_never_held_a_page_is_not_intact(tmp_path, files, signer):
    bare = {name: data for name, data in files.items() if name != "report.html"}
    assert sign_anew(tmp_path, bare, signer) == "report.html: is missing"


def test_a_digest_broken_over_lines_of_the_page_is_still_printed(tmp_path, files, signer):
    value = digest(files["audit.json"]).removeprefix("sha256:")
    page = f"<p>{value[:32]}<wbr>\n  <b>{value[32:]}</b></p>".encode()
    assert sign_anew(tmp_path, {**files, "report.html": page}, signer) == ""


def test_a_pdf_that_embeds_another_record_or_none_is_found(tmp_path, files, signer):
    pdf = pikepdf.open(io.BytesIO(files["report.pdf"]))
    del pdf.attachments["audit.json"]
    out = io.BytesIO()
    pdf.save(out)
    text = sign_anew(tmp_path, {**files, "report.pdf": out.getvalue()}, signer)
    assert "report.pdf: holds 0 embedded audit.json" in text
    pdf.attachments["audit.json"] = pikepdf.AttachedFileSpec(pdf, b"{}", filename="audit.json")
    out = io.BytesIO()
    pdf.save(out)
    write_bundle(tmp_path / "another", {**files, "report.pdf": out.getvalue()}, signer=signer)
    assert "report.pdf: embeds another audit.json" in told(tmp_path / "another")


def test_evidence_and_policies_must_be_those_the_record_names(tmp_path, files, signer):
    changed = {**files, "evidence/cells.csv": b"other", "policy/house.yaml": b"other", "evidence/new.csv": b""}
    text = sign_anew(tmp_path, changed, signer)
    assert "evidence/cells.csv: does not have the digest that audit.json gives" in text
    assert "policy/house.yaml: does not have the digest that audit.json gives" in text
    assert "evidence/new.csv: is evidence that audit.json does not name" in text
    fewer = {name: data for name, data in files.items() if not name.startswith("evidence/")}
    write_bundle(tmp_path / "fewer", fewer, signer=signer)
    assert "evidence/cells.csv: is missing, though audit.json names it" in told(tmp_path / "fewer")


def test_a_record_that_names_files_outside_the_bundle_is_found(tmp_path, make_audit, make_files, signer):
    outside = FileDigest(role="cells", path="../../etc/passwd", digest=digest(b""))
    audit = make_audit()
    files = make_files(audit.model_copy(update={"evidence": (*audit.evidence, outside)}))
    assert "no file of a bundle" in sign_anew(tmp_path, files, signer)


def test_a_report_signed_by_somebody_else_than_the_bundle_is_found(tmp_path, files, signer):
    from assay.attest.pdf.signing import sign_pdf

    make_demo_identity(tmp_path / "other")
    other: Signer = load_signer(tmp_path / "other" / "signer.pem")
    write_bundle(tmp_path / "mixed", files, signer=signer)
    (tmp_path / "mixed" / "report.pdf").write_bytes(sign_pdf(files["report.pdf"], other))
    assert "report.pdf: is signed by somebody else than the bundle" in told(tmp_path / "mixed")


# Hostile folders


def test_a_link_in_the_place_of_a_file_is_found(bundle, tmp_path):
    shutil.move(bundle / "audit.json", tmp_path / "elsewhere.json")
    (bundle / "audit.json").symlink_to(tmp_path / "elsewhere.json")
    assert "audit.json: is a symbolic link" in told(bundle)


def test_a_link_in_the_place_of_a_folder_is_found_and_not_followed(bundle, tmp_path):
    shutil.move(bundle / "evidence", tmp_path / "evidence")
    (bundle / "evidence").symlink_to(tmp_path / "evidence")
    (bundle / "loop").symlink_to(bundle)
    text = told(bundle)
    assert "evidence: is a symbolic link" in text
    assert "loop: is a symbolic link" in text
    assert "evidence/cells.csv: is missing" in text


def test_a_pipe_in_the_place_of_a_file_does_not_hang(bundle):
    (bundle / "audit.json").unlink()
    os.mkfifo(bundle / "audit.json")
    assert "audit.json: is neither a file nor a folder" in told(bundle)


def test_a_folder_in_the_place_of_a_file_is_found(bundle):
    (bundle / "gate.json").unlink()
    (bundle / "gate.json").mkdir()
    assert {"gate.json", "gate.json/"} <= faults(bundle)


def test_an_empty_folder_and_a_very_deep_one_are_found(bundle):
    (bundle / "empty").mkdir()
    (bundle / "/".join("abcdefghijklmnop")).mkdir(parents=True)
    assert "empty/" in faults(bundle)
    assert "too deep" in told(bundle)


def test_a_file_of_a_terabyte_is_not_read(bundle):
    with (bundle / "audit.json").open("wb") as file:
        file.truncate(10**12)
    assert "audit.json: cannot be read: it is larger than" in told(bundle)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"{", b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe", b"null", b"1e999999", b'"' + b"x" * 10**6,
     b'{"assay":"audit/v1","assay":"audit/v1"}', b"9" * 100_000],
    ids=lambda data: repr(data[:10]),
)  # fmt: skip
def test_a_record_of_garbage_is_a_named_problem_even_when_it_is_signed(tmp_path, files, signer, data):
    garbage = {"audit.json": data, "gate.json": data, "report.html": files["report.html"]}
    write_bundle(tmp_path / "garbage", garbage, signer=signer)
    assert {"audit.json", "gate.json"} <= faults(tmp_path / "garbage")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"\x00\xff" * 1000, b"<" * 300_000], ids=["binary", "brackets"])
def test_no_file_of_garbage_gives_more_than_problems(bundle, name, data):
    (bundle / name).write_bytes(data)
    assert name in faults(bundle)


def test_a_signature_cut_in_the_middle_is_found(bundle):
    path = bundle / "META-INF/signature001.p7s"
    path.write_bytes(path.read_bytes()[:500])
    assert "META-INF/signature001.p7s: the signature does not hold" in told(bundle)


def test_an_xml_bomb_in_the_place_of_the_manifest_is_refused(bundle):
    bomb = '<!DOCTYPE b [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30))
    path = bundle / "META-INF/ASiCManifest001.xml"
    path.write_text(f'<?xml version="1.0"?>{bomb}]><b>&a29;</b>')
    assert "refused" in told(bundle)


def test_sha256sums_of_hostile_lines_is_printed_harmlessly(bundle):
    (bundle / "SHA256SUMS").write_bytes(b"0" * 64 + b"  \x1b[2J" + b"x" * 1000 + b"\n")
    text = told(bundle)
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) < 400


# What is no bundle


def test_what_is_no_bundle_is_one_error_with_the_place(tmp_path):
    (tmp_path / "file.asice").write_bytes(b"PK")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing", tmp_path / "file.asice", tmp_path / "folder", tmp_path / ("x" * 5000)):
        with pytest.raises(AssayError) as caught:
            verify(path)
        assert caught.value.kind == "invalid"
        assert caught.value.where == str(path)
        assert caught.value.hint
