"""The one resolver of sign-offs: decisions to go on with an inconclusive finding where the policy asks for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.record.attestation import SignOff, SignOffState
from assay.record.audit import Audit
from assay.record.finding import Finding
from assay.record.gate import GateLine
from assay.record.people import Person
from assay.record.policy import Stage
from assay.verdict.attestations import Verified
from assay.verdict.people import called, folded
from assay.verdict.waivers import policy_of, unknown


@dataclass(frozen=True)
class SignedOff:
    """What all sign-offs together do."""

    states: tuple[SignOffState, ...]
    by: Mapping[str, tuple[SignOffState, ...]]
    """Finding → the sign-offs by which the gate goes on with it."""


def sign_off(
    sign_offs: Sequence[SignOff],
    audit: Audit,
    lines: Sequence[GateLine],
    *,
    audit_digest: str,
    at: datetime,
    stage: Stage,
    verified: Verified,
) -> SignedOff:
    """Which sign-offs count, in whatever order they are given; `lines` say what the gate does without them.

    In production only what is verified counts.
    """
    findings = {finding.id: finding for finding in audit.findings}
    effects = {line.finding: line for line in lines}
    states: list[SignOffState] = []
    for one in sorted(sign_offs, key=lambda one: one.id):
        known = ("sign-off", one.id) in verified
        obstacle = _obstacle(one, findings.get(one.control), effects.get(one.control), audit)
        if obstacle is None and one.audit != audit_digest:
            obstacle = "it was made for another audit"
        if obstacle is None and at.date() < one.made_on:
            obstacle = f"it was not made before {one.made_on}"
        if obstacle is None and stage == "production" and not known:
            obstacle = "it opens no production gate: who decides is not verified"
        states.append(_state(one, obstacle, verified=known))
    counted = [state for state in states if state.counts]
    by = {name: tuple(state for state in counted if state.control == name) for name in effects}
    return SignedOff(tuple(states), {name: mine for name, mine in by.items() if mine})


def told(states: Sequence[SignOffState]) -> str:
    """`signed off by Ben Cho on 2026-03-31`."""
    people = (f"{state.by} on {state.made_on}{'' if state.verified else ', not verified'}" for state in states)
    return f"signed off by {' and by '.join(dict.fromkeys(people))}"


def refused(finding: Finding) -> str | None:
    """Why the outcome of the finding is nothing that anybody can sign off."""
    match finding.outcome, finding.reason:
        case "inconclusive", "attestation_pending":
            return "it waits for an attestation, which no sign-off replaces"
        case "inconclusive", _:
            return None
        case "fail", _:
            return "a fail can be waived, never signed off"
        case outcome, _:
            return f"there is nothing to sign off: {outcome.replace('_', ' ')}"


def owns(person: Person, control: str, audit: Audit) -> str | None:
    """Why somebody may not sign off a control: they own the model or its policy."""
    who = folded(person.id)
    if who in {folded(owner.id) for owner in audit.subject.owners}:
        return "whoever decides is an owner of the model"
    owners = (owner for policy in audit.policies if policy.id == policy_of(control) for owner in policy.owners)
    if who in {folded(owner) for owner in owners}:
        return "whoever decides is an owner of the policy"
    return None


def _obstacle(one: SignOff, finding: Finding | None, line: GateLine | None, audit: Audit) -> str | None:
    if finding is None or line is None:
        return unknown(one.control, audit.policies) or "this audit has no finding of that name"
    if (why := refused(finding)) is not None:
        return why
    if line.effect == "block":
        return "the policy blocks here, where it could ask for a sign-off: only a waiver helps"
    if line.effect != "sign_off":
        return f"there is nothing to sign off: {line.why}"
    return owns(one.by, one.control, audit)


def _state(one: SignOff, obstacle: str | None, *, verified: bool) -> SignOffState:
    return SignOffState(
        id=one.id,
        control=one.control,
        counts=obstacle is None,
        why=obstacle or ("the gate goes on with the finding" + ("" if verified else "; who decides is not verified")),
        reason=one.reason,
        by=called(one.by),
        made_on=one.made_on,
        verified=verified,
    )
