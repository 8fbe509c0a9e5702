"""What a list of problems shows of the record, and how bad each is: the gate decides, the severity orders."""

from __future__ import annotations

from typing import Literal

from assay.export.cases import Case, cases, whole
from assay.export.recorded import Recorded
from assay.export.standing import standing
from assay.record.finding import WORST_FIRST
from assay.record.gate import Effect
from assay.record.policy import Severity

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
_LEVEL: dict[Severity, Level] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_MOST: dict[Effect, Level] = {
    "block": "error",
    "sign_off": "error",
    "warn": "warning",
    "inform": "note",
    "none": "note",
}
_EFFECTS: tuple[Effect, ...] = ("block", "sign_off", "warn", "inform", "none")


def listed(recorded: Recorded) -> tuple[Case, ...]:
    """A case per control that passes or does not apply; else one per group or part that does not pass. Worst first.

    Where the parts of a control pass and the control does not, as with too many people without a label, it is one case.
    """
    of_finding: dict[str, list[Case]] = {}
    for case in cases(recorded):
        of_finding.setdefault(case.finding.id, []).append(case)
    model = recorded.audit.subject.id
    found = [case for each in of_finding.values() for case in _failing_parts(each) or (_whole(each, model),)]
    return tuple(sorted(found, key=_rank))


def _failing_parts(each: list[Case]) -> list[Case]:
    finding = each[0].finding
    if finding.outcome not in ("fail", "inconclusive"):
        return []
    tolerated = {judgement.estimate for judgement in finding.judgements if judgement.tolerated}
    return [case for case in each if case.part not in tolerated and case.outcome not in ("pass", "not_applicable")]


def _whole(each: list[Case], model: str) -> Case:
    return each[0] if each[0].part is None else whole(each[0].finding, each[0].line, model)


def _rank(case: Case) -> tuple[bool, int, int, int, int]:
    return (
        not is_open(case),
        LEVELS.index(level(case)),
        WORST_FIRST.index(case.outcome),
        _EFFECTS.index(case.line.effect),
        SEVERITIES.index(case.finding.severity),
    )


def is_open(case: Case) -> bool:
    """Whether it does not pass, and nobody has answered it by a waiver, a sign-off or an attestation."""
    if case.outcome in ("pass", "not_applicable"):
        return False
    line = case.line
    return line.effect != "none" or not (line.waived_by or line.signed_off_by or line.attested == "pass")


def stands(case: Case) -> str:
    """`fail, closes the gate`, of the group rather than of the whole control."""
    return standing(case.line.model_copy(update={"outcome": case.outcome}))


def level(case: Case) -> Level:
    """By severity, and never above what the gate does: what only informs is a note. An error closes every gate."""
    if case.outcome == "error":
        return "error"
    by_severity = _LEVEL[case.finding.severity]
    if case.outcome in ("pass", "not_applicable"):
        return by_severity
    return LEVELS[max(LEVELS.index(by_severity), LEVELS.index(_MOST[case.line.effect]))]
