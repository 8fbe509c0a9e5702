"""The one resolver of waivers. The clock is passed in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.record.attestation import Kind
from assay.record.audit import AppliedPolicy, Audit
from assay.record.estimate import Estimate
from assay.record.finding import Finding, Judgement
from assay.record.waiver import Waiver, WaiverState
from assay.source import nearest
from assay.verdict.people import called, folded
from assay.verdict.region import region

WHOLE = -1
"""In place of a judgement's number: the finding as a whole."""


@dataclass(frozen=True)
class Resolution:
    """What all waivers together do."""

    states: tuple[WaiverState, ...]
    waived: dict[str, tuple[WaiverState, ...]]
    """Finding → the waivers which together cover it wholly. Where one of them does not hold, they open nothing."""


def resolve(
    waivers: tuple[Waiver, ...], audit: Audit, at: datetime, verified: Collection[tuple[Kind, str]] = ()
) -> Resolution:
    """Which waivers hold at that time, and which findings they cover wholly, in whatever order they are given.

    `verified`: decisions, by kind and id, for which a signature of whoever decides was verified. Where several cover
    the same, a verified one counts. Where more waivers of a policy hold than it allows, none of them holds.
    """
    findings = {finding.id: finding for finding in audit.findings}
    policies = {policy.id: policy for policy in audit.policies}
    states: list[WaiverState] = []
    covered: dict[str, dict[int, str]] = {}
    for waiver in sorted(waivers, key=lambda waiver: (("waiver", waiver.id) not in verified, waiver.id)):
        finding, policy = findings.get(waiver.control), policies.get(policy_of(waiver.control))
        signed = ("waiver", waiver.id) in verified
        obstacle = never(waiver, audit.policies) or _obstacle(waiver, finding, audit, at)
        if obstacle is not None or finding is None or policy is None:
            states.append(
                _state(waiver, holds=False, why=obstacle or "this audit has no finding of that name", verified=signed)
            )
            continue
        blocking = blocking_estimates(finding)
        mine = [name for name, (judgement, estimate) in blocking.items() if _covers(waiver, judgement, estimate)]
        warning = expiring(waiver, at, policy.waiver_warning_days) if mine else None
        why = f"covers {len(mine)} of {len(blocking)} blocking estimates"
        states.append(_state(waiver, holds=bool(mine), why=why, verified=signed, warning=warning))
        for name in mine:
            covered.setdefault(finding.id, {}).setdefault(name, waiver.id)
    within = _within_ceilings(tuple(sorted(states, key=lambda state: state.id)), audit.policies)
    named = {state.id: state for state in within}
    waived = {
        name: tuple(named[id_] for id_ in dict.fromkeys(by_estimate.values()))
        for name, by_estimate in covered.items()
        if len(by_estimate) == len(blocking_estimates(findings[name]))
    }
    return Resolution(within, waived)


def policy_of(control: str) -> str:
    """The id of the policy: what stands before the slash."""
    return control.split("/")[0]


def unknown(control: str, policies: Sequence[AppliedPolicy]) -> str | None:
    """Why none of the policies has a control of that name to decide on."""
    policy = next((policy for policy in policies if policy.id == policy_of(control)), None)
    if policy is None:
        return f"UNKNOWN policy: none here is called {policy_of(control)}. {nearest(control, _names(policies))}"
    if any(rule.control == control for rule in policy.enforcements):
        return None
    name = control.partition("/")[2]
    if name in dict(policy.planned):
        return "this control is only planned; it asks nothing yet"
    return f"UNKNOWN control: {policy.id} has none called {name}. {nearest(control, _names([policy]))}"


def never(waiver: Waiver, policies: Sequence[AppliedPolicy]) -> str | None:
    """Why the waiver can hold for no subject and at no time, as far as its policy is concerned."""
    if (why := unknown(waiver.control, policies)) is not None:
        return why
    policy = next(policy for policy in policies if policy.id == policy_of(waiver.control))
    rule = next(rule for rule in policy.enforcements if rule.control == waiver.control)
    if not rule.waivable:
        return "this control cannot be waived"
    approver = folded(waiver.approver.id)
    if approver in {folded(owner) for owner in policy.owners}:
        return "its approver is an owner of the policy"
    if waiver.requested_by is not None and folded(waiver.requested_by.id) == approver:
        return "whoever requested it approved it"
    return None


def _names(policies: Sequence[AppliedPolicy]) -> list[str]:
    return [rule.control for policy in policies for rule in policy.enforcements]


def out_of_time(waiver: Waiver, at: datetime) -> str | None:
    """Why the waiver does not hold on that UTC day; its first and last day belong to it."""
    if at.date() > waiver.expires:
        return f"EXPIRED on {waiver.expires}"
    if waiver.approved_on is not None and at.date() < waiver.approved_on:
        return f"it was not approved before {waiver.approved_on}"
    return None


