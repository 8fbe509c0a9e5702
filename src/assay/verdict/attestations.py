"""The one resolver of attestations: what people say in answer to controls that no program can measure.

The audit leaves such a finding open. Here it gets its answer, for one stage and one time; the audit stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assay.record.asked import AskedStatement
from assay.record.attestation import Attestation, AttestationState, Kind
from assay.record.audit import Audit
from assay.record.finding import Finding, Outcome
from assay.record.policy import Stage
from assay.verdict.people import called, folded
from assay.verdict.waivers import unknown

Verified = Collection[tuple[Kind, str]]
"""The decisions, by kind and id, for which a signature of whoever decides was verified."""


@dataclass(frozen=True)
class Answers:
    """What all attestations together say."""

    states: tuple[AttestationState, ...]
    audit: Audit
    """The audit, where every finding that was answered passes or fails."""
    told: Mapping[str, str]
    """Finding that was answered → by whom, in words."""


def answer(
    attestations: Sequence[Attestation],
    audit: Audit,
    *,
    at: datetime,
    stage: Stage,
    verified: Verified,
    unproven: Mapping[str, str],
) -> Answers:
    """Which attestations count, and what they answer, in whatever order they are given.

    One that says no is enough for a fail. In production only what is verified counts. `unproven`: attestation → what is
    wrong with the file that should show it.
    """
    findings = {finding.id: finding for finding in audit.findings}
    states: list[AttestationState] = []
    for one in sorted(attestations, key=lambda one: one.id):
        known = ("attestation", one.id) in verified
        obstacle = _obstacle(one, findings.get(one.control), audit, at) or unproven.get(one.id)
        if obstacle is None and stage == "production" and not known:
            obstacle = "it counts for no production gate: who says it is not verified"
        states.append(_state(one, obstacle, verified=known))
    counted = [state for state in states if state.counts]
    said = {name: [state for state in counted if state.control == name] for name in findings}
    told = {name: _told(of_it) for name, of_it in said.items() if of_it}
    answered = tuple(_answered(finding, said[finding.id]) for finding in audit.findings)
    return Answers(tuple(states), audit.model_copy(update={"findings": answered}), told)


def _obstacle(one: Attestation, finding: Finding | None, audit: Audit, at: datetime) -> str | None:
    """Why it does not answer the control."""
    if finding is None:
        return unknown(one.control, audit.policies) or "this audit has no finding of that name"
    if finding.attest is None:
        return "the control asks nobody: it is measured"
    if finding.reason != "attestation_pending":
        return f"there is nothing to attest: {finding.outcome.replace('_', ' ')}"
    if one.subject != audit.subject.digest:
        return "it was made for another subject (model, data or papers have changed)"
    return _late(one, finding.attest, at) or unfit(one, finding.attest)


def _late(one: Attestation, asked: AskedStatement, at: datetime) -> str | None:
    today = at.date()
    if today > one.expires:
        return f"EXPIRED on {one.expires}"
    if today < one.made_on:
        return f"it was not made before {one.made_on}"
    if asked.maximum_days is not None and today - one.made_on > timedelta(days=asked.maximum_days):
        return f"EXPIRED: made on {one.made_on}, and it counts for {asked.maximum_days} days"
    return None


def unfit(one: Attestation, asked: AskedStatement) -> str | None:
    """Why it is no answer to what is asked, whenever and of whatever it is made."""
    if asked.roles is not None and folded(one.by.role or "") not in {folded(role) for role in asked.roles}:
        spoken = f"in the role {one.by.role}" if one.by.role else "without a role"
        return f"it is said {spoken}, and has to be said by: {', '.join(asked.roles)}"
    if asked.evidence == "required" and one.evidence is None:
        return "the control asks for evidence, and it names no file"
    return None


def _answered(finding: Finding, said: Sequence[AttestationState]) -> Finding:
    if not said:
        return finding
    outcome: Outcome = "pass" if all(state.holds for state in said) else "fail"
    return finding.model_copy(update={"outcome": outcome, "reason": None})


def _told(said: Sequence[AttestationState]) -> str:
    """`attested by Maria Lopez on 2026-03-31`; where somebody says no, that alone."""
    decisive = [state for state in said if not state.holds] or said
    word = "attested" if decisive[0].holds else "attested not to be so"
    people = dict.fromkeys(
        f"{state.by}{f' (role {state.role}, by their own word)' if state.role else ''} on {state.made_on}"
        f"{'' if state.verified else ', not verified'}"
        for state in decisive
    )
    return f"{word} by {' and by '.join(people)}"


def _state(one: Attestation, obstacle: str | None, *, verified: bool) -> AttestationState:
    return AttestationState(
        id=one.id,
        control=one.control,
        counts=obstacle is None,
        why=obstacle or ("it answers the control" + ("" if verified else "; who says it is not verified")),
        holds=one.holds,
        statement=one.statement,
        by=called(one.by),
        role=one.by.role,
        made_on=one.made_on,
        expires=one.expires,
        verified=verified,
    )
