"""A signer from a PEM file: the private key, its certificate and the certificates above it."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from assay.attest.keys.password import Password, needed
from assay.attest.keys.signer import Signer, readable, signer_with
from assay.errors import SignatureError

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_WHAT_A_FILE_HOLDS = "a PEM file holds the private key, its certificate and the certificates above it"


def read_pem(data: bytes, where: str, password: Password, now: datetime) -> Signer:
    """Read a signer from the bytes of a PEM file; other text between the blocks says nothing."""
    blocks = _blocks(data)
    if not blocks:
        raise SignatureError("the file holds neither a key nor a certificate", where=where, hint=_WHAT_A_FILE_HOLDS)
    key = _private_key([block for label, block in blocks if label.endswith(b"PRIVATE KEY")], where, password)
    return signer_with(
        key, [_certificate(block, where) for label, block in blocks if label == b"CERTIFICATE"], where, now
    )


def _blocks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The blocks with their labels. Line by line: an encrypted key of OpenSSL's old kind has dashes inside."""
    found: list[tuple[bytes, bytes]] = []
    label, lines = b"", list[bytes]()
    for line in data.splitlines():
        text = line.strip()
        if text.startswith(_BEGIN) and text.endswith(_DASHES):
            label, lines = text[len(_BEGIN) : -len(_DASHES)], []
        lines.append(text)
        if label and text == _END + label + _DASHES:
            found.append((label, b"\n".join(lines) + b"\n"))
            label = b""
    return found


def _private_key(blocks: list[bytes], where: str, password: Password) -> object:
    if len(blocks) != 1:
        what = "the file holds no private key" if not blocks else f"the file holds {len(blocks)} private keys"
        raise SignatureError(what, where=where, hint=_WHAT_A_FILE_HOLDS)
    encrypted = b"ENCRYPTED" in blocks[0]
    secret = needed(password, f"password of {where}", where) if encrypted else None
    try:
        return serialization.load_pem_private_key(blocks[0], secret)
    except UnsupportedAlgorithm as error:
        raise SignatureError(
            "the private key is of an unknown kind, or encrypted in an unknown way",
            where=where,
            hint="`openssl pkcs8 -topk8 -in FILE -out NEW` encrypts it in the usual way",
        ) from error
    except (ValueError, TypeError) as error:
        if encrypted:
            raise SignatureError("the password does not open the private key", where=where, hint="try again") from error
        raise SignatureError("the private key is damaged", where=where, hint=_WHAT_A_FILE_HOLDS) from error


def _certificate(block: bytes, where: str) -> x509.Certificate:
    try:
        return readable(x509.load_pem_x509_certificate(block))
    except ValueError as error:
        raise SignatureError("a certificate of the file is damaged", where=where, hint=_WHAT_A_FILE_HOLDS) from error
