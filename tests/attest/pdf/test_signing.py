import asyncio
import contextlib
import io
import sys
import zlib
from datetime import UTC, datetime
from typing import get_args

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from assay.attest.canonical import digest
from assay.attest.keys import Signer, signing_with
from assay.attest.pdf.inspection import inspect
from assay.attest.pdf.material import ValidationMaterial
from assay.attest.pdf.reading import UnreadablePdf, pdf_attachment, read_pdf
from assay.attest.pdf.signing import sign_pdf, timestamp_pdf
from assay.attest.timestamps import HttpAuthority
from assay.errors import SignatureError
from assay.record.signature import Meaning
from attest.pki import ocsp_answer


@pytest.fixture(scope="module")
def signed_pdf(files, signer):
    return sign_pdf(files["report.pdf"], signer, note="a test")


def test_a_signed_report_carries_one_pades_signature_over_the_whole_file(files, signer, signed_pdf):
    found = read_pdf(signed_pdf)
    assert [(one.holds, one.covers_file, one.pades, one.certificate) for one in found.signatures] == [
        (True, True, True, signer.fingerprint)
    ]
    assert found.attachments == (("audit.json", digest(files["audit.json"])),)


def test_signing_only_adds_bytes_behind_the_report(files, signed_pdf):
    assert signed_pdf.startswith(files["report.pdf"])


def test_pdfsig_calls_the_signature_valid_and_the_document_totally_signed(signed_pdf, tmp_path, tool):
    (tmp_path / "report.pdf").write_bytes(signed_pdf)
    text = tool("pdfsig", "report.pdf", cwd=tmp_path).stdout
    assert "Signature is Valid." in text
    assert "Total document signed" in text
    assert "ETSI.CAdES.detached" in text
    assert "ASSAY DEMO - NOT A REAL IDENTITY" in text


def test_qpdf_finds_no_fault_in_a_signed_report(signed_pdf, tmp_path, tool):
    (tmp_path / "report.pdf").write_bytes(signed_pdf)
    answer = tool("qpdf", "--check", "report.pdf", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout


def test_the_signature_shows_nothing_on_a_page(signed_pdf):
    with pikepdf.open(io.BytesIO(signed_pdf)) as pdf:
        widgets = [note for page in pdf.pages for note in page.get("/Annots", [])]
        assert [[float(edge) for edge in widget["/Rect"]] for widget in widgets] == [[0, 0, 0, 0]]
        assert [str(widget["/V"]["/Reason"]) for widget in widgets] == ["Author: a test"]


def test_signing_works_inside_a_running_event_loop_such_as_a_notebook(files, signer):
    async def sign():
        return sign_pdf(files["report.pdf"], signer)

    assert inspect(asyncio.run(sign())).signatures[0].holds


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"garbage" * 1000])
def test_what_is_no_pdf_cannot_be_signed_and_the_error_says_so(data, signer):
    with pytest.raises(SignatureError) as caught:
        sign_pdf(data, signer)
    assert caught.value.where == "report.pdf"
    assert caught.value.hint


def test_two_people_sign_one_report_and_pdfsig_calls_the_last_one_totally_signed(files, pki, tsa, tmp_path, tool):
    authority = HttpAuthority(tsa.url)
    for level in ({}, {"authority": authority}):
        once = sign_pdf(files["report.pdf"], pki.author.signer, **level)
        twice = sign_pdf(once, pki.approver.signer, meaning="approver", note="for production", **level)
        assert twice.startswith(once)
        first, last = inspect(twice).signatures
        assert (first.name, first.meaning, first.certifies, first.later_changes) == (
            "Test Author", "author", True, "allowed",
        )  # fmt: skip
        assert (last.name, last.meaning, last.certifies, last.covers_file) == ("Test Approver", "approver", False, True)
        assert [one.stamp is not None for one in (first, last)] == [bool(level)] * 2
        assert inspect(twice).faults == ()
        (tmp_path / "report.pdf").write_bytes(twice)
        text = tool("pdfsig", "report.pdf", cwd=tmp_path).stdout
        assert text.count("Signature is Valid.") == 2
        assert text.index("Not total document signed") < text.index("  - Total document signed")


