"""PAdES baseline signatures (B-B) in PDF reports: made here, checked in pdf_reading."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assay.attest.keys import Signer
from assay.errors import SignatureError

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Signature1"


def sign_pdf(data: bytes, signer: Signer, *, reason: str = "Author of this audit report") -> bytes:
    """Add one invisible PAdES B-B signature that covers the whole file; keeps PDF/A and PDF/UA conformance.

    Raises SignatureError for a file that is not a PDF, is damaged, encrypted or signed already.
    """
    # pyHanko runs an event loop of its own, which fails inside one that runs already (a notebook): hence the thread.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(_sign, data, signer, reason).result()


def _sign(data: bytes, signer: Signer, reason: str) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.general import SigningError

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        name=signer.name,
    )
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        if writer.prev.embedded_signatures:
            raise SignatureError("the report is signed already", where="report.pdf", hint="sign the unsigned report")
        signed: bytes = signers.sign_pdf(writer, metadata, _as_pyhanko(signer)).getvalue()
    except (PdfError, SigningError, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        raise SignatureError(
            f"the PDF report cannot be signed: {error}",
            where="report.pdf",
            hint="make the report again; a bundle without --sign can still be written",
        ) from error
    return signed


def _as_pyhanko(signer: Signer) -> SimpleSigner:
    from asn1crypto.keys import PrivateKeyInfo
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for one in signer.chain:
        if one.subject != one.issuer:
            store.register(Certificate.load(one.public_bytes(Encoding.DER)))
    key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=Certificate.load(signer.certificate.public_bytes(Encoding.DER)),
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=store,
        embed_roots=False,
    )
