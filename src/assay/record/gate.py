"""The gate: open or closed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from assay.record.attestation import AttestationState, SignOffState
from assay.record.finding import Outcome
from assay.record.frozen import Frozen, Moment
from assay.record.policy import Answer, Stage
from assay.record.signature import FoundSignature
from assay.record.waiver import WaiverState

if TYPE_CHECKING:
    from assay.record.audit import Audit

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

    def told(self, audit: Audit | None = None) -> str:
        """The state, and a line per reason; with the audit, what each finding that stands in the way says."""
        as_of = f", {self.as_of}" if self.as_of else ""
        lines = [f"gate {self.state.upper()} for {self.stage}{as_of} (exit {self.exit_code})"]
        sentences = {} if audit is None else {finding.id: finding.sentence for finding in audit.findings}
        for why in self.why:
            lines.append(f"  {_line(why)}")
            sentence = sentences.get(why.partition(": ")[0])
            lines += [f"    {_line(sentence)}"] if sentence else []
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.told()

    def __repr__(self) -> str:
        return f"<{'; '.join(line.strip() for line in self.told().splitlines())}>"


def _line(text: str) -> str:
    """Text from a manifest stays one line and cannot turn the reader's."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


__all__ = ["Answer", "Effect", "Gate", "GateLine"]
