"""The one resolver of waivers. The clock is passed in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from assay.record.audit import AppliedPolicy, Audit
from assay.record.estimate import Estimate
from assay.record.finding import Finding, Judgement
from assay.record.waiver import Waiver, WaiverState
from assay.verdict.region import region

WHOLE = -1
"""In place of a judgement's number: the finding as a whole."""


@dataclass(frozen=True)
class Resolution:
    """What all waivers together do."""

    states: tuple[WaiverState, ...]
    waived: dict[str, tuple[WaiverState, ...]]
    """Finding → the waivers which together cover it wholly."""


def resolve(waivers: tuple[Waiver, ...], audit: Audit, at: datetime) -> Resolution:
    """Which waivers hold at that time, and which findings they cover wholly."""
    findings = {finding.id: finding for finding in audit.findings}
    policies = {policy.id: policy for policy in audit.policies}
    states: list[WaiverState] = []
    covered: dict[str, dict[int, WaiverState]] = {}
    for waiver in waivers:
        finding = findings.get(waiver.control)
        obstacle = _obstacle(waiver, finding, policies.get(waiver.control.split("/")[0]), audit, at)
        if obstacle is not None or finding is None:
            states.append(_state(waiver, holds=False, why=obstacle or "no such control"))
            continue
        blocking = _blocking(finding)
        mine = [name for name, (judgement, estimate) in blocking.items() if _covers(waiver, judgement, estimate)]
        state = _state(waiver, holds=bool(mine), why=f"covers {len(mine)} of {len(blocking)} blocking estimates")
        states.append(state)
        for name in mine:
            covered.setdefault(finding.id, {}).setdefault(name, state)
    waived = {
        name: tuple({state.id: state for state in by_estimate.values()}.values())
        for name, by_estimate in covered.items()
        if len(by_estimate) == len(_blocking(findings[name]))
    }
    return Resolution(tuple(states), waived)


def _obstacle(
    waiver: Waiver, finding: Finding | None, policy: AppliedPolicy | None, audit: Audit, at: datetime
) -> str | None:
    if finding is None or policy is None:
        return "no control of this audit has that name"
    if waiver.subject != audit.subject.digest:
        return "it was given for another subject (model, data or papers have changed)"
    if at.date() > waiver.expires:
        return f"EXPIRED on {waiver.expires.isoformat()}"
    approver = _folded(waiver.approver.id)
    if approver in {_folded(owner.id) for owner in audit.subject.owners}:
        return "its approver is an owner of the model"
    if approver in {_folded(owner) for owner in policy.owners}:
        return "its approver is an owner of the policy"
    if waiver.requested_by is not None and _folded(waiver.requested_by.id) == approver:
        return "whoever requested it approved it"
    if finding.outcome not in ("fail", "inconclusive"):
        return f"there is nothing to waive: {finding.outcome}"
    lapsed = _lapsed(waiver, finding)
    return f"it LAPSED: {lapsed} is beyond {waiver.lapses_beyond:g}" if lapsed else None


def _folded(name: str) -> str:
    """The id without regard to case, blanks and look-alike forms: `M.Tanaka` is `m.tanaka`."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _blocking(finding: Finding) -> dict[int, tuple[Judgement, Estimate | None]]:
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
    for judgement, estimate in _blocking(finding).values():
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


def _state(waiver: Waiver, *, holds: bool, why: str) -> WaiverState:
    return WaiverState(
        id=waiver.id,
        control=waiver.control,
        holds=holds,
        why=f"{why}; approver not verified" if holds else why,
        approver=waiver.approver.name or waiver.approver.id,
        expires=waiver.expires,
        reason=waiver.reason,
    )
