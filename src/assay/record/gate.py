"""The gate: open or closed, and why."""

from typing import Literal

from pydantic import Field

from assay.record.attestation import AttestationState, SignOffState
from assay.record.finding import Outcome
from assay.record.frozen import Frozen, Moment
from assay.record.policy import Answer, Stage
from assay.record.signature import FoundSignature
from assay.record.waiver import WaiverState

Effect = Literal["none", "inform", "warn", "sign_off", "block"]


class GateLine(Frozen):
    """What one finding does to the gate."""

    finding: str
    """`<policy>/<control>`."""
    outcome: Outcome
    effect: Effect
    """What the policy lets this outcome do at this stage; `none` for pass, not_applicable, waived and signed off."""
    waived_by: str | None = None
    attested: Literal["pass", "fail"] | None = None
    """What the outcome counts as, where attestations answer it."""
    signed_off_by: str | None = None
    """The sign-offs by which the gate goes on with an inconclusive finding."""
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
    attestations: tuple[AttestationState, ...] = ()
    sign_offs: tuple[SignOffState, ...] = ()
    signatures: tuple[FoundSignature, ...] = ()
    """The signatures of the bundle that were looked at: none in the bundle itself, which is signed after its gate."""
    as_of: str | None = None
    """"as of …, made …" when `at` and the real time differ by more than a day."""
    timings: dict[str, float] = Field(default_factory=dict)
    """Seconds per stage of the audit."""

    @property
    def open(self) -> bool:
        """Whether the model may go on."""
        return self.state == "open"


__all__ = ["Answer", "Effect", "Gate", "GateLine"]
