"""The policies of an audit for a reader: what each is, since when and for whom it holds, what was made stricter."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.audit import AppliedPolicy
from assay.report.words import day, enumeration, hexadecimal, plural, sentence, threshold, title


@dataclass(frozen=True)
class PolicyRow:
    """A policy that was applied."""

    title: str
    id: str
    version: str
    status: str
    notes: tuple[str, ...]
    """Superseded, draft, overdue: what a reader must not miss."""
    digest: str
    owners: str
    applies: str | None
    """Why its controls apply, where one reason holds for all."""
    facts: tuple[tuple[str, str], ...]
    """Since when, until when, where and for whom it holds, and what it announces."""
    parameters: tuple[tuple[str, str], ...]


def policy_row(policy: AppliedPolicy, applies: str | None) -> PolicyRow:
    """The policy; `applies` says why all its controls apply."""
    return PolicyRow(
        title=policy.title,
        id=policy.id,
        version=policy.version,
        status=policy.status,
        notes=tuple(sentence(note) for note in policy.notes),
        digest=hexadecimal(policy.digest),
        owners=enumeration(policy.owners),
        applies=applies,
        facts=_facts(policy),
        parameters=tuple((title(name), threshold(value)) for name, value in policy.parameters.items()),
    )


def _facts(policy: AppliedPolicy) -> tuple[tuple[str, str], ...]:
    """Rows of the policy's table; what the policy does not say is left out, but not that nobody verified it."""
    told = {
        "In force": _in_force(policy),
        "Superseded by": policy.superseded_by,
        "Jurisdiction": policy.jurisdiction,
        "Whom it binds": enumeration(policy.roles) if policy.roles else None,
        "Compared with the law": day(policy.verified_on) if policy.verified_on else "not verified",
        "To be reviewed by": day(policy.review_by) if policy.review_by else None,
        "Extends": enumeration(f"{pack} {versions}" for pack, versions in policy.extends),
        "Lock": _lock(policy),
        "Most open waivers": _ceiling(policy.maximum_open_waivers),
        "Signatures": _signatures(policy),
        "Planned, not evaluated": "; ".join(f"{control}, {title}" for control, title in policy.planned),
    }
    return tuple((name, text) for name, text in told.items() if text)


def _in_force(policy: AppliedPolicy) -> str | None:
    days = (("from", policy.applies_from), ("until", policy.applies_until))
    return " ".join(f"{word} {day(given)}" for word, given in days if given is not None) or None


def _lock(policy: AppliedPolicy) -> str | None:
    if not policy.extends:
        return None
    return "its parents are the ones of its lock file, byte for byte" if policy.locked else "no lock file"


def _signatures(policy: AppliedPolicy) -> str | None:
    if not policy.signatures:
        return None
    return f"no production gate opens without those of {enumeration(policy.signatures)}, in this order"


def tightened(policy: AppliedPolicy, control: str) -> tuple[str, ...]:
    """What was made stricter in a control, by whom: `At least: 0.85 in place of 0.8, asked for by retail-credit`."""
    return tuple(
        f"{title(change.what)}: {change.after} in place of {change.before}, asked for by {change.by} ({change.place})."
        for change in policy.tightened
        if change.control == control
    )


def _ceiling(most: int | None) -> str | None:
    if most is None:
        return None
    return f"{plural(most, 'waiver')}; where more are open, none of them opens the gate"
