"""Signatures as values: what a person means by one, and what was found of it."""

from typing import Literal

from pydantic import Field

from assay.record.frozen import Frozen, Moment, Text

Meaning = Literal["author", "reviewer", "approver", "responsibility"]
"""What a signer says by signing: made it, reviewed it, approves it, or answers for it (21 CFR 11.50(a)(3))."""


def _absent(value: object) -> bool:
    return value is None


class Signing(Frozen):
    """What a signer says of their signature: `signatures/<number>.json` of a bundle, signed with the rest.

    Printed name, time and meaning as 21 CFR 11.50(a) asks for them.
    """

    assay: Literal["signature/v1"] = "signature/v1"
    number: int = Field(ge=1)
    """That of its `META-INF/ASiCManifest<number>.xml`."""
    meaning: Meaning
    name: str
    """The certificate's common name."""
    certificate: str
    """SHA-256 of the certificate, 64 hex digits."""
    storage: Literal["file", "token"]
    """Where the key lay: a file can be copied, a token (PKCS #11) does not give its key away."""
    made: Moment
    """By the signer's own clock."""
    note: Text | None = None
    """What the signer wished to add."""
    build: str | None = Field(default=None, exclude_if=_absent)
    """SHA-256 of the code and templates of the assay that signed. Those of the first signer made the reports."""


class FoundSignature(Frozen):
    """One signature of a bundle that holds over its bytes. Whether its signer is trusted is said apart."""

    number: int
    """1 for the first; that of its `META-INF/ASiCManifest<number>.xml`."""
    meaning: Meaning
    name: str
    """The certificate's common name."""
    certificate: str
    """SHA-256 of the certificate, 64 hex digits."""
    public_key: str
    """SHA-256 of the subject public key info, 64 hex digits: the same key in another certificate is the same signer."""
    claimed: Moment
    """When the signer says it was made."""
    proven: Moment | None = None
    """The earliest trusted timestamp over it: it existed then."""
    trusted: bool | None = None
    """None: no trust file was given."""
    person: str | None = None
    """Id of the person whom the trust file knows by this certificate."""
    why: str = ""
    """Why it is trusted or not, and whether revocation was checked."""
