"""The gate: a pure function of audit, waivers, stage and time. Drawing it measures nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from assay.record.audit import Audit, EnforcementOf
from assay.record.finding import Finding
from assay.record.gate import Effect, Gate, GateLine
from assay.record.policy import TIERS, Enforcement, Stage, Tier
from assay.record.waiver import Waiver, WaiverState
from assay.verdict.waivers import resolve

OPEN, FAILED, INVALID, ERROR, UNDECIDED = 0, 1, 2, 3, 4
"""The exit codes of a gate, under every flag. Precedence: 2, 3, 1, 4, 0."""


def draw_gate(
    audit: Audit,
    *,
    audit_digest: str,
    stage: Stage,
    at: datetime,
    made: datetime,
    waivers: tuple[Waiver, ...] = (),
    timings: dict[str, float] | None = None,
) -> Gate:
    """Open when nothing blocks and something was evaluated; closed otherwise, with every reason."""
    resolution = resolve(waivers, audit, at)
    accepts = {policy.id: policy.unsigned_waivers == "accept" for policy in audit.policies}
    rules = {rule.control: rule for policy in audit.policies for rule in policy.enforcements}
    lines = tuple(
        _line(finding, rules[finding.id], audit.subject.tier, stage, resolution.waived.get(finding.id, ()),
              unsigned_accepted=accepts[finding.policy])
        for finding in audit.findings
    )  # fmt: skip
    as_of = None
    if abs(at - made) > timedelta(days=1):
        as_of = f"as of {at:%Y-%m-%d}, made {made:%Y-%m-%d}"
    exit_code, why = _decide(audit, lines, stage, as_of)
    return Gate(
        audit=audit_digest, stage=stage, at=at, made=made, state="open" if exit_code == OPEN else "closed",
        exit_code=exit_code, why=why, lines=lines, waivers=resolution.states, as_of=as_of, timings=timings or {},
    )  # fmt: skip


def _decide(audit: Audit, lines: tuple[GateLine, ...], stage: Stage, as_of: str | None) -> tuple[int, tuple[str, ...]]:
    reasons: dict[int, list[str]] = {ERROR: [], FAILED: [], UNDECIDED: []}
    for line in lines:
        if line.effect in ("block", "sign_off"):
            code = {"error": ERROR, "fail": FAILED}.get(line.outcome, UNDECIDED)
            reasons[code].append(f"{line.finding}: {line.why}")
    second = audit.second_computation
    if second is not None and second.agrees is False:
        reasons[ERROR].append(
            f"{second.library} computes other group metrics, up to {second.largest_difference:g} apart"
        )
    if not any(line.outcome in ("pass", "fail", "inconclusive") for line in lines):
        reasons[UNDECIDED].append("nothing was evaluated")
    if as_of is not None and stage == "production":
        reasons[UNDECIDED].append(f"no production gate opens {as_of}")
    law, other_law = audit.law_at, audit.law_at.day != audit.at.date()
    if law.asked_for and other_law and stage == "production":
        reasons[UNDECIDED].append(f"no production gate opens with the law of {law.day}, {law.why}")
    closed = [reason for code in (ERROR, FAILED, UNDECIDED) for reason in reasons[code]]
    if not closed:
        passed = sum(line.outcome == "pass" for line in lines)
        waived = [line for line in lines if line.waived_by is not None and line.effect == "none"]
        others = sum(line.outcome in ("fail", "inconclusive") for line in lines) - len(waived)
        excused = f"{len(waived)} do not and are waived, " if waived else ""
        told = f"nothing blocks: {passed} controls pass, {excused}{others} do not and need not here"
        because = [f"{line.finding}: {line.outcome}, {line.why}" for line in waived]
        because += [f"the law is that of {law.day}, {law.why}"] if other_law else []
        return OPEN, (told, *because, *_silent(audit))
    return next(code for code in (ERROR, FAILED, UNDECIDED) if reasons[code]), tuple(closed)


def _silent(audit: Audit) -> list[str]:
    """Policies that were asked for and decided nothing."""
    spoke = {finding.policy for finding in audit.findings if finding.outcome != "not_applicable"}
    asked = {finding.policy for finding in audit.findings}
    return [f"no control of {name} applies" for name in sorted(asked - spoke)]


def _line(
    finding: Finding,
    rule: EnforcementOf,
    tier: Tier | None,
    stage: Stage,
    waivers: tuple[WaiverState, ...],
    *,
    unsigned_accepted: bool,
) -> GateLine:
    effect, why = _effect(finding, rule, tier, stage)
    waived_by = ", ".join(state.id for state in waivers) or None
    closed = next((state.why for state in waivers if not state.holds), None)
    if waived_by and effect != "none" and closed is not None:
        why = f"{why}; waiver {waived_by} opens no gate: {closed}"
    elif waived_by and effect != "none":
        verified = all(state.verified for state in waivers)
        if verified or unsigned_accepted or stage != "production":
            suffix = "" if verified else ", approver not verified"
            effect, why = "none", f"waived by {waived_by}{suffix}"
        else:
            why = f"{why}; waiver {waived_by} opens no production gate: approver not verified"
    return GateLine(finding=finding.id, outcome=finding.outcome, effect=effect, waived_by=waived_by, why=why)


def _effect(finding: Finding, rule: EnforcementOf, tier: Tier | None, stage: Stage) -> tuple[Effect, str]:
    enforcement = enforced_at(rule, stage)
    match finding.outcome:
        case "pass" | "not_applicable":
            return "none", finding.outcome.replace("_", " ")
        case "error":
            return "block", "the check failed with an error"
        case "fail":
            return enforcement, "fails"
        case "inconclusive":
            reason = (finding.reason or "").replace("_", " ")
            return answered(rule, tier, enforcement), f"is inconclusive ({reason})"


def enforced_at(rule: EnforcementOf, stage: Stage) -> Enforcement:
    """What the policy lets a fail do at this stage."""
    if isinstance(rule.enforcement, str):
        return rule.enforcement
    value: Enforcement = getattr(rule.enforcement, stage)
    return value


def answered(rule: EnforcementOf, tier: Tier | None, enforcement: Enforcement) -> Effect:
    """The answer of the highest tier named that is not above the subject's; a missing tier counts as critical."""
    answer = rule.on_inconclusive
    if answer is None:
        return enforcement
    if isinstance(answer, str):
        return answer
    reached = TIERS[: TIERS.index(tier or "critical") + 1]
    for name in reversed(reached):
        said = getattr(answer, name)
        if said is not None:
            return said  # type: ignore[no-any-return]
    return answer.otherwise or enforcement
