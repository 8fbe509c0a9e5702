"""The trust file: whom the reader of a report has decided to believe. It never travels with a bundle."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from assay.record.artefact import Digest
from assay.record.frozen import FilePath, Frozen, Id, Line, Name
from assay.record.signature import Meaning
from assay.record.visible import NotBlank


class TrustedPerson(Frozen):
    """Somebody, and how a certificate is known to be theirs."""

    id: Annotated[Id, NotBlank]
    """The same id as in manifests, policies and waivers."""
    name: Name | None = None
    certificates: tuple[Digest, ...] = ()
    """SHA-256 of certificates (DER) that are theirs, whoever issued them."""
    subject: Line | None = Field(default=None, examples=["CN=Maria Lopez,O=Example Bank"])
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

    meanings: tuple[Meaning, ...] = ()
    """In this order, each by another person with another key, none before the one it follows."""
    timestamp: bool = False
    """true: each of them has a trusted timestamp."""


class Trust(Frozen):
    """A trust file. Its paths lie beside it or below its folder."""

    assay: Literal["trust/v1"]
    roots: tuple[FilePath, ...] = ()
    """PEM files of certificate authorities that may name people."""
    timestamp_roots: tuple[FilePath, ...] = ()
    """PEM files of authorities above timestamps."""
    revocation: tuple[FilePath, ...] = ()
    """Revocation lists (CRL) and answers (OCSP), PEM or DER. Where there is one, each certificate must be found in good
    standing; without, the verdict says that revocation was not checked."""
    people: tuple[TrustedPerson, ...] = Field(default=(), max_length=5000)
    """Whose signatures count. Where nobody is named, anybody below `roots` is who the certificate says."""
    bundle: Required = Field(default_factory=Required)
    ledgers: tuple[Line, ...] = ()
    """Verifier keys of ledgers (C2SP signed note): `<origin>+<hash>+<key>`."""
