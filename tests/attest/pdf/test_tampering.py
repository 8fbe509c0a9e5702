"""Every attack on a signed PDF, judged by assay and by three outside programs.

What the outside programs say of each attack is written down here, because a reader who only asks one of them should
know what it does not see: pdfsig and openssl call a signature valid when somebody wrote over the page afterwards.
"""

import contextlib
import io
import logging
import subprocess

import pytest

from assay.attest.pdf.inspection import Budget, inspect
from assay.attest.pdf.material import ValidationMaterial
from assay.attest.pdf.reading import read_pdf
from assay.attest.pdf.signing import sign_pdf, timestamp_pdf
from assay.attest.timestamps import HttpAuthority
from attest import attacks

pytestmark = pytest.mark.campaign

LEVELS = ("B-B", "B-T", "two people", "B-LTA")

CHANGED = "its own signature does not hold"
MORE = "does not cover the entire file"
FORBIDDEN = "does not allow"

ATTACKS = {
    attacks.flip_in_page: CHANGED,
    attacks.flip_in_padding: CHANGED,
    attacks.write_on_page: FORBIDDEN,
    attacks.swap_evidence: FORBIDDEN,
    attacks.append: MORE,
    attacks.append_an_end: MORE,
    attacks.rewrite: CHANGED,
    attacks.take_off: "is not signed",
}
"""Attack, and what assay says of it at every level."""


@pytest.fixture(scope="module")
def unsigned(files) -> bytes:
    return files["report.pdf"]


@pytest.fixture(scope="module")
def material(pki) -> ValidationMaterial:
    return ValidationMaterial(roots=(pki.root.der,), timestamp_roots=(pki.stamp_root.der,), crls=pki.crls())


@pytest.fixture(scope="module")
def signed(unsigned, pki, tsa, material) -> dict[str, bytes]:
    authority = HttpAuthority(tsa.url)
    once = sign_pdf(unsigned, pki.author.signer, authority=authority)
    twice = sign_pdf(once, pki.approver.signer, meaning="approver", authority=authority)
    archived = timestamp_pdf(twice, authority, validation=material)
    return {
        "B-B": sign_pdf(unsigned, pki.author.signer),
        "B-T": once,
        "two people": twice,
        "B-LTA": archived,
    }


def named(attack) -> str:
    return attack.__name__


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_wrong_with_a_report_that_nobody_touched(signed, level):
    assert inspect(signed[level]).faults == ()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("attack", ATTACKS, ids=named)
def test_every_attack_is_noticed_at_every_level(signed, attack, level):
    faults = inspect(attack(signed[level])).faults
    assert any(ATTACKS[attack] in one for one in faults), faults


def test_a_changed_byte_beside_the_signed_attributes_is_noticed_once_something_later_covers_it(signed, pki):
    """Nothing signs the certificates that a lone signature carries: the bundle's digests and trust notice it there."""
    forged = {level: attacks.flip_in_contents(signed[level], pki.house) for level in LEVELS}
    assert [bool(inspect(forged[level]).faults) for level in LEVELS] == [False, False, True, True]
    kinds = [(one.kind, one.holds) for one in inspect(forged["B-LTA"]).signatures]
    assert kinds == [("signature", True), ("signature", False), ("timestamp", False)]


def test_signing_over_a_forged_page_does_not_heal_it(signed, pki):
    """The last signature holds and covers the file; the first says what it does not allow."""
    forged = sign_pdf(attacks.write_on_page(signed["B-T"]), pki.approver.signer, meaning="approver")
    first, last = inspect(forged).signatures
    assert (first.later_changes, last.later_changes, last.holds, last.covers_file) == ("forbidden", "none", True, True)
    assert any(FORBIDDEN in one for one in inspect(forged).faults)


