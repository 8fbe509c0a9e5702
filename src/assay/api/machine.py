"""Keys, and what this machine can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.attest.keys import Signer


def load_signer(path: str | Path, *, password: bytes | None = None) -> Signer:
    """Read private key, certificate and chain from a PEM file; raises SignatureError where they cannot be used."""
    from assay.attest.keys import load_signer as load

    return load(Path(path), password=password)


def make_demo_identity(folder: str | Path) -> Path:
    """Make a signing key that nobody should trust; the path of its signer.pem."""
    from assay.attest.keys import make_demo_identity as make

    return make(Path(folder))


def require_pdf() -> None:
    """Raise AssayError, with what to install, where PDF reports cannot be made."""
    from assay.report.pdf import load_weasyprint

    load_weasyprint()
