"""The gate: open or closed, and why."""

from typing import Literal

from pydantic import Field

from assay.record.finding import Outcome
from assay.record.frozen import Frozen, Moment
from assay.record.policy import Answer, Stage
from assay.record.waiver import WaiverState

Effect = Literal["none", "inform", "warn", "sign_off", "block"]


class GateLine(Frozen):
    """What one finding does to the gate."""

    finding: str
    """`<policy>/<control>`."""
    outcome: Outcome
    effect: Effect
    """What the policy lets this outcome do at this stage; `none` for pass, not_applicable and a waived finding."""
    waived_by: str | None = None
    why: str


class Gate(Frozen):
    """Drawn from audit, waivers, sign-offs, stage and time by a pure function; drawn again without measuring."""

    assay: Literal["gate/v1"] = "gate/v1"
    audit: str
    """SHA-256 of audit.json."""
    stage: Stage
    at: Moment
    made: Moment
    """The real time."""
    state: Literal["open", "closed"]
    exit_code: int
    why: tuple[str, ...]
    """Every reason that closes it; the reasons for being open otherwise."""
    lines: tuple[GateLine, ...]
    waivers: tuple[WaiverState, ...] = ()
    as_of: str | None = None
    """"as of …, made …" when `at` and the real time differ by more than a day."""
    timings: dict[str, float] = Field(default_factory=dict)
    """Seconds per stage of the audit."""


__all__ = ["Answer", "Effect", "Gate", "GateLine"]