def test_a_later_signature_may_not_show_anything_on_a_page(signed, pki):
    """A visible signature draws what its maker likes, wherever on a page."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    from assay.attest.pdf.signing import _as_pyhanko

    signer = signers.PdfSigner(
        signers.PdfSignatureMetadata("Signature2", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES),
        signer=_as_pyhanko(pki.approver.signer, None),
        new_field_spec=fields.SigFieldSpec("Signature2", on_page=0, box=(20, 20, 200, 100)),
    )
    drawn = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(signed["B-T"]))).getvalue()
    first, last = inspect(drawn).signatures
    assert (first.later_changes, last.holds, last.covers_file) == ("forbidden", True, True)


def test_a_timestamp_over_a_forged_page_does_not_heal_it(signed, tsa):
    forged = timestamp_pdf(attacks.swap_evidence(signed["B-B"]), HttpAuthority(tsa.url))
    assert [one.later_changes for one in inspect(forged).signatures] == ["forbidden", "none"]


def test_a_report_with_nothing_but_a_timestamp_is_not_signed(unsigned, tsa):
    assert "is not signed" in inspect(timestamp_pdf(unsigned, HttpAuthority(tsa.url))).faults


def test_the_process_of_its_own_finds_the_same(signed):
    assert read_pdf(signed["B-LTA"]) == inspect(signed["B-LTA"])


def test_what_takes_too_long_to_compare_counts_as_changed(signed):
    reading = inspect(signed["two people"], seconds=0)
    assert [one.later_changes for one in reading.signatures] == [
        "not checked: comparing revisions takes more than 0 seconds",
        "none",
    ]
    assert any("not checked" in one for one in reading.faults)


def test_no_work_outlasts_its_budget_whatever_it_catches():
    def stubborn() -> str:
        while True:
            with contextlib.suppress(Exception):  # as a parser might
                sum(range(1000))

    assert Budget(0.2).spend(stubborn) == "not checked: comparing revisions takes more than 0.2 seconds"


PDFSIG = {
    None: ("Signature is Valid.", "Total document signed"),
    attacks.flip_in_page: ("Digest Mismatch.", "Total document signed"),
    attacks.flip_in_padding: ("Signature is Valid.", "Not total document signed"),
    attacks.write_on_page: ("Signature is Valid.", "Not total document signed"),
    attacks.swap_evidence: ("Signature is Valid.", "Not total document signed"),
    attacks.append: ("Signature is Valid.", "Not total document signed"),
    attacks.append_an_end: ("Signature is Valid.", "Not total document signed"),
    attacks.rewrite: ("Signature has not yet been verified.", "Not total document signed"),
    attacks.take_off: ("does not contain any signatures",),
}
"""What pdfsig (poppler 22.12) prints of a B-T report. Its exit code is 0 but for the last."""

MUTOOL = {
    None: "The document is unchanged since signing.",
    attacks.flip_in_page: "Digest error: Signature invalidated by change to document.",
    attacks.flip_in_padding: "The document is unchanged since signing.",
    attacks.write_on_page: "The signature is valid but there have been edits since signing.",
    attacks.swap_evidence: "The signature is valid but there have been edits since signing.",
    attacks.append: "The signature is valid but there have been edits since signing.",
    attacks.append_an_end: "The signature is valid but there have been edits since signing.",
    attacks.rewrite: "signature byte range extends past end of file",
    attacks.take_off: "",
}
"""What `mutool sign -v` (mupdf 1.21) prints of it."""

OPENSSL = {
    None: True,
    attacks.flip_in_page: False,
    attacks.flip_in_padding: True,
    attacks.write_on_page: True,
    attacks.swap_evidence: True,
    attacks.append: True,
    attacks.append_an_end: True,
    attacks.rewrite: False,
}
"""Whether `openssl cms -verify -cades` believes the first signature over its /ByteRange."""


@pytest.mark.parametrize("attack", PDFSIG, ids=lambda one: one and named(one))
def test_what_pdfsig_says_of_it(signed, attack, tmp_path, tool):
    answer = told(tool, "pdfsig", forged=attacked(signed, attack), folder=tmp_path)
    text = answer.stdout + answer.stderr
    assert all(part in text for part in PDFSIG[attack]), text
    assert ("Signature is Valid." in text) == ("Signature is Valid." in PDFSIG[attack])
    assert (answer.returncode == 0) == (attack is not attacks.take_off)


@pytest.mark.parametrize("attack", MUTOOL, ids=lambda one: one and named(one))
def test_what_mutool_says_of_it(signed, attack, tmp_path, tool):
    answer = told(tool, "mutool", "sign", "-v", forged=attacked(signed, attack), folder=tmp_path)
    text = (answer.stdout + answer.stderr).strip()
    assert MUTOOL[attack] in text if MUTOOL[attack] else not text, text


@pytest.mark.parametrize("attack", OPENSSL, ids=lambda one: one and named(one))
def test_what_openssl_says_of_it(signed, attack, tmp_path, tool, pki):
    from pyhanko.pdf_utils.reader import PdfFileReader

    data = attacked(signed, attack)
    (tmp_path / "forged.pdf").write_bytes(data)
    with (tmp_path / "forged.pdf").open("rb") as file:
        signature = PdfFileReader(file).embedded_signatures[0]
        first, length, second, rest = (int(number) for number in signature.byte_range)
        (tmp_path / "signature.der").write_bytes(signature.pkcs7_content)
    (tmp_path / "content").write_bytes(data[first : first + length] + data[second : second + rest])
    (tmp_path / "root.pem").write_bytes(pki.root.pem)
    of_what = ("-inform", "DER", "-in", "signature.der", "-content", "content", "-CAfile", "root.pem", "-out", "out")
    answer = tool("openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", *of_what, cwd=tmp_path)
    assert ("CAdES Verification successful" in answer.stderr) == OPENSSL[attack], answer.stderr


def test_pdfsig_cannot_call_an_archived_report_totally_signed_by_a_person(signed, tmp_path, tool):
    """It does not know document timestamps: the last signature of B-LTA is one it has "not yet verified"."""
    answer = told(tool, "pdfsig", forged=signed["B-LTA"], folder=tmp_path)
    assert answer.stdout.count("Signature is Valid.") == 2
    assert answer.stdout.count("Signature has not yet been verified.") == 1
    assert answer.stdout.count("  - Total document signed") == 1


def attacked(signed, attack) -> bytes:
    return signed["B-T"] if attack is None else attack(signed["B-T"])


def told(tool, *command: str, forged: bytes, folder) -> subprocess.CompletedProcess[str]:
    (folder / "forged.pdf").write_bytes(forged)
    return tool(*command, "forged.pdf", cwd=folder)
