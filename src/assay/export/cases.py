"""The record as a flat list, as programs for tests and for problems show it: each control, and each of its groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

from assay.export.recorded import Recorded
from assay.record.estimate import Estimate
from assay.record.finding import WORST_FIRST, Finding, Outcome, Reason
from assay.record.gate import GateLine


@dataclass(frozen=True)
class Case:
    """A control, or one group (or part) of a control."""

    finding: Finding
    line: GateLine
    """What the gate does with the whole finding."""
    part: str | None
    """`impact_ratio[sex: female / male]`, the id of the estimate; None for a control judged as a whole."""
    estimate: Estimate | None
    outcome: Outcome
    reason: Reason | None
    sentence: str
    fingerprint: str
    """Hash of policy, control, part and model: the same in the next audit, whatever moved to another line."""

    @property
    def name(self) -> str:
        """`FAIR-01`, or `FAIR-01 impact_ratio[sex: female / male]`."""
        return self.finding.control if self.part is None else f"{self.finding.control} {self.part}"


def cases(recorded: Recorded) -> tuple[Case, ...]:
    """Every finding in the order of the record, a case per judged estimate where it has several, else one case.

    Where several criteria judge one estimate the worst answer is its case.
    """
    return tuple(_of_all(recorded))


def _of_all(recorded: Recorded) -> Iterator[Case]:
    lines = {line.finding: line for line in recorded.gate.lines}
    model = recorded.audit.subject.id
    for finding in recorded.audit.findings:
        line = lines[finding.id]
        parts = tuple(_parts(finding, line, model))
        if len(parts) > 1 and finding.outcome not in ("error", "not_applicable"):
            yield from parts
        else:
            yield replace(whole(finding, line, model), estimate=parts[0].estimate if len(parts) == 1 else None)


def whole(finding: Finding, line: GateLine, model: str) -> Case:
    """The control as one case, whatever its groups are."""
    told = fingerprint(finding.policy, finding.control, None, model)
    return Case(finding, line, None, None, finding.outcome, finding.reason, finding.sentence, told)


def _parts(finding: Finding, line: GateLine, model: str) -> Iterator[Case]:
    estimates = {estimate.id: estimate for estimate in finding.measured.estimates}
    worst: dict[str, Case] = {}
    for judgement in finding.judgements:
        case = Case(
            finding, line, judgement.estimate, estimates.get(judgement.estimate), judgement.outcome, judgement.reason,
            judgement.sentence, fingerprint(finding.policy, finding.control, judgement.estimate, model),
        )  # fmt: skip
        before = worst.get(judgement.estimate)
        if before is None or WORST_FIRST.index(case.outcome) < WORST_FIRST.index(before.outcome):
            worst[judgement.estimate] = case
    yield from worst.values()


def fingerprint(policy: str, control: str, part: str | None, model: str) -> str:
    """32 hexadecimal digits."""
    told = "\0".join((policy, control, part or "", model))
    return sha256(told.encode()).hexdigest()[:32]
