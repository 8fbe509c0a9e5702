"""The gate: a pure function of audit, decisions of people, signatures, stage and time. Drawing it measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from assay.record.attestation import Attestation, SignOff
from assay.record.audit import Audit, EnforcementOf
from assay.record.finding import Finding
from assay.record.gate import Effect, Gate, GateLine
from assay.record.policy import TIERS, Enforcement, Stage, Tier
from assay.record.signature import FoundSignature
from assay.record.waiver import Waiver, WaiverState
from assay.verdict.attestations import Answers, Verified, answer
from assay.verdict.sign_offs import SignedOff, sign_off, told
from assay.verdict.signatures import unmet
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
    attestations: Sequence[Attestation] = (),
    sign_offs: Sequence[SignOff] = (),
    verified: Verified = frozenset(),
    unproven: Mapping[str, str] | None = None,
    signatures: tuple[FoundSignature, ...] = (),
    doubts: Sequence[str] = (),
    timings: dict[str, float] | None = None,
) -> Gate:
    """Open when nothing blocks and something was evaluated; closed otherwise, with every reason.

    `verified`: decisions, by kind and id, for which a signature of whoever decides was verified. `unproven`:
    attestation → what is wrong with the file that should show it. `signatures`: those of the bundle. `doubts`: why a
    trust file does not trust the bundle.
    """
    answers = answer(attestations, audit, at=at, stage=stage, verified=verified, unproven=unproven or {})
    resolution = resolve(waivers, answers.audit, at, verified)
    accepts = {policy.id: policy.unsigned_waivers == "accept" for policy in audit.policies}
    rules = {rule.control: rule for policy in audit.policies for rule in policy.enforcements}
    waived = tuple(
        _line(finding, rules[finding.id], audit.subject.tier, stage, resolution.waived.get(finding.id, ()),
              answers=answers, unsigned_accepted=accepts[finding.policy])
        for finding in answers.audit.findings
    )  # fmt: skip
    signed = sign_off(
        sign_offs, answers.audit, waived, audit_digest=audit_digest, at=at, stage=stage, verified=verified
    )
    lines = tuple(_signed_off(line.model_copy(update={"outcome": finding.outcome}), signed)
                  for line, finding in zip(waived, audit.findings, strict=True))  # fmt: skip
    as_of = None
    if abs(at - made) > timedelta(days=1):
        as_of = f"as of {at:%Y-%m-%d}, made {made:%Y-%m-%d}"
    exit_code, why = _decide(audit, lines, stage, as_of, (*doubts, *_unsigned(audit, stage, signatures)))
    return Gate(
        audit=audit_digest, stage=stage, at=at, made=made, state="open" if exit_code == OPEN else "closed",
        exit_code=exit_code, why=why, lines=lines, waivers=resolution.states, attestations=answers.states,
        sign_offs=signed.states, signatures=signatures, as_of=as_of, timings=timings or {},
    )  # fmt: skip


def _unsigned(audit: Audit, stage: Stage, signatures: tuple[FoundSignature, ...]) -> list[str]:
    """Policies whose demand for signatures of the bundle is not met."""
    if stage != "production":
        return []
    silent = _silent(audit)
    demanding = [policy for policy in audit.policies if policy.signatures and policy.id not in silent]
    lacking = [(policy, unmet(policy.signatures, signatures)) for policy in demanding]
    return [
        f"{policy.id} needs the signatures {', '.join(policy.signatures)}: "
        + (why if signatures else "see `assay gate --trust`")
        for policy, why in lacking
        if why is not None
    ]


def _decide(
    audit: Audit, lines: tuple[GateLine, ...], stage: Stage, as_of: str | None, unsigned: Sequence[str]
) -> tuple[int, tuple[str, ...]]:
    reasons: dict[int, list[str]] = {ERROR: [], FAILED: [], UNDECIDED: []}
    for line in lines:
        if line.effect in ("block", "sign_off"):
            code = {"error": ERROR, "fail": FAILED}.get(line.attested or line.outcome, UNDECIDED)
            reasons[code].append(f"{line.finding}: {line.why}")
    second = audit.second_computation
    if second is not None and second.agrees is False:
        apart = "" if second.largest_difference is None else f", up to {second.largest_difference:g} apart"
        reasons[ERROR].append(f"{second.library} computes other group metrics{apart}")
    if not any(line.outcome in ("pass", "fail", "inconclusive") for line in lines):
        reasons[UNDECIDED].append("nothing was evaluated")
    if as_of is not None and stage == "production":
        reasons[UNDECIDED].append(f"no production gate opens {as_of}")
    law, other_law = audit.law_at, audit.law_at.day != audit.at.date()
    if law.asked_for and other_law and stage == "production":
        reasons[UNDECIDED].append(f"no production gate opens with the law of {law.day}, {law.why}")
    reasons[UNDECIDED] += unsigned
    closed = [reason for code in (ERROR, FAILED, UNDECIDED) for reason in reasons[code]]
    if not closed:
        passed = sum(line.outcome == "pass" for line in lines)
        undecided = [line for line in lines if line.outcome in ("fail", "inconclusive")]
        excused = {
            "attested": [line for line in undecided if line.attested == "pass"],
            "waived": [line for line in undecided if line.waived_by and line.effect == "none"],
            "signed off": [line for line in undecided if line.signed_off_by],
        }
        others = len(undecided) - sum(len(of_them) for of_them in excused.values())
        told = [f"{passed} pass", *(f"{len(of_them)} {words}" for words, of_them in excused.items() if of_them)]
        told += [f"{others} {'does' if others == 1 else 'do'} not pass and need not here"] if others else []
        said = f"nothing blocks: {', '.join(told)}"
        because = [f"{line.finding}: {line.outcome}, {line.why}" for of_them in excused.values() for line in of_them]
        because += [f"the law is that of {law.day}, {law.why}"] if other_law else []
        return OPEN, (said, *because, *(f"no control of {name} applies" for name in _silent(audit)))
    return next(code for code in (ERROR, FAILED, UNDECIDED) if reasons[code]), tuple(closed)


def _silent(audit: Audit) -> list[str]:
    """Policies that were asked for and decided nothing."""
    spoke = {finding.policy for finding in audit.findings if finding.outcome != "not_applicable"}
    asked = {finding.policy for finding in audit.findings}
    return sorted(asked - spoke)


def _line(
    finding: Finding,
    rule: EnforcementOf,
    tier: Tier | None,
    stage: Stage,
    waivers: tuple[WaiverState, ...],
    *,
    answers: Answers,
    unsigned_accepted: bool,
) -> GateLine:
    effect, why = _effect(finding, rule, tier, stage)
    said = answers.told.get(finding.id)
    attested: Literal["pass", "fail"] | None = None
    if said is not None:
        attested = "pass" if finding.outcome == "pass" else "fail"
    why = said or why
    waived_by = ", ".join(state.id for state in waivers) or None
    closed = next((state.why for state in waivers if not state.holds), None)
    if waived_by and effect != "none" and closed is not None:
        why = f"{why}; waiver {waived_by} opens no gate: {closed}"
    elif waived_by and effect != "none":
        verified = all(state.verified for state in waivers)
        if verified or unsigned_accepted or stage != "production":
            suffix = "" if verified else ", approver not verified"
            effect, why = "none", f"waived by {_approved(waivers)}{suffix}"
        else:
            why = f"{why}; waiver {waived_by} opens no production gate: approver not verified"
    return GateLine(
        finding=finding.id, outcome=finding.outcome, effect=effect, waived_by=waived_by, attested=attested, why=why
    )  # fmt: skip


def _approved(waivers: Sequence[WaiverState]) -> str:
    """`W-2026-014 (Ben Cho)`."""
    return ", ".join(f"{state.id} ({state.approver})" for state in waivers)


def _signed_off(line: GateLine, signed: SignedOff) -> GateLine:
    states = signed.by.get(line.finding)
    if not states:
        return line
    by = ", ".join(state.id for state in states)
    return line.model_copy(update={"effect": "none", "signed_off_by": by, "why": told(states)})


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
