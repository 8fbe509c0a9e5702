"""PAdES baseline signatures (B-B) in PDF reports: made here, checked in pdf_reading."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from assay.attest.keys import Signer
from assay.errors import SignatureError

if TYPE_CHECKING:
    from pyhanko.sign.signers.pdf_cms import Signer as PyhankoSigner

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


def _as_pyhanko(signer: Signer) -> PyhankoSigner:
    """The signer as pyHanko asks for it: the key stays where it is, only bytes to sign and signatures pass."""
    from asn1crypto.algos import SignedDigestAlgorithm
    from asn1crypto.x509 import Certificate
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

    return Adapter(
        signing_cert=Certificate.load(signer.certificate.public_bytes(Encoding.DER)),
        cert_registry=store,
        signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"}),
        embed_roots=False,
    )
