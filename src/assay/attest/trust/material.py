"""The certificates and revocation lists that a trust file names, out of the bytes of their files."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtensionOID

from assay.attest.keys import common_name
from assay.attest.trust.chains import extension, readable

LARGEST_ROOTS = 1_000_000
LARGEST_REVOCATION = 50_000_000

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----", re.ASCII)
_UNDERSTOOD = {
    ExtensionOID.ISSUING_DISTRIBUTION_POINT,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.CRL_NUMBER,
}
_PEM = "`openssl x509 -inform DER -in FILE -out FILE.pem` makes PEM of DER."
_DAMAGED = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)
"""What cryptography raises on bytes that are not what they should be; it decodes as it is asked."""


class UnusableContent(ValueError):
    """The content of a file that a trust file cannot use; the text is a clause after the file's name."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(what)


def certificates(data: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file. Raises UnusableContent."""
    blocks = [(match[1], match[0]) for match in _BLOCK.finditer(data)]
    found = [block for label, block in blocks if label in (b"CERTIFICATE", b"TRUSTED CERTIFICATE")]
    if not found:
        raise UnusableContent("holds no certificate in PEM", _PEM)
    try:
        read = [x509.load_pem_x509_certificate(block) for block in found]
    except _DAMAGED as error:
        raise UnusableContent("holds a damaged certificate", _PEM) from error
    if not all(readable(one) for one in read):
        raise UnusableContent("holds a damaged certificate", _PEM)
    return read


def authorities(data: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file, each of an authority that may issue others."""
    if any(match[1].endswith(b"PRIVATE KEY") for match in _BLOCK.finditer(data)):
        raise UnusableContent("holds a private key", "A private key has no place here; keep it where nobody reads it.")
    read = certificates(data)
    for one in read:
        basic, usage = extension(one.extensions, x509.BasicConstraints), extension(one.extensions, x509.KeyUsage)
        if basic is None or not basic.ca or (usage is not None and not usage.key_cert_sign):
            hint = "Name the authority above it, or the certificate itself under `people`, by `certificates`."
            raise UnusableContent(f'holds "{common_name(one.subject)}", which is no authority (CA)', hint)
    return read


def revocations(data: bytes) -> list[x509.CertificateRevocationList | ocsp.OCSPResponse]:
    """The revocation lists of a PEM or DER file, or the OCSP answer of a DER file."""
    blocks = [match[0] for match in _BLOCK.finditer(data) if match[1] == b"X509 CRL"]
    try:
        if blocks:
            return [_whole(x509.load_pem_x509_crl(block)) for block in blocks]
        return [_whole(x509.load_der_x509_crl(data))]
    except UnusableContent:
        raise
    except _DAMAGED as error:
        if blocks:
            raise UnusableContent("holds a damaged revocation list") from error
    try:
        return [_successful(ocsp.load_der_ocsp_response(data))]
    except UnusableContent:
        raise
    except _DAMAGED as error:
        hint = "Lists are CRL in PEM or DER, answers OCSP responses in DER."
        raise UnusableContent("holds neither a revocation list nor an OCSP answer", hint) from error


def _whole(one: x509.CertificateRevocationList) -> x509.CertificateRevocationList:
    """Refuse what does not stand for itself: part of a list, changes to one, a list about another issuer's."""
    hint = "Ask the authority for its complete list."
    if extension(one.extensions, x509.DeltaCRLIndicator) is not None:
        raise UnusableContent("is a delta list, which only says what has changed", hint)
    part = extension(one.extensions, x509.IssuingDistributionPoint)
    if part is not None and part.indirect_crl:
        raise UnusableContent("is an indirect list, about the certificates of other authorities", hint)
    if part is not None and (part.only_some_reasons or part.only_contains_attribute_certs or part.relative_name):
        raise UnusableContent("is a part of a list", hint)
    unknown = [each.oid.dotted_string for each in one.extensions if each.critical and each.oid not in _UNDERSTOOD]
    if unknown:
        raise UnusableContent(f"has a critical extension that is not understood ({unknown[0]})", hint)
    if one.next_update_utc is None:
        raise UnusableContent("does not say when the next list comes, so nobody knows when it is out of date", hint)
    len(one)  # decodes the entries
    return one


def _successful(answer: ocsp.OCSPResponse) -> ocsp.OCSPResponse:
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        status = answer.response_status.name.replace("_", " ").lower()
        raise UnusableContent(f"is an OCSP answer that says nothing of a certificate ({status})")
    told = [(one.serial_number, one.this_update_utc, one.next_update_utc) for one in answer.responses]
    if not told or not all(readable(one) for one in answer.certificates):
        raise UnusableContent("is an OCSP answer that cannot be read")
    return answer
