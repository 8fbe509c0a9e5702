"""Who signs: reading a signer from a PEM file, and making an unmistakable demonstration identity."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from assay.errors import AssayError, SignatureError, WriteError

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

DEMO_NAME = "ASSAY DEMO - NOT A REAL IDENTITY"
DEMO_ROOT_NAME = "ASSAY DEMO ROOT - NOT A REAL IDENTITY"

_LARGEST_FILE = 1_000_000
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----", re.ASCII)
_WHAT_A_FILE_HOLDS = "a PEM file holds the private key, its certificate and the certificates above it"


@dataclass(frozen=True)
class Signer:
    """A certificate, and something that signs with its private key."""

    name: str
    """The certificate's common name."""
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """The certificates above it, nearest first, as far as the file holds them."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Sign bytes: ECDSA with SHA-256 (DER), or RSA PKCS #1 v1.5 with SHA-256."""
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


def load_signer(path: Path, *, password: bytes | None = None, now: datetime | None = None) -> Signer:
    """Read private key, certificate and chain from one PEM file; `now` is the time a certificate must hold at.

    Raises SignatureError for a file that cannot be read, holds no matching pair, a key which verifiers of the report
    do not accept (anything but P-256 and RSA of at least 3072 bits), or a certificate that does not hold now.
    """
    where = str(path)
    blocks = _blocks(path)
    key = _private_key([data for label, data in blocks if label.endswith("PRIVATE KEY")], where, password)
    certificates = [_certificate(data, where) for label, data in blocks if label == "CERTIFICATE"]
    if not certificates:
        raise SignatureError("the file holds no certificate", where=where, hint=_WHAT_A_FILE_HOLDS)
    own = [certificate for certificate in certificates if certificate.public_key() == key.public_key()]
    if not own:
        raise SignatureError(
            "no certificate of the file belongs to its private key",
            where=where,
            hint="the certificate for this key is missing, or key and certificate are of different people",
        )
    _refuse_unusable(own[0], where, now or datetime.now(UTC))
    return Signer(common_name(own[0].subject), own[0], chain_of(own[0], certificates), signing_with(key))


def common_name(name: x509.Name) -> str:
    """Give the common name, or the whole name where there is none."""
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else name.rfc4514_string()


def chain_of(leaf: x509.Certificate, others: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Order the issuers of a certificate, nearest first, as far as `others` holds them and their signatures hold."""
    chain: list[x509.Certificate] = []
    current = leaf
    while current.issuer != current.subject:
        above = [one for one in others if one not in (leaf, *chain) and issued(current, one)]
        if not above:
            break
        current = above[0]
        chain.append(current)
    return tuple(chain)


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether the issuer's key signed the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def refused_key(key: object) -> str | None:
    """Say why a public or private key cannot sign a report; None where it can."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        if isinstance(key.curve, ec.SECP256R1):
            return None
        return f"a key on the curve {key.curve.name}, which has not been tried with the programs that check reports"
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        if key.key_size >= 3072:
            return None
        return f"an RSA key of {key.key_size} bits; a report is kept for years, and less than 3072 bits is too weak"
    edwards = (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey, ed448.Ed448PrivateKey, ed448.Ed448PublicKey)
    if isinstance(key, edwards):
        return "an Edwards-curve key (Ed25519, Ed448), whose signatures poppler and openssl 3.0 refuse"
    return "a kind of key that no program which checks reports accepts"


def _blocks(path: Path) -> list[tuple[str, bytes]]:
    where = str(path)
    if path.exists() and not path.is_file():
        raise SignatureError("that is no plain file", where=where, hint=_WHAT_A_FILE_HOLDS)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise SignatureError(
            f"the key file cannot be read: {error.strerror or error}",
            where=where,
            hint="`assay keygen` makes a demonstration identity",
        ) from error
    if len(data) > _LARGEST_FILE:
        raise SignatureError("the file is too large for a key", where=where, hint=_WHAT_A_FILE_HOLDS)
    blocks = [(match[1].decode("ascii"), match[0]) for match in _BLOCK.finditer(data)]
    if not blocks:
        hint = _WHAT_A_FILE_HOLDS
        if data[:1] == b"\x30":
            hint = "this looks like PKCS #12 or DER; `openssl pkcs12 -in FILE -out signer.pem` turns PKCS #12 into PEM"
        raise SignatureError("the file holds neither a key nor a certificate in PEM", where=where, hint=hint)
    return blocks


def _private_key(blocks: list[bytes], where: str, password: bytes | None) -> PrivateKey:
    if len(blocks) != 1:
        what = "the file holds no private key" if not blocks else f"the file holds {len(blocks)} private keys"
        raise SignatureError(what, where=where, hint=_WHAT_A_FILE_HOLDS)
    encrypted = b"ENCRYPTED" in blocks[0]
    if encrypted and not password:
        raise SignatureError("the private key is encrypted and no password was given", where=where, hint="give it")
    try:
        key = serialization.load_pem_private_key(blocks[0], password if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise SignatureError("the password does not open the private key", where=where, hint="try again") from error
        raise SignatureError("the private key is damaged", where=where, hint=_WHAT_A_FILE_HOLDS) from error
    reason = refused_key(key)
    if reason is not None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SignatureError(
            f"{reason}, cannot sign a report", where=where, hint="use ECDSA on P-256, or RSA with 3072 bits or more"
        )
    return key


def _certificate(block: bytes, where: str) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(block)
        # These are decoded only when they are read.
        certificate.public_key(), certificate.extensions, certificate.subject, certificate.issuer
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise SignatureError("a certificate of the file is damaged", where=where, hint=_WHAT_A_FILE_HOLDS) from error
    return certificate


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


def make_demo_identity(folder: Path, *, now: datetime | None = None) -> Path:
    """Make a demonstration signer below a demonstration root: `signer.pem` (mode 0600) and `root.pem`.

    Gives the path of `signer.pem`. Raises AssayError where one of the two is there already, WriteError where the
    folder cannot be written.
    """
    signer, root = folder / "signer.pem", folder / "root.pem"
    there = [path for path in (signer, root) if os.path.lexists(path)]
    if there:
        raise AssayError(
            "there is an identity here already, and a key is never overwritten",
            where=str(there[0]),
            hint="use it, or choose another folder",
        )
    moment = now or datetime.now(UTC)
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_certificate = _root(root_key, moment)
    leaf = _leaf(leaf_key, root_certificate, root_key, moment)
    pem = serialization.Encoding.PEM
    key_pem = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    root_pem = root_certificate.public_bytes(pem)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(signer, key_pem + leaf.public_bytes(pem) + root_pem, mode=0o600)
        _write_new(root, root_pem, mode=0o644)
    except OSError as error:
        raise WriteError(
            f"the identity cannot be written: {error.strerror or error}",
            where=str(folder),
            hint="choose a folder you may write to",
        ) from error
    return signer


def _write_new(path: Path, data: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Assay demonstration, nobody")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs: bool, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


def _root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(DEMO_ROOT_NAME))
        .issuer_name(_name(DEMO_ROOT_NAME))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3653))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False, issues=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    above = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(_name(DEMO_NAME))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1826))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True, issues=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False)
        .sign(root_key, hashes.SHA256())
    )
