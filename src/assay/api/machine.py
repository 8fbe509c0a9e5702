"""Keys, and what this machine can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.attest.keys import MadeIdentity, Password, Signer


def load_signer(where: str | Path, *, password: Password = None) -> Signer:
    """Read private key, certificate and chain from a PEM file, a PKCS #12 file or a token (`pkcs11:` URI).

    The password or PIN is given, or asked for where one is needed by a function, which is told what it is of. Raises
    SignatureError where they cannot be used.
    """
    from assay.attest.keys import load_signer as load

    return load(where, password=password)


def make_demo_identity(folder: str | Path) -> Path:
    """Make a signing key that nobody should trust; the path of its signer.pem."""
    from assay.attest.keys import make_demo_identity as make

    return make(Path(folder))


def make_identity(
    folder: str | Path, name: str, *, password: bytes | None = None, use_rsa: bool = False
) -> MadeIdentity:
    """Make a person's key, a certificate that it signs itself, and a request for one from a certificate authority."""
    from assay.attest.keys import make_identity as make

    return make(Path(folder), name, password=password, use_rsa=use_rsa)


def require_pdf() -> None:
    """Raise AssayError, with what to install, where PDF reports cannot be made."""
    from assay.report.pdf import load_weasyprint

    load_weasyprint()