@pytest.mark.parametrize("meaning", get_args(Meaning))
def test_the_meaning_is_the_first_word_a_viewer_shows_and_is_read_back(files, pki, meaning):
    data = sign_pdf(files["report.pdf"], pki.author.signer, meaning=meaning)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].V.Reason).startswith(f"{meaning.capitalize()}: ")
    assert inspect(data).signatures[0].meaning == meaning


def test_a_reason_that_is_none_of_ours_has_no_meaning(files, pki):
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    from assay.attest.pdf.signing import _as_pyhanko

    writer = IncrementalPdfFileWriter(io.BytesIO(files["report.pdf"]))
    metadata = signers.PdfSignatureMetadata("Other", reason="I am the author", md_algorithm="sha256")
    data = signers.sign_pdf(writer, metadata, _as_pyhanko(pki.author.signer, None)).getvalue()
    (one,) = inspect(data).signatures
    assert (one.meaning, one.pades) == (None, False)
    assert inspect(data).faults == ("carries a signature that is not PAdES",)


def test_revocation_information_lies_in_the_file_before_a_timestamp_covers_it(files, pki, tsa):
    """B-LT in one revision, so that the signature covers the whole file; B-LTA by a timestamp behind it."""
    material = ValidationMaterial(roots=(pki.root.der,), timestamp_roots=(pki.stamp_root.der,), crls=pki.crls())
    authority = HttpAuthority(tsa.url)
    long_term = sign_pdf(files["report.pdf"], pki.author.signer, authority=authority, validation=material)
    found = inspect(long_term)
    assert (found.faults, set(found.evidence.revocation)) == ((), set(material.crls))
    assert {pki.author.der, pki.house.der, pki.stamper.der} <= set(found.evidence.certificates)
    renewed = inspect(timestamp_pdf(timestamp_pdf(long_term, authority, validation=material), authority))
    assert renewed.faults == ()
    assert [(one.field, one.kind) for one in renewed.signatures] == [
        ("Signature1", "signature"), ("Timestamp1", "timestamp"), ("Timestamp2", "timestamp"),
    ]  # fmt: skip


def test_revocation_information_that_says_nothing_of_a_certificate_is_no_evidence(files, pki, tsa):
    half = ValidationMaterial(crls=pki.crls()[:1])
    with pytest.raises(SignatureError, match="no revocation information covers the certificate CN=Test Author"):
        sign_pdf(files["report.pdf"], pki.author.signer, validation=half)
    people = ValidationMaterial(crls=pki.crls()[:2])
    signed = sign_pdf(files["report.pdf"], pki.author.signer, validation=people)
    with pytest.raises(SignatureError, match="CN=ASSAY TEST TIMESTAMPS"):
        timestamp_pdf(signed, HttpAuthority(tsa.url), validation=people)
    answered = ValidationMaterial(crls=pki.crls()[:1], ocsps=(ocsp_answer(pki.house, pki.author),))
    assert inspect(sign_pdf(files["report.pdf"], pki.author.signer, validation=answered)).faults == ()


def test_an_authority_that_gives_no_timestamp_leaves_no_half_signed_report(files, pki):
    with pytest.raises(SignatureError, match="cannot be reached"):
        sign_pdf(files["report.pdf"], pki.author.signer, authority=HttpAuthority("http://127.0.0.1:1/", seconds=2))


