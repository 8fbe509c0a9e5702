"""Which law is applied, and whether a control is in force and binds the organisation. Values in, readings out."""

from __future__ import annotations

from datetime import date, timedelta

from assay.record.artefact import Role
from assay.record.audit import ASKED_FOR, LawAt
from assay.record.finding import ConditionReading
from assay.record.manifest import Manifest
from assay.record.policy import Control, InForce, Policy, Stage

ROLES = ("organisation", "roles")


def stage_of(manifest: Manifest, asked: Stage | None = None) -> Stage:
    """The stage whose enforcement counts: the one asked for, else that of the manifest, else production."""
    return asked or (manifest.lifecycle.stage if manifest.lifecycle else None) or "production"


def choose_law(manifest: Manifest, *, stage: Stage, today: date, asked: date | None) -> LawAt:
    """The day whose law is applied: the one asked for, else the last day of the data decided on, else today.

    Monitoring looks at the data of production, every other stage at the test data. No data end after today.
    """
    if asked is not None:
        return LawAt(day=asked, why=ASKED_FOR)
    role: Role = "production" if stage == "monitoring" else "test"
    dataset = manifest.data.get(role)
    if dataset is not None and dataset.period is not None and dataset.period.end <= today:
        return LawAt(day=dataset.period.end, why=f"the last day of the {role} data")
    return LawAt(day=today, why="the day of the audit")


def readings(
    policy: Policy, control: Control, law_at: date, manifest: Manifest, place: str
) -> tuple[ConditionReading, ...]:
    """What dates and roles say, each as a condition would; nothing where neither policy nor control says anything.

    A policy that is past its last day is still applied, because somebody asked for it; a control is not. `place`:
    where the manifest says its roles.
    """
    found = (_dates(policy, control, law_at), _roles(control.roles or policy.roles, manifest, place))
    return tuple(reading for reading in found if reading is not None)


def _dates(policy: Policy, control: Control, law_at: date) -> ConditionReading | None:
    begins, ends = control.applies_from or policy.applies_from, control.applies_until
    asked = f"it is in force on {law_at}, the day of the law"
    if begins is not None and law_at < begins:
        return ConditionReading(sentence=f"{asked}: it is in force from {begins}", result=False)
    if ends is not None and ends < law_at:
        by = f", superseded by {control.superseded_by}" if control.superseded_by else ""
        return ConditionReading(sentence=f"{asked}: it is no longer in force since {_after(ends)}{by}", result=False)
    span = " ".join(f"{word} {day}" for word, day in (("from", begins), ("until", ends)) if day is not None)
    return ConditionReading(sentence=f"{asked}: it is in force {span}", result=True) if span else None


def _roles(bound: tuple[str, ...] | None, manifest: Manifest, place: str) -> ConditionReading | None:
    if bound is None:
        return None
    field = ".".join(ROLES)
    asked = f"the organisation is {' or '.join(bound)}"
    held = manifest.organisation.roles if manifest.organisation else None
    if not held:
        return ConditionReading(sentence=f"{asked}: {field} is absent", result=None, missing=(field,))
    told = f"{asked}: {field} says {', '.join(held)} ({place})"
    return ConditionReading(sentence=told, result=not set(bound).isdisjoint(held))


def policy_notes(policy: Policy, law_at: date, today: date) -> tuple[str, ...]:
    """What a reader of a report must not miss about the policy: drafts, what has been replaced, what is overdue."""
    notes = []
    if policy.status == "draft":
        notes.append("a draft that nobody has approved")
    notes += _ended(policy, law_at)
    if policy.applies_from is not None and law_at < policy.applies_from:
        notes.append(f"not in force before {policy.applies_from}")
    if policy.review_by is not None and policy.review_by < today:
        notes.append(f"its review was due by {policy.review_by}")
    for status in ("draft", "superseded"):
        names = [control.id for control in policy.controls if control.status == status]
        if names:
            notes.append(f"{status} controls: {', '.join(names)}")
    return tuple(notes)


def _ended(policy: InForce, law_at: date) -> list[str]:
    """That it was replaced, and since when; the law of an earlier day may still have been its own."""
    by = f" by {policy.superseded_by}" if policy.superseded_by else ""
    ends = policy.applies_until
    if policy.status == "superseded":
        since = f" since {_after(ends)}" if ends is not None else ""
        then = f"; in force on {law_at}, the day of the law" if ends is not None and law_at <= ends else ""
        return [f"superseded{since}{by}{then}"]
    if ends is not None and ends < law_at:
        return [f"no longer in force since {_after(ends)}" + (f", superseded{by}" if by else "")]
    return []


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
