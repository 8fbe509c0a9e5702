"""A signer: a certificate, those above it, and something that signs with its key. Which keys and certificates may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from assay.errors import SignatureError

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

EDWARDS_REFUSED = "an Edwards-curve key (Ed25519, Ed448), whose signatures poppler and openssl 3.0 refuse"
UNKNOWN_REFUSED = "a kind of key that no program which checks reports accepts"

_EDWARDS = (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey, ed448.Ed448PrivateKey, ed448.Ed448PublicKey)
_SMALLEST_RSA, _LARGEST_RSA = 3072, 8192
_MOST_TRIED = 50


@dataclass(frozen=True)
class Signer:
    """A certificate, and something that signs with its private key."""

    name: str
    """The certificate's common name."""
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """The certificates above it, nearest first, as far as file or token hold them."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Sign bytes: ECDSA with SHA-256 (DER), or RSA PKCS #1 v1.5 with SHA-256. Raises SignatureError."""
    storage: Literal["file", "token"] = "file"
    """Where the key lies. A token (PKCS #11) never gives it away; a file can be copied."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hex digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def signing_with(key: PrivateKey) -> Callable[[bytes], bytes]:
    """The signing function of a key held in memory."""
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))


def signer_with(key: object, certificates: Sequence[x509.Certificate], where: str, now: datetime) -> Signer:
    """Put a key read from a file and its certificates together. Raises SignatureError where they cannot sign."""
    refuse_key(key, where)
    if not certificates:
        raise SignatureError("the file holds no certificate", where=where, hint="a signer is a key and a certificate")
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError("refuse_key lets no other key pass")
    public = key.public_key()
    own = [certificate for certificate in certificates if certificate.public_key() == public]
    if not own:
        raise SignatureError(
            "no certificate of the file belongs to its private key",
            where=where,
            hint="the certificate for this key is missing, or key and certificate are of different people",
        )
    certificate = usable(own, where, now)
    return Signer(common_name(certificate.subject), certificate, chain_of(certificate, certificates), signing_with(key))


def usable(own: Sequence[x509.Certificate], where: str, now: datetime) -> x509.Certificate:
    """Choose among the certificates of one key: one that holds now, rather issued than self-made, the newest.

    Raises SignatureError where that one cannot sign now.
    """

    def rank(one: x509.Certificate) -> tuple[bool, bool, datetime]:
        holds = one.not_valid_before_utc <= now <= one.not_valid_after_utc
        return holds, one.issuer != one.subject, one.not_valid_before_utc

    best = max(own, key=rank)
    _refuse_unusable(best, where, now)
    return best


def readable(certificate: x509.Certificate) -> x509.Certificate:
    """Read the parts of a certificate that are decoded only when they are used. Raises ValueError for a damaged one."""
    try:
        certificate.public_key(), certificate.extensions, certificate.subject, certificate.issuer
    except (UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise ValueError("a damaged certificate") from error
    return certificate


def common_name(name: x509.Name) -> str:
    """Give the common name, or the whole name where there is none."""
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else name.rfc4514_string()


def chain_of(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Order the issuers of a certificate, nearest first, as far as `others` holds them and their signatures hold.

    Only so many signatures are checked for it: a signature may carry thousands of certificates that take for ever.
    """
    chain: list[x509.Certificate] = []
    current, left = leaf, _MOST_TRIED
    while current.issuer != current.subject:
        named = [one for one in others if one not in (leaf, *chain) and _is_named(one, current.issuer)]
        above = None
        for one in named[:left]:
            left -= 1
            if issued(current, one):
                above = one
                break
        if above is None:
            break
        current = above
        chain.append(current)
    return tuple(chain)


def _is_named(certificate: x509.Certificate, name: x509.Name) -> bool:
    try:
        return certificate.subject == name
    except ValueError:  # names are decoded as they are asked for
        return False


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether the issuer's key signed the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def refuse_key(key: object, where: str) -> None:
    """Raise SignatureError where a public or private key cannot sign a report."""
    reason = refused_key(key)
    if reason is not None:
        raise refusal(reason, where)


def refusal(reason: str, where: str) -> SignatureError:
    """The error for a key which cannot sign a report for this reason."""
    hint = "use ECDSA on P-256, or RSA with 3072 bits or more"
    return SignatureError(f"{reason}, cannot sign a report", where=where, hint=hint)


def refused_key(key: object) -> str | None:
    """Say why a public or private key cannot sign a report; None where it can."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        if isinstance(key.curve, ec.SECP256R1):
            return None
        return f"a key on the curve {key.curve.name}, which has not been tried with the programs that check reports"
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return _refused_rsa(key)
    if isinstance(key, _EDWARDS):
        return EDWARDS_REFUSED
    return UNKNOWN_REFUSED


def _refused_rsa(key: rsa.RSAPrivateKey | rsa.RSAPublicKey) -> str | None:
    size = key.key_size
    if size < _SMALLEST_RSA:
        return f"an RSA key of {size} bits; a report is kept for years, and less than {_SMALLEST_RSA} bits is too weak"
    if size > _LARGEST_RSA:
        return f"an RSA key of {size} bits, which is more than the programs that check reports need to take"
    public = key.public_key() if isinstance(key, rsa.RSAPrivateKey) else key
    if not 1 << 16 < public.public_numbers().e < 1 << 64:
        return "an RSA key whose public exponent is below 65537 (FIPS 186-5) or beyond 64 bits"
    return None


def _refuse_unusable(certificate: x509.Certificate, where: str, now: datetime) -> None:
    name = common_name(certificate.subject)
    if now > certificate.not_valid_after_utc:
        raise SignatureError(
            f'the certificate of "{name}" expired on {certificate.not_valid_after_utc:%Y-%m-%d}',
            where=where,
            hint="ask its issuer for a new one; a demonstration identity: remove its folder and run `assay keygen`",
        )
    if now < certificate.not_valid_before_utc:
        raise SignatureError(
            f'the certificate of "{name}" holds only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC',
            where=where,
            hint="compare the computer's clock",
        )
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise SignatureError(
            f'the certificate of "{name}" does not allow signatures (key usage)',
            where=where,
            hint="a signer's certificate has the key usage digitalSignature or nonRepudiation",
        )
