"""Waivers: dated, approved exceptions. A flag beside the outcome, never an outcome."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from assay.record.artefact import A_DIGEST
from assay.record.frozen import Day, Frozen, Id, Name, Text
from assay.record.people import Person
from assay.record.visible import NotBlank

CONTROL = r"^[a-z0-9][a-z0-9-]*/[A-Za-z][A-Za-z0-9._-]*$"


class Waiver(Frozen):
    """One exception for one control."""

    id: Annotated[Id, NotBlank]
    control: Name = Field(pattern=CONTROL, examples=["retail-credit/FAIR-01"])
    """`<policy>/<control>`."""
    groups: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Grouping → group or groups covered; empty: every estimate of the control."""
    covers: tuple[Literal["fail", "inconclusive"], ...] = ("fail", "inconclusive")
    subject: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=[A_DIGEST])
    """Digest of the subject; another model version is not covered."""
    reason: Annotated[Text, Field(pattern=r"\S", examples=["143 people; a second sample is due in Q1"]), NotBlank]
    approver: Person
    requested_by: Person | None = None
    approved_on: Day | None = None
    """First day on which the waiver holds, UTC; where it is not said, it holds from the beginning."""
    expires: Day
    """Last day on which the waiver holds, UTC, inclusive."""
    lapses_beyond: float | None = None
    """The waiver no longer holds when an estimate it covers is worse than this."""

    @model_validator(mode="after")
    def _approved_before_it_expires(self) -> Self:
        if self.approved_on is not None and self.expires < self.approved_on:
            raise ValueError("`expires` lies before `approved_on`")
        return self


class Waivers(Frozen):
    """A waiver file."""

    assay: Literal["waivers/v1"]
    waivers: tuple[Waiver, ...]


class WaiverState(Frozen):
    """What the resolver says of one waiver at one time."""

    id: str
    control: str
    holds: bool
    why: str
    """E.g. "expired on 2026-03-31", "covers age_band: 18-24", "approver not verified"."""
    warning: str | None = None
    """Where it holds, but not much longer: "expires in 12 days"."""
    approver: str
    requested_by: str | None = None
    approved_on: Day | None = None
    expires: Day
    reason: str
    verified: bool = False
    """Whether a signature of the approver was verified."""
