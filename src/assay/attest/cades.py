"""Detached CAdES signatures (ETSI EN 319 122-1, level B-B) in one fixed encoding.

A signature holds parts which nothing signs: version numbers, certificates, the order of sets. Everything but the
signature value follows from content, time and certificates, so reading a signature means building it again from those
and comparing all bytes: not one byte can change unnoticed.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from assay.attest.keys import Signer, chain_of, refused_key

LARGEST_SIGNATURE = 1_000_000


class BrokenSignature(ValueError):
    """A signature that does not hold; the text says why."""


@dataclass(frozen=True)
class Signature:
    """A signature that holds over its content. Says nothing about trust."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """The certificates above it that the signature carries, nearest first."""
    claimed: datetime
    """When the signer says it was made."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hex digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def public_key_digest(certificate: x509.Certificate) -> str:
    """SHA-256 of the subject public key info, 64 hex digits: the same key in another certificate is the same signer."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def sign_detached(content: bytes, signer: Signer, *, now: datetime) -> bytes:
    """Sign content, in DER. The signature carries the signer's certificate and those between it and a root."""
    between = [one for one in signer.chain if one.subject != one.issuer]
    certificates = (signer.certificate, *between)
    moment = now.astimezone(UTC).replace(microsecond=0)
    attributes = _attributes(content, moment, certificates)
    return _encode(attributes, certificates, signer.sign(attributes.dump()))


def read_signature(signature: bytes, content: bytes) -> Signature:
    """Check a signature over its content. Raises BrokenSignature when it does not hold."""
    if len(signature) > LARGEST_SIGNATURE:
        raise BrokenSignature("it is too large for a signature")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd certificates: they are refused or reported below
            certificates, claimed, value = _parts(signature)
        attributes = _attributes(content, claimed, certificates)
        rebuilt = _encode(attributes, certificates, value)
    except BrokenSignature:
        raise
    except Exception as error:
        # asn1crypto parses as it is read and raises whatever the bytes provoke.
        raise BrokenSignature("it is not a readable CMS signature") from error
    _check_value(certificates[0], value, attributes.dump())
    if rebuilt != signature:
        raise BrokenSignature("its bytes are not those of a signature over this content by this signer")
    return Signature(certificates[0], chain_of(certificates[0], list(certificates[1:])), claimed)


def _check_value(certificate: x509.Certificate, value: bytes, signed: bytes) -> None:
    key = certificate.public_key()
    reason = refused_key(key)
    if reason is not None:
        raise BrokenSignature(f"it was made with {reason}")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise BrokenSignature("it does not belong to this content and this signer") from error


def _parts(signature: bytes) -> tuple[tuple[x509.Certificate, ...], datetime, bytes]:
    """Pick out what the rest follows from: certificates (the signer's first), claimed time, signature value."""
    signed_data = cms.ContentInfo.load(signature, strict=True)["content"]
    infos = signed_data["signer_infos"]
    if len(infos) != 1:
        raise BrokenSignature(f"it holds {len(infos)} signers instead of one")
    info = infos[0]
    wanted = info["sid"].chosen
    found = [choice.chosen for choice in signed_data["certificates"]]
    own = [
        one for one in found if one.issuer == wanted["issuer"] and one.serial_number == wanted["serial_number"].native
    ]
    if len(own) != 1:
        raise BrokenSignature("it does not carry the certificate of its signer")
    ordered = [own[0], *(one for one in found if one is not own[0])]
    times = [attribute["values"][0] for attribute in info["signed_attrs"] if attribute["type"].native == "signing_time"]
    if len(times) != 1:
        raise BrokenSignature("it does not say when it was made")
    claimed: datetime = times[0].native
    certificates = tuple(x509.load_der_x509_certificate(one.dump()) for one in ordered)
    return certificates, claimed.astimezone(UTC), info["signature"].native


def _attributes(content: bytes, moment: datetime, certificates: tuple[x509.Certificate, ...]) -> cms.CMSAttributes:
    """Build the signed attributes. The reference to the certificates names all of them, so that none can change."""
    references = [_reference(one, with_issuer=index == 0) for index, one in enumerate(_signer_first(certificates))]
    time = core.UTCTime(moment) if moment.year < 2050 else core.GeneralizedTime(moment)
    kind = "utc_time" if moment.year < 2050 else "generalized_time"
    values = {
        "content_type": "data",
        "message_digest": hashlib.sha256(content).digest(),
        "signing_time": cms.Time(name=kind, value=time),
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": references}),
    }
    built = [cms.CMSAttribute({"type": name, "values": (value,)}).dump() for name, value in values.items()]
    # Loaded from bytes, they are encoded once and not again wherever they are used.
    return cms.CMSAttributes.load(cms.CMSAttributes([cms.CMSAttribute.load(one) for one in sorted(built)]).dump())


def _signer_first(certificates: tuple[x509.Certificate, ...]) -> list[x509.Certificate]:
    return [certificates[0], *sorted(certificates[1:], key=lambda one: one.public_bytes(Encoding.DER))]


@lru_cache(maxsize=16)
def _reference(certificate: x509.Certificate, *, with_issuer: bool) -> tsp.ESSCertIDv2:
    reference: dict[str, object] = {"cert_hash": certificate.fingerprint(hashes.SHA256())}
    if with_issuer:
        own = _asn1(certificate)
        name = asn1_x509.GeneralName(name="directory_name", value=own.issuer)
        reference["issuer_serial"] = {"issuer": [name], "serial_number": own.serial_number}
    return tsp.ESSCertIDv2.load(tsp.ESSCertIDv2(reference).dump())


def _encode(attributes: cms.CMSAttributes, certificates: tuple[x509.Certificate, ...], value: bytes) -> bytes:
    own = _asn1(certificates[0])
    is_rsa = isinstance(certificates[0].public_key(), rsa.RSAPublicKey)
    algorithm: dict[str, object] = {"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"}
    if is_rsa:
        algorithm["parameters"] = core.Null()
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            name="issuer_and_serial_number",
            value=cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number}),
        ),
        "digest_algorithm": digest,
        "signed_attrs": attributes,
        "signature_algorithm": algos.SignedDigestAlgorithm(algorithm),
        "signature": value,
    }
    carried = sorted((_asn1(one) for one in certificates), key=lambda one: one.dump())
    signed_data = {
        "version": "v1",
        "digest_algorithms": [digest],
        "encap_content_info": {"content_type": "data"},
        "certificates": [cms.CertificateChoices(name="certificate", value=one) for one in carried],
        "signer_infos": [signer],
    }
    encoded: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)}).dump()
    return encoded


@lru_cache(maxsize=16)
def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
