"""The trust file: whom the reader of a report has decided to believe. It never travels with a bundle."""

import base64
import binascii
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from assay.record.artefact import DIGEST
from assay.record.frozen import FilePath, Frozen, Id, Line, Name
from assay.record.signature import Meaning
from assay.record.visible import NotBlank

A_SUBJECT = "CN=Maria Lopez,O=Example Bank"
A_LEDGER_KEY = "bank.example/assay+2f5c8d1e+AQ" + "A" * 40 + "="


def _fingerprint(text: str) -> str:
    if not re.fullmatch(DIGEST, text):
        raise ValueError(
            f"a certificate is named by `sha256:` and 64 small hex digits (of its DER form), found {text[:40]!r}; "
            "`assay trust new --person ID=CERT.pem` writes them"
        )
    return text


def _verifier_key(text: str) -> str:
    parts = re.fullmatch(r"[^\s+]+\+[0-9a-f]{8}\+(\S+)", text)
    try:
        if parts and base64.b64decode(parts[1], validate=True):
            return text
    except (binascii.Error, ValueError):
        pass
    raise ValueError(f"a ledger's verifier key is written `<origin>+<8 hex digits>+<base64>`, found {text[:60]!r}")


Fingerprint = Annotated[str, Field(max_length=100), AfterValidator(_fingerprint)]
"""SHA-256 of a certificate in DER: `sha256:` and 64 hex digits."""
VerifierKey = Annotated[Line, AfterValidator(_verifier_key)]
"""`<origin>+<8 hex digits>+<base64>`, as C2SP signed notes have it."""
Files = Annotated[tuple[Annotated[FilePath, NotBlank], ...], Field(max_length=1000)]


class TrustedPerson(Frozen):
    """Somebody, and how a certificate is known to be theirs."""

    id: Annotated[Id, NotBlank]
    """The same id as in manifests, policies and waivers."""
    name: Name | None = None
    certificates: Annotated[tuple[Fingerprint, ...], Field(max_length=100)] = ()
    """SHA-256 of certificates (DER) that are theirs, whoever issued them."""
    subject: Line | None = Field(default=None, examples=[A_SUBJECT])
    """The subject of certificates that are theirs (RFC 4514), where one of `roots` stands above it."""
    meanings: tuple[Meaning, ...] | None = None
    """What their signature may mean; anything where it is not said."""

    @model_validator(mode="after")
    def _known_somehow(self) -> Self:
        if not self.certificates and self.subject is None:
            raise ValueError("a person is known by `certificates` or by `subject`")
        return self


class Required(Frozen):
    """Which signatures a bundle must carry."""

    meanings: Annotated[tuple[Meaning, ...], Field(max_length=8)] = ()
    """In this order, each by another person with another key, none before the one it follows."""
    timestamp: bool = False
    """true: every signature has a trusted timestamp."""
    ledger: bool = False
    """true: a ledger proves that it holds the audit, under one of the keys in `ledgers`."""


class Trust(Frozen):
    """A trust file. Its paths lie beside it or below its folder."""

    assay: Literal["trust/v1"]
    roots: Files = ()
    """PEM files of certificate authorities that may name people."""
    timestamp_roots: Files = ()
    """PEM files of authorities above timestamps."""
    revocation: Files = ()
    """Revocation lists (CRL, PEM or DER) and answers (OCSP, DER). Where there is one, each certificate must be found in
    good standing; without, the verdict says that revocation was not checked."""
    people: Annotated[tuple[TrustedPerson, ...], Field(max_length=5000)] = ()
    """Whose signatures count. Where nobody is named, anybody below `roots` is who the certificate says."""
    bundle: Required = Field(default_factory=Required)
    ledgers: Annotated[tuple[VerifierKey, ...], Field(max_length=100)] = ()
    """Verifier keys of ledgers (C2SP signed note): `<origin>+<hash>+<key>`."""
