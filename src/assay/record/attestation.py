"""What only a person can say: attestations of facts no program can see, and sign-offs of what stayed undecided."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from assay.record.artefact import A_DIGEST, DIGEST, Artefact
from assay.record.frozen import Day, Frozen, Id, Name, Text
from assay.record.people import Person
from assay.record.visible import NotBlank
from assay.record.waiver import CONTROL

Kind = Literal["waiver", "attestation", "sign-off"]
"""What a person can decide. Ids are told apart by kind: a waiver and an attestation may have the same."""


class Attestation(Frozen):
    """A person's statement of a fact, which answers a control that asks for one."""

    id: Annotated[Id, NotBlank]
    control: Name = Field(pattern=CONTROL, examples=["nyc-ll144/NOTICE-01"])
    """`<policy>/<control>`."""
    subject: str = Field(pattern=DIGEST, examples=[A_DIGEST])
    """Digest of the subject; another model version is not answered for."""
    by: Person
    """Who says it, with the role in which they say it."""
    statement: Annotated[Text, NotBlank]
    """What is so, in the person's own words."""
    holds: bool
    """Whether what the control asks for is so. `false` is an answer too: the control fails."""
    evidence: Artefact | None = None
    """A file that shows it, by digest."""
    made_on: Day
    """First day on which it counts, UTC."""
    expires: Day
    """Last day on which it counts, UTC, inclusive."""

    @model_validator(mode="after")
    def _made_before_it_expires(self) -> Self:
        if self.expires < self.made_on:
            raise ValueError("`expires` lies before `made_on`")
        if self.evidence is not None and self.evidence.digest is None:
            raise ValueError("the evidence needs its `digest`, so that it can be told from another file")
        return self


class Attestations(Frozen):
    """A file of attestations."""

    assay: Literal["attestations/v1"]
    attestations: tuple[Attestation, ...]


class SignOff(Frozen):
    """A person's decision to go on with an inconclusive finding, where the policy asks for one. Never of a fail."""

    id: Annotated[Id, NotBlank]
    control: Name = Field(pattern=CONTROL, examples=["retail-credit/FAIR-01"])
    """`<policy>/<control>`."""
    audit: str = Field(pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of the audit.json that holds the finding: a decision on this finding and no other."""
    by: Person
    """Who decides."""
    reason: Annotated[Text, NotBlank]
    made_on: Day
    """The day of the decision, UTC."""


class SignOffs(Frozen):
    """A file of sign-offs."""

    assay: Literal["sign-offs/v1"]
    sign_offs: tuple[SignOff, ...]


class AttestationState(Frozen):
    """What the resolver says of one attestation at one time and stage."""

    id: str
    control: str
    counts: bool
    """Whether it answers the control; if so, `holds` says with what."""
    why: str
    """Why it counts or does not, e.g. "EXPIRED on 2026-03-31"."""
    holds: bool
    """What it says: whether what the control asks for is so."""
    statement: str
    by: str
    role: str | None = None
    made_on: Day
    expires: Day
    verified: bool = False
    """Whether a signature of whoever says it was verified."""


class SignOffState(Frozen):
    """What the resolver says of one sign-off at one time and stage."""

    id: str
    control: str
    counts: bool
    """Whether the gate goes on with the finding because of it."""
    why: str
    """Why it counts or does not, e.g. "a fail can be waived, never signed off"."""
    reason: str
    by: str
    made_on: Day
    verified: bool = False
    """Whether a signature of whoever decides was verified."""
