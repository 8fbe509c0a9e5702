"""Waivers: dated, approved exceptions. A flag beside the outcome, never an outcome."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.record.frozen import Day, Frozen, Id, Name, Text
from assay.record.manifest import A_DIGEST, Person


class Waiver(Frozen):
    """One exception for one control."""

    id: Id
    control: Name = Field(pattern=r"^[a-z0-9][a-z0-9-]*/[A-Za-z][A-Za-z0-9._-]*$", examples=["retail-credit/FAIR-01"])
    """`<policy>/<control>`."""
    groups: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Grouping → group or groups covered; empty: every estimate of the control."""
    covers: tuple[Literal["fail", "inconclusive"], ...] = ("fail", "inconclusive")
    subject: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=[A_DIGEST])
    """Digest of the subject; another model version is not covered."""
    reason: Text = Field(min_length=1)
    approver: Person
    requested_by: Person | None = None
    expires: Day
    """Last day on which the waiver holds, UTC, inclusive."""
    lapses_beyond: float | None = None
    """The waiver no longer holds when an estimate it covers is worse than this."""


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
    approver: str
    expires: Day
    reason: str
    verified: bool = False
    """Whether a signature of the approver was verified."""
