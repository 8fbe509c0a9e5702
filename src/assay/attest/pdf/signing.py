"""PAdES signatures (B-B, B-T, B-LT) and document timestamps (B-LTA) in PDF reports: made here, checked in reading.

Each is an incremental update of its own, in an invisible field, so that the file stays PDF/A and PDF/UA and the
earlier bytes stay as they are. The first signature certifies: it allows no change but further signatures.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from assay.attest.keys import Signer, refused_key
from assay.attest.pdf.material import ValidationMaterial
from assay.attest.timestamps import Authority, read_timestamp
from assay.errors import SignatureError
from assay.record.signature import Meaning

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers.pdf_cms import Signer as PyhankoSigner

MEANT: dict[Meaning, str] = {
    "author": "Author: made this report",
    "reviewer": "Reviewer: reviewed this report",
    "approver": "Approver: approves this report",
    "responsibility": "Responsibility: answers for this report",
}
"""The reason that a PDF viewer shows beside a signature. Its first word is the meaning."""


def sign_pdf(
    data: bytes,
    signer: Signer,
    *,
    meaning: Meaning = "author",
    note: str | None = None,
    authority: Authority | None = None,
    validation: ValidationMaterial | None = None,
) -> bytes:
    """Add one invisible PAdES signature that covers the whole file; keeps PDF/A and PDF/UA conformance.

    The first certifies the report and allows nothing but further signatures; those after it approve. With an
    `authority` the signature carries its timestamp (B-T); with `validation` the file carries the revocation
    information needed later (B-LT). Raises SignatureError for a file that is not a PDF, is damaged or encrypted, and
    for a key that verifiers of PDF refuse (Ed25519).
    """
    refused = refused_key(signer.certificate.public_key())
    if refused is not None:
        raise SignatureError(f"the signer's key is {refused}", where="report.pdf", hint="use a P-256 or RSA-3072 key")
    reason = MEANT[meaning] if note is None else f"{MEANT[meaning].partition(':')[0]}: {note}"

    def sign() -> bytes:
        from pyhanko.sign import signers
        from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

        writer = _writer(data)
        if validation is not None:
            _embed(writer, validation, (signer.certificate, *signer.chain), authority)
        is_first = not writer.prev.embedded_signatures
        metadata = signers.PdfSignatureMetadata(
            field_name=_free_field(writer, "Signature"),
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            name=signer.name,
            certify=is_first,
            docmdp_permissions=MDPPerm.FILL_FORMS,
        )
        signed: bytes = signers.sign_pdf(writer, metadata, _as_pyhanko(signer, authority)).getvalue()
        return signed

    return _in_a_thread(sign, "the PDF report cannot be signed")


def timestamp_pdf(data: bytes, authority: Authority, *, validation: ValidationMaterial | None = None) -> bytes:
    """Add a document timestamp over the whole file.

    With `validation` the certificates of all earlier signatures and the revocation information are embedded first
    (B-LTA): they are then proven to have been known at that time. Raises SignatureError like `sign_pdf`.
    """

    def timestamp() -> bytes:
        from asn1crypto import cms
        from pyhanko.sign.fields import SigFieldSpec
        from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
        from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

        writer = _writer(data)
        if validation is not None:
            _embed(writer, validation, _carried(writer), authority)
        field = _free_field(writer, "Timestamp")
        placed = PdfCMSEmbedder(new_field_spec=SigFieldSpec(field, readable_field_name="Timestamp")).write_cms(
            field_name=field, writer=writer
        )
        next(placed)
        room = 4 * len(authority.token(b""))  # hexadecimal, and as much again: tokens differ in length
        placeholder = DocumentTimestamp(bytes_reserved=room)  # type: ignore[no-untyped-call]
        placed.send(SigObjSetup(sig_placeholder=placeholder))
        prepared, written = placed.send(SigIOSetup(md_algorithm="sha256"))
        file = bytes(written.getbuffer())
        content = file[: prepared.reserved_region_start] + file[prepared.reserved_region_end :]
        placed.send(cms.ContentInfo.load(authority.token(content)))
        return bytes(written.getvalue())

    return _in_a_thread(timestamp, "the PDF report cannot be timestamped")


def _in_a_thread(work: Callable[[], bytes], what: str) -> bytes:
    """Do the work where no event loop runs: pyHanko runs one of its own, which fails inside another (a notebook)."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    try:
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(work).result()
    except (PdfError, SigningError, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        raise SignatureError(
            f"{what}: {error}",
            where="report.pdf",
            hint="make the report again; a bundle without --sign can still be written",
        ) from error


def _writer(data: bytes) -> IncrementalPdfFileWriter:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    return IncrementalPdfFileWriter(io.BytesIO(data))


def _free_field(writer: IncrementalPdfFileWriter, kind: str) -> str:
    from pyhanko.sign.fields import enumerate_sig_fields

    taken = {name for name, *_ in enumerate_sig_fields(writer.prev)}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{kind}{number}") not in taken)


def _embed(
    writer: IncrementalPdfFileWriter,
    material: ValidationMaterial,
    certificates: Iterable[x509.Certificate],
    authority: Authority | None,
) -> None:
    """Put certificates and revocation information into the file (its document security store)."""
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    found = list(certificates)
    if authority is not None:
        own = read_timestamp(authority.token(b""), b"")  # the only way to learn its certificates
        found += [own.certificate, *own.chain]
    _refuse_uncovered(found, material)
    ders = dict.fromkeys([*(one.public_bytes(Encoding.DER) for one in found), *material.roots])
    ders |= dict.fromkeys(material.timestamp_roots)
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        sig_contents=None,
        certs=[Certificate.load(one) for one in ders],
        crls=_crls(material),
        ocsps=_ocsps(material),
    )


