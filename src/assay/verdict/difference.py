"""What differs between two audits. Pure: no clock, no files. The order of findings and estimates changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from assay.record.audit import Audit
from assay.record.comparison import (
    AuditDifference,
    Compared,
    ComparedGate,
    Evidence,
    FileChange,
    FindingChange,
    Loss,
    WaiverChange,
)
from assay.record.finding import Finding, Outcome
from assay.record.gate import Gate, GateLine
from assay.record.parts import measured_parts, naming, part_outcomes
from assay.record.policy import TIERS, Severity
from assay.verdict.movement import moved
from assay.verdict.terms import changed_policies, changed_terms

Drawn = tuple[Audit, Gate | None]
"""An audit and its gate; without the gate, what it would say is left out."""
_UNMEASURED = ("evidence_missing", "applicability_unknown", "attestation_pending")
_Change = TypeVar("_Change", FindingChange, Evidence)


@dataclass(frozen=True)
class _Pair:
    """A control that is in both audits."""

    old: Finding
    new: Finding
    before: GateLine | None
    after: GateLine | None

    @property
    def same(self) -> bool:
        return self.old.outcome == self.new.outcome

    def change(self, parts: Iterable[str] = ()) -> FindingChange:
        return _change(self.old, self.new, self.before, self.after, tuple(parts))


def difference(old: Drawn, new: Drawn) -> AuditDifference:
    """Everything in which `new` is not `old`, keyed by policy, control and group."""
    (old_audit, old_gate), (new_audit, new_gate) = old, new
    before, after = ({finding.id: finding for finding in audit.findings} for audit in (old_audit, new_audit))
    both = old_gate is not None and new_gate is not None
    old_lines, new_lines = (_lines(gate if both else None) for gate in (old_gate, new_gate))
    pairs = [
        _Pair(before[name], after[name], old_lines.get(name), new_lines.get(name))
        for name in sorted(before.keys() & after.keys())
    ]
    unlike = [pair for pair in pairs if pair.old != pair.new]
    removed = [_change(before[name], None, old_lines.get(name), None) for name in before.keys() - after.keys()]
    added = [_change(None, after[name], None, new_lines.get(name)) for name in after.keys() - before.keys()]
    lost = [loss for pair in unlike if (loss := _lost(pair.old, pair.new)) is not None]
    gained = [gain for pair in unlike if (gain := _lost(pair.new, pair.old)) is not None]
    without = {loss.finding for loss in lost if loss.kind == "evidence_missing"}
    undecided = _newly([pair for pair in unlike if pair.new.id not in without], "inconclusive")
    effects = _worst_first(pair.change() for pair in pairs if pair.same and _effect_differs(pair))
    return AuditDifference(
        old=_compared(old_audit, old_gate),
        new=_compared(new_audit, new_gate),
        newly_error=_worst_first(pair.change() for pair in unlike if pair.new.outcome == "error" and not pair.same),
        newly_failing=_worst_first(_newly(unlike, "fail")),
        lost=_worst_first(lost),
        removed=_worst_first(removed),
        newly_inconclusive=_worst_first(undecided),
        newly_closing=tuple(change for change in effects if change.closes),
        closed_by=_closed_by(old_gate, new_gate),
        effects=tuple(change for change in effects if not change.closes),
        fixed=_worst_first(_fixed(unlike)),
        gained=_worst_first(gained),
        added=_worst_first(added),
        policies=changed_policies(old_audit, new_audit),
        terms=changed_terms(old_audit, new_audit),
        files=_files(old_audit, new_audit),
        waivers=_waivers(old_gate, new_gate),
        moved=moved((pair.old, pair.new) for pair in unlike),
    )


def _lines(gate: Gate | None) -> dict[str, GateLine]:
    return {} if gate is None else {line.finding: line for line in gate.lines}


def _change(
    old: Finding | None,
    new: Finding | None,
    before: GateLine | None,
    after: GateLine | None,
    parts: tuple[str, ...] = (),
) -> FindingChange:
    shown = new or old
    assert shown is not None  # noqa: S101  one of the two audits has it
    return FindingChange(
        finding=shown.id,
        title=shown.title,
        severity=shown.severity,
        before=None if old is None else old.outcome,
        after=None if new is None else new.outcome,
        before_reason=None if old is None else old.reason,
        after_reason=None if new is None else new.reason,
        sentence=shown.sentence,
        parts=parts,
        before_effect=None if before is None else before.effect,
        after_effect=None if after is None else after.effect,
        after_why=None if after is None else after.why,
        waived_by=after.waived_by if after is not None and after.effect == "none" else None,
    )


def _newly(pairs: Iterable[_Pair], outcome: Outcome) -> Iterator[FindingChange]:
    """Controls that have this outcome and had not; and those that only have it for more groups than before."""
    for pair in pairs:
        before, after = _parts(pair)
        parts = sorted(name for name, now in after.items() if now == outcome != before.get(name))
        if parts if pair.same else pair.new.outcome == outcome:
            yield pair.change(parts)


def _fixed(pairs: Iterable[_Pair]) -> Iterator[FindingChange]:
    for pair in pairs:
        before, after = _parts(pair)
        parts = sorted(name for name, was in before.items() if was != "pass" and after.get(name) == "pass")
        mended = pair.new.outcome == "pass" and pair.old.outcome in ("error", "fail", "inconclusive")
        if parts if pair.same else mended:
            yield pair.change(parts)


def _parts(pair: _Pair) -> tuple[dict[str, Outcome], dict[str, Outcome]]:
    """The answers of the parts of both; nothing where one and the same is all they have: then the control changed."""
    name = naming(pair.old, pair.new)
    before, after = (part_outcomes(finding, name) for finding in (pair.old, pair.new))
    return ({}, {}) if before.keys() == after.keys() and len(before) == 1 else (before, after)


def _lost(old: Finding, new: Finding) -> Evidence | None:
    """What `old` was judged by and `new` is not. An error measures nothing either, and is told as an error."""
    if old.outcome == "not_applicable" or new.outcome == "error":
        return None
    if new.outcome == "not_applicable":
        return _evidence(new, "not_applicable")
    if old.outcome == "error" or old.reason in _UNMEASURED:
        return None
    if new.reason == "evidence_missing":
        return _evidence(new, "evidence_missing")
    name = naming(old, new)
    gone = sorted(measured_parts(old, name) - measured_parts(new, name))
    return _evidence(new, "estimates", tuple(gone)) if gone else None


def _evidence(finding: Finding, kind: Loss, parts: tuple[str, ...] = ()) -> Evidence:
    return Evidence(
        finding=finding.id,
        title=finding.title,
        severity=finding.severity,
        kind=kind,
        parts=parts,
        sentence=finding.sentence,
    )


def _effect_differs(pair: _Pair) -> bool:
    if pair.before is None or pair.after is None:
        return False
    return pair.before.effect != pair.after.effect


def _closed_by(old: Gate | None, new: Gate | None) -> tuple[str, ...]:
    """Why a gate that was open is closed, but for what its controls say."""
    if old is None or new is None or new.open or not old.open:
        return ()
    of_controls = {f"{line.finding}: {line.why}" for line in new.lines}
    return tuple(why for why in new.why if why not in of_controls)


def _worst_first(changes: Iterable[_Change]) -> tuple[_Change, ...]:
    return tuple(sorted(changes, key=lambda change: (_rank(change.severity), change.finding)))


def _rank(severity: Severity) -> int:
    return -TIERS.index(severity)


def _compared(audit: Audit, gate: Gate | None) -> Compared:
    subject = audit.subject
    return Compared(
        audit=audit.id, at=audit.at, law_at=audit.law_at.day, model=subject.id, name=subject.name,
        version=subject.version, digest=subject.digest,
        gate=None if gate is None else ComparedGate(
            state=gate.state, stage=gate.stage, exit_code=gate.exit_code, at=gate.at, why=gate.why
        ),
    )  # fmt: skip


def _files(old: Audit, new: Audit) -> tuple[FileChange, ...]:
    """By role, and by path where several files have the same one."""
    before, after = _digests(old), _digests(new)
    return tuple(
        FileChange(role=role, before=before.get(role), after=after.get(role))
        for role in sorted(before.keys() | after.keys())
        if before.get(role) != after.get(role)
    )


def _digests(audit: Audit) -> Mapping[str, str]:
    files = audit.subject.files
    roles = [file.role for file in files]
    return {file.role if roles.count(file.role) == 1 else f"{file.role} {file.path}": file.digest for file in files}


def _waivers(old: Gate | None, new: Gate | None) -> tuple[WaiverChange, ...]:
    if old is None or new is None:
        return ()
    before, after = ({state.id: state for state in gate.waivers} for gate in (old, new))
    found = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        held, holds = was is not None and was.holds, now is not None and now.holds
        if held == holds:
            continue
        if now is not None and holds:
            found.append(WaiverChange(id=name, control=now.control, kind="gained", why=now.why))
        elif was is not None:
            expired = now is not None and new.at.date() > now.expires
            why = now.why if now is not None else "it was not given to the new audit"
            kind = "expired" if expired else "lost"
            found.append(WaiverChange(id=name, control=was.control, kind=kind, why=why))  # type: ignore[arg-type]
    order = ("expired", "lost", "gained")
    return tuple(sorted(found, key=lambda change: (order.index(change.kind), change.id)))