def days_left(waiver: Waiver, at: datetime) -> int:
    """Days until its last day; 0 on that day, negative after it."""
    return (waiver.expires - at.date()).days


def expiring(waiver: Waiver, at: datetime, warned: int) -> str | None:
    """The warning on the last day and on the `warned` days before it."""
    left = days_left(waiver, at)
    if not 0 <= left <= warned:
        return None
    return "expires today" if left == 0 else f"expires in {left} day{'' if left == 1 else 's'}"


def _obstacle(waiver: Waiver, finding: Finding | None, audit: Audit, at: datetime) -> str | None:
    if finding is None:
        return None
    if waiver.subject != audit.subject.digest:
        return "it was given for another subject (model, data or papers have changed)"
    late = out_of_time(waiver, at)
    if late is not None:
        return late
    if folded(waiver.approver.id) in {folded(owner.id) for owner in audit.subject.owners}:
        return "its approver is an owner of the model"
    if finding.outcome not in ("fail", "inconclusive"):
        return f"there is nothing to waive: {finding.outcome}"
    lapsed = _lapsed(waiver, finding)
    return f"it LAPSED: {lapsed} is beyond {waiver.lapses_beyond:g}" if lapsed else None


def _within_ceilings(states: tuple[WaiverState, ...], policies: Sequence[AppliedPolicy]) -> tuple[WaiverState, ...]:
    """The states, where a policy with more open waivers than it allows has none that holds."""
    for policy in policies:
        mine = [state for state in states if state.holds and state.control.startswith(f"{policy.id}/")]
        if policy.maximum_open_waivers is None or len(mine) <= policy.maximum_open_waivers:
            continue
        told = f"TOO MANY waivers of {policy.id} are open: {len(mine)}, and it allows {policy.maximum_open_waivers}"
        change = {"holds": False, "why": told, "warning": None}
        states = tuple(state.model_copy(update=change) if state in mine else state for state in states)
    return states


def blocking_estimates(finding: Finding) -> dict[int, tuple[Judgement, Estimate | None]]:
    """What stands in the way of a pass, by the number of its judgement; a condition stands in the way as a whole."""
    estimates = {estimate.id: estimate for estimate in finding.measured.estimates}
    blocking: dict[int, tuple[Judgement, Estimate | None]] = {
        number: (judgement, estimates.get(judgement.estimate))
        for number, judgement in enumerate(finding.judgements)
        if judgement.outcome in ("fail", "inconclusive") and not judgement.tolerated
    }
    if blocking and not finding.measured.missing:
        return blocking
    whole = Judgement(estimate="", outcome=finding.outcome, reason=finding.reason, sentence=finding.sentence)
    return {**blocking, WHOLE: (whole, None)}


def _covers(waiver: Waiver, judgement: Judgement, estimate: Estimate | None) -> bool:
    if judgement.outcome not in waiver.covers:
        return False
    if not waiver.groups:
        return True
    if estimate is None or estimate.grouping is None or estimate.group is None:
        return False
    groups = waiver.groups.get(estimate.grouping, ())
    return estimate.group in ((groups,) if isinstance(groups, str) else groups)


def _lapsed(waiver: Waiver, finding: Finding) -> str | None:
    """The first covered estimate that the waiver's own limit does not bear, put in the place of the threshold."""
    if waiver.lapses_beyond is None:
        return None
    for judgement, estimate in blocking_estimates(finding).values():
        if estimate is None or not _covers(waiver, judgement, estimate):
            continue
        criterion = finding.criteria[judgement.criterion]
        if criterion.operator not in ("at_least", "at_most", "above", "below"):
            return f"a limit has no direction where the criterion is `{criterion.operator}`; {estimate.id}"
        borne = region(criterion.model_copy(update={criterion.operator: waiver.lapses_beyond}), estimate)
        if borne is None or estimate.value is None or not borne.holds(estimate.value):
            value = "undefined" if estimate.value is None else f"{estimate.value:.4g}"
            return f"{estimate.id} = {value}"
    return None


def _state(waiver: Waiver, *, holds: bool, why: str, verified: bool, warning: str | None = None) -> WaiverState:
    return WaiverState(
        id=waiver.id,
        control=waiver.control,
        holds=holds,
        why=f"{why}; approver not verified" if holds and not verified else why,
        warning=warning,
        approver=called(waiver.approver),
        requested_by=called(waiver.requested_by) if waiver.requested_by else None,
        approved_on=waiver.approved_on,
        expires=waiver.expires,
        reason=waiver.reason,
        verified=verified,
    )