def _refuse_uncovered(certificates: Iterable[x509.Certificate], material: ValidationMaterial) -> None:
    """Revocation information that says nothing of a certificate would be no evidence about it later."""
    listed = {one.issuer.dump() for one in _crls(material)}
    answered = {
        answer["cert_id"]["serial_number"].native
        for one in _ocsps(material)
        for answer in one.basic_ocsp_response["tbs_response_data"]["responses"]
    }
    for one in certificates:
        if one.subject != one.issuer and one.issuer.public_bytes() not in listed and one.serial_number not in answered:
            raise SignatureError(
                f"no revocation information covers the certificate {one.subject.rfc4514_string()}",
                where="report.pdf",
                hint="give the revocation list (CRL) of its issuer, or an OCSP answer about it",
            )


def _crls(material: ValidationMaterial) -> list[Any]:
    from asn1crypto.crl import CertificateList

    return [CertificateList.load(one, strict=True) for one in material.crls]


def _ocsps(material: ValidationMaterial) -> list[Any]:
    from asn1crypto.ocsp import OCSPResponse

    return [OCSPResponse.load(one, strict=True) for one in material.ocsps]


def _carried(writer: IncrementalPdfFileWriter) -> list[x509.Certificate]:
    """Every certificate that the signatures and timestamps of the file carry."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    messages = []
    for one in writer.prev.embedded_signatures:
        messages += [one.signed_data, *extract_tst_data_iter(one.signer_info, signed=False)]
    ders = dict.fromkeys(choice.chosen.dump() for data in messages for choice in data["certificates"])
    return [x509.load_der_x509_certificate(one) for one in ders]


def _as_pyhanko(signer: Signer, authority: Authority | None) -> PyhankoSigner:
    """The signer as pyHanko asks for it: the key stays where it is, only bytes to sign and signatures pass."""
    from asn1crypto import cms
    from asn1crypto.algos import SignedDigestAlgorithm
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.attributes import CMSAttributeProvider, UnsignedAttributeProviderSpec
    from pyhanko.sign.signers.pdf_cms import Signer as PyhankoSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for one in signer.chain:
        if one.subject != one.issuer:
            store.register(Certificate.load(one.public_bytes(Encoding.DER)))
    is_rsa = isinstance(signer.certificate.public_key(), rsa.RSAPublicKey)

    class Adapter(PyhankoSigner):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            del digest_algorithm  # always SHA-256
            return bytes(512) if dry_run else signer.sign(data)

    adapter = Adapter(
        signing_cert=Certificate.load(signer.certificate.public_bytes(Encoding.DER)),
        cert_registry=store,
        signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"}),
        embed_roots=False,
    )
    if authority is not None:
        asked = authority

        class Stamped(CMSAttributeProvider):
            attribute_type = "signature_time_stamp_token"

            def __init__(self, signature: bytes) -> None:
                self.signature = signature

            async def build_attr_value(self, dry_run: bool = False) -> cms.ContentInfo:
                del dry_run  # only a true token tells how long one is
                return cms.ContentInfo.load(asked.token(self.signature))

        class Stamping(UnsignedAttributeProviderSpec):
            def unsigned_attr_providers(
                self, signature: bytes, signed_attrs: cms.CMSAttributes, digest_algorithm: str
            ) -> Iterable[CMSAttributeProvider]:
                del signed_attrs, digest_algorithm
                return (Stamped(signature),)

        adapter.unsigned_attr_prov_spec = Stamping()
    return adapter
