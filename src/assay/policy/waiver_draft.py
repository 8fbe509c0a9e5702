"""The beginning of a waiver, made from a finding: what a program knows is there, what a person must say is blank."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

from assay.errors import AssayError
from assay.policy.decision_draft import finding_named
from assay.record.audit import Audit
from assay.record.finding import Finding, Outcome
from assay.record.waiver import CONTROL
from assay.source import nearest
from assay.source.told import short
from assay.verdict.waivers import blocking_estimates

LONGEST_COMMENT = 110


def draft(audit: Audit, control: str, *, groups: Mapping[str, Sequence[str]], expires: date | None) -> str:
    """A waiver file that covers what blocks the control, or only the given groups of it.

    It does not load until id, reason, approver and last day are filled in. Raises AssayError where there is no such
    control, nothing to waive, or no such group.
    """
    finding = _finding(audit, control)
    covered, outcomes = _covered(finding, groups)
    given = f"{expires}" if expires is not None else "# FILL IN: the last day on which it holds, UTC, e.g. 2026-06-30"
    lines = [
        "assay: waivers/v1",
        "waivers:",
        f"  # {_comment(f'{finding.title}: {finding.outcome}. {finding.sentence}')}",
        "  - id: # FILL IN: a name that no other waiver has, e.g. W-2026-014",
        f"    control: {finding.id}",
        *([f"    groups: {_flow(covered)}"] if covered else ["    # no `groups`: the whole control is covered"]),
        f"    covers: [{', '.join(outcomes)}]",
        f"    subject: {audit.subject.digest}",
        "    reason: # FILL IN: why the exception is right, and what will end it",
        "    approver:",
        "      id: # FILL IN: who approves it; no owner of the model or of the policy, and not who asks for it",
        f"    expires: {given}",
        "    # If you like: requested_by, approved_on, lapses_beyond.",
    ]
    return "\n".join(lines) + "\n"


def _finding(audit: Audit, control: str) -> Finding:
    finding = finding_named(audit, control)
    if not re.fullmatch(CONTROL, finding.id):
        raise AssayError(f"`{short(finding.id)}` cannot be the name of a control")
    if finding.outcome not in ("fail", "inconclusive"):
        told = finding.outcome.replace("_", " ")
        raise AssayError(
            f"there is nothing to waive: {finding.id} is {told}", hint="A waiver covers a fail or an inconclusive."
        )
    if not any(
        rule.waivable for policy in audit.policies for rule in policy.enforcements if rule.control == finding.id
    ):
        raise AssayError(f"{finding.id} cannot be waived", hint="Its policy says `waivable: false`.")
    return finding


def _covered(finding: Finding, asked: Mapping[str, Sequence[str]]) -> tuple[dict[str, list[str]], list[Outcome]]:
    """Grouping → groups that stand in the way of a pass, and their outcomes; no groups where it fails as a whole."""
    blocking = list(blocking_estimates(finding).values())
    named = {
        (estimate.grouping, estimate.group): judgement.outcome
        for judgement, estimate in blocking
        if estimate is not None and estimate.grouping is not None and estimate.group is not None
    }
    wanted = {(grouping, group) for grouping, groups in asked.items() for group in groups}
    for grouping, group in sorted(wanted - set(named)):
        known = [f"{a}={b}" for a, b in named]
        hint = nearest(f"{grouping}={group}", known) or "It is covered as a whole: leave --group out."
        raise AssayError(f"{grouping}={short(group)} does not stand in the way of {finding.id}", hint=hint)
    whole = not wanted and any(e is None or e.grouping is None or e.group is None for _, e in blocking)
    covered: dict[str, list[str]] = {}
    for grouping, group in named:
        if not whole and (not wanted or (grouping, group) in wanted):
            covered.setdefault(str(grouping), []).append(str(group))
    outcomes = {j.outcome for j, e in blocking if not wanted or (e is not None and (e.grouping, e.group) in wanted)}
    return covered, sorted(outcomes)


def _comment(text: str) -> str:
    """One line that cannot end the comment it stands in."""
    return short("".join(char if char.isprintable() else " " for char in text), LONGEST_COMMENT)


def _flow(groups: Mapping[str, Sequence[str]]) -> str:
    """As JSON, which is YAML too, so that no name is read as something else; what YAML would fold is escaped."""
    text = json.dumps(groups, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text)
