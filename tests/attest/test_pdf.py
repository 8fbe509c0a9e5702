import asyncio
import contextlib
import io
import sys
import zlib
from datetime import UTC, datetime

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from assay.attest.canonical import digest
from assay.attest.keys import Signer, signing_with
from assay.attest.pdf import sign_pdf
from assay.attest.pdf_reading import UnreadablePdf, read_pdf
from assay.errors import SignatureError


@pytest.fixture(scope="module")
def signed_pdf(files, signer):
    return sign_pdf(files["report.pdf"], signer, reason="Author: a test")


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

    assert read_pdf(asyncio.run(sign())).signatures[0].holds


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"garbage" * 1000])
def test_what_is_no_pdf_cannot_be_signed_and_the_error_says_so(data, signer):
    with pytest.raises(SignatureError) as caught:
        sign_pdf(data, signer)
    assert caught.value.where == "report.pdf"
    assert caught.value.hint


def test_a_report_is_not_signed_twice(signed_pdf, signer):
    with pytest.raises(SignatureError, match="signed already"):
        sign_pdf(signed_pdf, signer)


def test_a_pdf_without_signature_reads_as_such(files):
    assert read_pdf(files["report.pdf"]).signatures == ()


def test_a_byte_changed_on_a_page_breaks_the_signature(signed_pdf):
    bad = bytearray(signed_pdf)
    bad[50] ^= 1
    with contextlib.suppress(UnreadablePdf):
        assert not read_pdf(bytes(bad)).signatures[0].holds


def test_bytes_behind_the_end_are_not_covered(signed_pdf):
    found = read_pdf(signed_pdf + b"\n% more\n")
    assert not found.signatures[-1].covers_file


def test_a_later_revision_is_not_covered(signed_pdf):
    found = read_pdf(with_revision(signed_pdf))
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
    assert not any(one.holds and one.covers_file for one in read_pdf(out.getvalue()).signatures)


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
    assert [(one.holds, one.covers_file) for one in read_pdf(data).signatures] == [(True, True)]
    (tmp_path / "report.pdf").write_bytes(data)
    assert "Signature is Valid." in tool("pdfsig", "report.pdf", cwd=tmp_path).stdout
