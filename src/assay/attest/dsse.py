"""DSSE envelopes (Dead Simple Signing Envelope, version 1) with one signature, in one fixed encoding.

An envelope is the RFC 8785 form of its JSON, and its parts are base64 in the one form that encoding gives. Reading one
means writing it again and comparing all bytes, so that nothing in it can change unnoticed.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from assay.attest.canonical import canonical
from assay.attest.keys import Signer, refused_key
from assay.errors import AssayError

LARGEST_ENVELOPE = 16_000_000

HOW_TO_CHECK = r"""   openssl cms -verify -cades -binary -inform DER -in META-INF/signature001.p7s \
     -content META-INF/ASiCManifest001.xml -CAfile root.pem -purpose any -signer /tmp/signer.pem -out /dev/null
   openssl x509 -in /tmp/signer.pem -noout -pubkey > /tmp/signer.pub
   sed 's/.*"payload":"\([^"]*\)".*/\1/' statement.dsse.json | openssl base64 -d -A > /tmp/statement.json
   sed 's/.*"sig":"\([^"]*\)".*/\1/' statement.dsse.json | openssl base64 -d -A > /tmp/statement.sig
   { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < /tmp/statement.json)"; cat /tmp/statement.json; } \
     | openssl dgst -sha256 -verify /tmp/signer.pub -signature /tmp/statement.sig

   Proves: the signer of step 1 signed /tmp/statement.json, an in-toto test result: what was tested, by which policies,
   with which result. Expect "Verified OK". The files it speaks of are those of this folder:

   grep -o '"sha256":"[0-9a-f]*"},"name":"[^"]*"' /tmp/statement.json \
     | sed 's/"sha256":"\(.*\)"},"name":"\(.*\)"/\1  \2/' | grep -v '  model:' | sha256sum -c -

   The entry "model:..." is the digest of what was audited; audit.json names the same under subject.
"""
"""The lines of VERIFY.txt about statement.dsse.json: openssl and the commands that every system has."""


class BrokenEnvelope(ValueError):
    """An envelope whose signature does not hold, or that is none; the text says why."""


@dataclass(frozen=True)
class Envelope:
    """What an envelope holds. Says nothing about whether its signature holds."""

    kind: str
    """The payload's type, e.g. `application/vnd.in-toto+json`."""
    payload: bytes
    key: str
    """What the envelope says of its key: the SHA-256 of a certificate, 64 hex digits."""
    signature: bytes


def sign_envelope(kind: str, payload: bytes, signer: Signer) -> bytes:
    """Write a signed envelope around a payload."""
    return _render(Envelope(kind, payload, signer.fingerprint, signer.sign(signed_bytes(kind, payload))))


def signed_bytes(kind: str, payload: bytes) -> bytes:
    """Give what a signature is made over: the pre-authentication encoding (PAE) of type and payload."""
    named = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(payload), payload)


def read_envelope(data: bytes) -> Envelope:
    """Read an envelope that this module could have written; raises BrokenEnvelope for any other bytes."""
    if len(data) > LARGEST_ENVELOPE:
        raise BrokenEnvelope(f"it is larger than {LARGEST_ENVELOPE} bytes")
    try:
        envelope = _parsed(json.loads(data))
        again = _render(envelope)
    except (ValueError, TypeError, KeyError, RecursionError, AssayError) as error:
        raise BrokenEnvelope("it is not a DSSE envelope with one signature") from error
    if again != data:
        raise BrokenEnvelope("it is not in the one form in which an envelope is written (RFC 8785, plain base64)")
    return envelope


def check_envelope(envelope: Envelope, certificate: x509.Certificate) -> None:
    """Check that the holder of the certificate's key signed the envelope; raises BrokenEnvelope otherwise."""
    if envelope.key != certificate.fingerprint(hashes.SHA256()).hex():
        raise BrokenEnvelope("it names another certificate as its signer's")
    key = certificate.public_key()
    reason = refused_key(key)
    if reason is not None:
        raise BrokenEnvelope(f"it was signed with {reason}")
    content = signed_bytes(envelope.kind, envelope.payload)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(envelope.signature, content, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(envelope.signature, content, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise BrokenEnvelope("its signature does not belong to this payload and this signer") from error


def _render(envelope: Envelope) -> bytes:
    signature = {"keyid": envelope.key, "sig": base64.b64encode(envelope.signature).decode("ascii")}
    payload = base64.b64encode(envelope.payload).decode("ascii")
    return canonical({"payload": payload, "payloadType": envelope.kind, "signatures": [signature]})


def _parsed(tree: dict[str, object]) -> Envelope:
    kind, payload, signatures = tree["payloadType"], tree["payload"], tree["signatures"]
    if not isinstance(kind, str) or not isinstance(signatures, list) or len(signatures) != 1:
        raise TypeError
    key = signatures[0]["keyid"]
    if not isinstance(key, str):
        raise TypeError
    return Envelope(kind, _decoded(payload), key, _decoded(signatures[0]["sig"]))


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error
