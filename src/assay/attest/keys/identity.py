"""Identities made here: an unmistakable demonstration, and a key for a named person with a request to a real CA."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from assay.attest.keys.signer import PrivateKey
from assay.errors import AssayError, WriteError

DEMO_NAME = "ASSAY DEMO - NOT A REAL IDENTITY"
DEMO_ROOT_NAME = "ASSAY DEMO ROOT - NOT A REAL IDENTITY"

_SIGNER, _ROOT, _CERTIFICATE, _REQUEST = "signer.pem", "root.pem", "certificate.pem", "request.csr"
_LONGEST_NAME = 64
_DEMO_ROOT_DAYS, _DEMO_DAYS, _SELF_MADE_DAYS = 3653, 1826, 1096
_PEM = serialization.Encoding.PEM
_LEAF = x509.BasicConstraints(ca=False, path_length=None)


@dataclass(frozen=True)
class MadeIdentity:
    """A person's new key, in files."""

    signer: Path
    """Key and self-made certificate; only its owner may read it."""
    certificate: Path
    """The self-made certificate alone, to be handed on."""
    request: Path
    """The request for a certificate, for the organisation's own authority (PKCS #10)."""
    digest: str
    """SHA-256 of the certificate, as a trust file names it."""
    is_protected: bool
    """The key is encrypted with a password."""


def make_demo_identity(folder: Path, *, now: datetime | None = None) -> Path:
    """Make a demonstration signer below a demonstration root: `signer.pem` (mode 0600) and `root.pem`.

    Gives the path of `signer.pem`. Raises AssayError where one of the two is there already, WriteError where the
    folder cannot be written.
    """
    _refuse_existing(folder, _SIGNER, _ROOT)
    moment = now or datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _demo(DEMO_ROOT_NAME)
    root = _certificate(root_name, root_key, root_name, moment, _DEMO_ROOT_DAYS)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root_pem = root.add_extension(_usage(signs=False), critical=True).sign(root_key, hashes.SHA256()).public_bytes(_PEM)
    leaf = _certificate(_demo(DEMO_NAME), key, root_name, moment, _DEMO_DAYS).add_extension(_LEAF, critical=True)
    leaf = leaf.add_extension(_usage(signs=True), critical=True)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    leaf_pem = leaf.add_extension(above, critical=False).sign(root_key, hashes.SHA256()).public_bytes(_PEM)
    _write_new(folder, {_ROOT: root_pem, _SIGNER: _key_pem(key, None) + leaf_pem + root_pem})
    return folder / _SIGNER


def make_identity(
    folder: Path, name: str, *, password: bytes | None = None, use_rsa: bool = False, now: datetime | None = None
) -> MadeIdentity:
    """Make a key for a person, a certificate that the key itself signs, and a request for a real one.

    The key is on P-256, or RSA with 3072 bits. Raises AssayError for a name that no certificate can carry and where a
    file is there already, WriteError where the folder cannot be written.
    """
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise AssayError(
            "a certificate cannot carry this name",
            hint=f"1 to {_LONGEST_NAME} characters in one line, no blank at the ends",
        )
    _refuse_existing(folder, _SIGNER, _CERTIFICATE, _REQUEST)
    moment = now or datetime.now(UTC)
    key: PrivateKey = rsa.generate_private_key(65537, 3072) if use_rsa else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _certificate(subject, key, subject, moment, _SELF_MADE_DAYS)
    builder = builder.add_extension(_LEAF, critical=True).add_extension(_usage(signs=True), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    request = request.add_extension(_LEAF, critical=True).add_extension(_usage(signs=True), critical=True)
    certificate_pem = certificate.public_bytes(_PEM)
    _write_new(
        folder,
        {
            _CERTIFICATE: certificate_pem,
            _REQUEST: request.sign(key, hashes.SHA256()).public_bytes(_PEM),
            _SIGNER: _key_pem(key, password) + certificate_pem,
        },
    )
    return MadeIdentity(
        folder / _SIGNER,
        folder / _CERTIFICATE,
        folder / _REQUEST,
        "sha256:" + certificate.fingerprint(hashes.SHA256()).hex(),
        is_protected=bool(password),
    )


def _refuse_existing(folder: Path, *names: str) -> None:
    there = [folder / name for name in names if os.path.lexists(folder / name)]
    if there:
        raise AssayError(
            "there is an identity here already, and a key is never overwritten",
            where=str(there[0]),
            hint="use it, or choose another folder",
        )


def _key_pem(key: PrivateKey, password: bytes | None) -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, protection)


def _write_new(folder: Path, files: dict[str, bytes]) -> None:
    """Write all of the files or none; the one with the key for its owner only."""
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            mode = 0o600 if name == _SIGNER else 0o644
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            written.append(folder / name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
    except BaseException as error:
        for path in written:
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise WriteError(
            f"the identity cannot be written: {error.strerror or error}",
            where=str(folder),
            hint="choose a folder you may write to",
        ) from error


def _demo(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Assay demonstration, nobody")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name, key: PrivateKey, issuer: x509.Name, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    """Of a person's certificate, or of one that issues others."""
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )
