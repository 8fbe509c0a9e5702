"""Tokens in software (SoftHSM): what a smart card or a security module is to assay, made by the tests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from attest.pki import Issued, person

PIN = "4711-0815"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class Token:
    """A token with a P-256 and an RSA key, whose certificates a test authority issued."""

    module: str
    pin: bytes
    uri: str
    """Of the P-256 key."""
    rsa_uri: str
    certificate: x509.Certificate
    rsa_certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """Above both, nearest first; on the token too."""


def softhsm(folder: Path, environment: pytest.MonkeyPatch, tool) -> str:
    """Let SoftHSM keep its tokens in a folder; gives the library that reaches them."""
    (folder / "tokens").mkdir(parents=True)
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    environment.setenv("SOFTHSM2_CONF", str(config))
    pytest.importorskip("pkcs11")
    if shutil.which("softhsm2-util") is None:
        tool("softhsm2-util")
    return next(place for place in _PLACES if Path(place).exists())


def uri_of(module: str, **named: str) -> str:
    path = ";".join(f"{name}={quote(value)}" for name, value in named.items())
    return f"pkcs11:{path}?module-path={module}"


def new_token(label: str, tool) -> None:
    done = tool(
        "softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "security officer"
    )
    assert done.returncode == 0, done.stderr


def put_key(folder: Path, token: str, key, label: str, number: int, tool) -> None:
    """Put a private key (and its public one) on a token."""
    file = folder / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    done = tool(
        "softhsm2-util", "--import", file, "--token", token, "--label", label, "--id", f"{number:02x}", "--pin", PIN
    )
    file.unlink()
    assert done.returncode == 0, done.stderr


def put_certificates(module: str, token: str, *certificates: x509.Certificate) -> None:
    import pkcs11
    from pkcs11.util.x509 import decode_x509_certificate

    library = pkcs11.lib(module)
    try:
        with library.get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
            for one in certificates:
                named = decode_x509_certificate(one.public_bytes(Encoding.DER))
                session.create_object(named | {pkcs11.Attribute.TOKEN: True})
    finally:
        library.finalize()


def make_token(folder: Path, house: Issued, environment: pytest.MonkeyPatch, tool) -> Token:
    """The token of the tests, "Assay tests": its keys belong to two people below `house`."""
    module, label = softhsm(folder, environment, tool), "Assay tests"
    rsa_key = rsa.generate_private_key(65537, 3072)
    small, large = person("Tessa Token", house), person("Rosa Token", house, key=rsa_key)
    new_token(label, tool)
    put_key(folder, label, small.key, "p256", 1, tool)
    put_key(folder, label, rsa_key, "rsa", 2, tool)
    put_certificates(module, label, *reversed(small.chain), large.certificate, small.certificate)
    return Token(
        module,
        PIN.encode(),
        uri_of(module, token=label, object="p256"),
        uri_of(module, token=label, object="rsa"),
        small.certificate,
        large.certificate,
        small.chain,
    )
