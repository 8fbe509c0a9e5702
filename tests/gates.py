"""Audits of made-up findings, waivers for them, and the gate drawn from both."""

from datetime import UTC, date, datetime

from assay.record.asked import AskedStatement
from assay.record.attestation import Attestation, SignOff
from assay.record.audit import AppliedPolicy, Audit, EnforcementOf, LawAt, Subject
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Finding, Judgement, Measured
from assay.record.people import Person
from assay.record.policy import Criterion
from assay.record.waiver import Waiver
from assay.verdict.gate import draw_gate

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
DIGEST = "sha256:" + "0" * 64


def estimate(group):
    shape = {"name": "impact_ratio", "shape": "ratio", "grouping": "age", "group": group, "reference": "r"}
    return Estimate(**shape, value=0.7, n=500, interval=Interval(low=0.6, high=0.75, confidence=0.95, method="m"))


def finding(outcome, *groups, reason=None, control="A", criterion=None, **changes):
    estimates = tuple(estimate(group).model_copy(update=changes) for group in groups)
    return Finding(
        policy="p", control=control, title="t", severity="high", place="p.yaml:1", outcome=outcome, sentence="s",
        reason=reason or ("interval_straddles" if outcome == "inconclusive" else None),
        criteria=(criterion or Criterion(at_least=0.8, source="house"),), measured=Measured(estimates=estimates),
        judgements=tuple(Judgement(estimate=e.id, outcome=outcome, reason=reason, sentence="s") for e in estimates),
    )  # fmt: skip


def audit(*findings, enforcement="block", on_inconclusive=None, tier="high", unsigned="accept", owners=("dev",)):
    policy = AppliedPolicy(
        id="p", version="1.0.0", title="t", digest=DIGEST, path="policy/p.yaml", status="current",
        owners=("author",), unsigned_waivers=unsigned,
        enforcements=tuple(
            EnforcementOf(control=f.id, enforcement=enforcement, on_inconclusive=on_inconclusive) for f in findings
        ),
    )  # fmt: skip
    people = tuple(Person(id=name) for name in owners)
    subject = Subject(id="m", name="m", version="1", digest=DIGEST, tier=tier, owners=people)
    law = LawAt(day=AT.date(), why="the day of the audit")
    return Audit(id="0" * 16, at=AT, law_at=law, subject=subject, policies=(policy,), findings=findings, seed="s")


def waiver(**more):
    given = {
        "id": "W1", "control": "p/A", "subject": DIGEST, "reason": "why", "approver": Person(id="cro"),
        "expires": date(2026, 3, 31),
    }  # fmt: skip
    return Waiver(**(given | more))


def gate(record, *waivers, stage="production", at=AT, made=AT, **more):
    return draw_gate(record, audit_digest=DIGEST, stage=stage, at=at, made=made, waivers=waivers, **more)


def asking(control="A", **more):
    """A finding that waits for somebody to attest something."""
    pending = finding("inconclusive", control=control, reason="attestation_pending")
    asked = AskedStatement(statement="The notice was posted ten business days before.", **more)
    return pending.model_copy(update={"attest": asked, "criteria": ()})


def attestation(**more):
    given = {
        "id": "A1", "control": "p/A", "subject": DIGEST, "by": Person(id="hr", role="hr-lead"), "statement": "It was.",
        "holds": True, "made_on": date(2026, 3, 1), "expires": date(2026, 3, 31),
    }  # fmt: skip
    return Attestation(**(given | more))


def sign_off(**more):
    given = {
        "id": "S1", "control": "p/A", "audit": DIGEST, "by": Person(id="cro"), "reason": "More data in June.",
        "made_on": date(2026, 3, 31),
    }  # fmt: skip
    return SignOff(**(given | more))
