"""What is embedded in a PDF so that it can be judged later: the certificates and revocation information of a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from assay.attest.trust.file import LoadedTrust


@dataclass(frozen=True)
class ValidationMaterial:
    """Roots and revocation information, each in DER."""

    roots: tuple[bytes, ...] = ()
    """Certificates of authorities that may name people."""
    timestamp_roots: tuple[bytes, ...] = ()
    """Certificates of authorities above timestamps."""
    crls: tuple[bytes, ...] = ()
    """Revocation lists."""
    ocsps: tuple[bytes, ...] = ()
    """Answers about single certificates (OCSP)."""


def material_of(trust: LoadedTrust) -> ValidationMaterial:
    """What a trust file gives to embed."""
    return ValidationMaterial(
        roots=tuple(one.public_bytes(Encoding.DER) for one in trust.roots),
        timestamp_roots=tuple(one.public_bytes(Encoding.DER) for one in trust.timestamp_roots),
        crls=tuple(one.public_bytes(Encoding.DER) for one in trust.lists),
        ocsps=tuple(one.public_bytes(Encoding.DER) for one in trust.answers),
    )