def test_an_edwards_curve_signs_no_pdf_and_one_that_did_is_told(files):
    """poppler calls such a file "not signed or corrupted", openssl 3.0 refuses its digest."""
    from asn1crypto.keys import PrivateKeyInfo
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Edwards")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1).not_valid_before(
        datetime(2020, 1, 1, tzinfo=UTC)
    )
    certificate = builder.not_valid_after(datetime(2100, 1, 1, tzinfo=UTC)).sign(key, None)
    with pytest.raises(SignatureError, match="Edwards-curve"):
        sign_pdf(files["report.pdf"], Signer("Edwards", certificate, (), key.sign))
    other = signers.SimpleSigner(
        signing_cert=Certificate.load(certificate.public_bytes(Encoding.DER)),
        signing_key=PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        cert_registry=SimpleCertificateStore(),
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(files["report.pdf"]))
    metadata = signers.PdfSignatureMetadata("Signature1", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha512")
    (fault,) = inspect(signers.sign_pdf(writer, metadata, other).getvalue()).faults
    assert "Edwards-curve" in fault


def test_an_attached_file_comes_out_as_it_went_in(files, signed_pdf):
    assert pdf_attachment(signed_pdf, "audit.json") == files["audit.json"]
    with pytest.raises(UnreadablePdf, match=r"0 attached files of the name gate\.json"):
        pdf_attachment(signed_pdf, "gate.json")


def test_a_pdf_without_signature_reads_as_such(files):
    assert inspect(files["report.pdf"]).signatures == ()


def test_a_byte_changed_on_a_page_breaks_the_signature(signed_pdf):
    bad = bytearray(signed_pdf)
    bad[50] ^= 1
    with contextlib.suppress(UnreadablePdf):
        assert not inspect(bytes(bad)).signatures[0].holds


def test_bytes_behind_the_end_are_not_covered(signed_pdf):
    found = inspect(signed_pdf + b"\n% more\n")
    assert not found.signatures[-1].covers_file


def test_a_later_revision_is_not_covered(signed_pdf):
    found = inspect(with_revision(signed_pdf))
    assert found.signatures[0].holds
    assert not found.signatures[0].covers_file


def with_revision(data):
    """The same PDF with one more revision, which swaps a page's content."""
    from pyhanko.pdf_utils.generic import NameObject, NumberObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root[NameObject("/Changed")] = NumberObject(1)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_rewritten_pdf_is_not_what_was_signed(signed_pdf):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_pdf)) as pdf:
        pdf.save(out)
    assert not any(one.holds and one.covers_file for one in inspect(out.getvalue()).signatures)


@pytest.mark.parametrize("data", [b"", b"garbage", b"%PDF-1.7\n%%EOF", b"\x00" * 10_000, b"[" * 100_000])
def test_garbage_is_one_error_in_one_line(data):
    with pytest.raises(UnreadablePdf) as caught:
        read_pdf(data)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce a limit on memory")
def test_an_attachment_that_unpacks_to_ten_gigabytes_does_not_eat_the_machine(files):
    layer = zlib.compressobj(9)
    first, again = (layer.compress(b"\0" * 10**7) + layer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    pdf = pikepdf.open(io.BytesIO(files["report.pdf"]))
    bomb = pdf.make_indirect(pikepdf.Stream(pdf, first + again * 1000, Filter=pikepdf.Name("/FlateDecode")))
    specification = pdf.attachments["audit.json"]
    specification.obj["/EF"]["/F"] = specification.obj["/EF"]["/UF"] = bomb
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    with pytest.raises(UnreadablePdf):
        read_pdf(out.getvalue())


def test_a_report_signed_with_rsa_3072_by_a_self_made_certificate_holds_too(files, tmp_path, tool):
    key = rsa.generate_private_key(65537, 3072)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Self-made")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    data = sign_pdf(files["report.pdf"], Signer("Self-made", certificate, (), signing_with(key)))
    assert [(one.holds, one.covers_file) for one in inspect(data).signatures] == [(True, True)]
    (tmp_path / "report.pdf").write_bytes(data)
    assert "Signature is Valid." in tool("pdfsig", "report.pdf", cwd=tmp_path).stdout
