"""A signer from a PKCS #12 file (.p12, .pfx), as browsers, Windows, Java and certificate authorities make it."""

from __future__ import annotations

from datetime import datetime

from asn1crypto import pkcs12 as asn1
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from assay.attest.keys.password import Password, needed
from assay.attest.keys.signer import Signer, readable, signer_with
from assay.errors import SignatureError

_WHAT_A_FILE_HOLDS = "a PKCS #12 file holds one private key, its certificate and the certificates above it"
_KEY_BAGS = ("key_bag", "pkcs8_shrouded_key_bag")


def is_der(data: bytes) -> bool:
    """Say whether bytes begin as PKCS #12 does, and as no PEM file: with an ASN.1 sequence."""
    return data[:1] == b"\x30"


def read_pkcs12(data: bytes, where: str, password: Password, now: datetime) -> Signer:
    """Read a signer from the bytes of a PKCS #12 file."""
    keys = _count_keys(data, where)
    if keys > 1:
        raise SignatureError(f"the file holds {keys} private keys", where=where, hint=_WHAT_A_FILE_HOLDS)
    opened = _opened(data, None)
    if opened is None:
        opened = _opened(data, needed(password, f"password of {where}", where))
    if opened is None:
        raise SignatureError(
            "the password does not open the file, or the file is damaged", where=where, hint="try again"
        )
    if opened.key is None:
        raise SignatureError("the file holds no private key", where=where, hint=_WHAT_A_FILE_HOLDS)
    held = [*([opened.cert] if opened.cert else []), *opened.additional_certs]
    try:
        certificates = [readable(one.certificate) for one in held]
    except ValueError as error:
        raise SignatureError("a certificate of the file is damaged", where=where, hint=_WHAT_A_FILE_HOLDS) from error
    return signer_with(opened.key, certificates, where, now)


def _opened(data: bytes, password: bytes | None) -> pkcs12.PKCS12KeyAndCertificates | None:
    """Without a password: as a file that needs none."""
    try:
        return pkcs12.load_pkcs12(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _count_keys(data: bytes, where: str) -> int:
    """Count the keys that are seen without the password: all of them, in files as programs make them.

    What opens the file would take the first of several, which may be another than the user means.
    """
    try:
        parts = asn1.Pfx.load(data, strict=True).authenticated_safe
        plain = [
            asn1.SafeContents.load(part["content"].native) for part in parts if part["content_type"].native == "data"
        ]
        return sum(bag["bag_id"].native in _KEY_BAGS for bags in plain for bag in bags)
    except Exception as error:
        # asn1crypto parses as it is read and raises whatever the bytes provoke.
        raise SignatureError(
            "the file is neither PEM nor PKCS #12",
            where=where,
            hint="`openssl pkcs8` and `openssl x509` turn DER into PEM",
        ) from error
