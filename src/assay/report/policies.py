"""The policies of an audit for a reader: what each is, since when and for whom it holds, what was made stricter."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.audit import AppliedPolicy
from assay.record.policy import LegalRole
from assay.report.language import gettext, message, ngettext
from assay.report.words import MEANINGS, count, day, enumeration, hexadecimal, sentence, threshold, title

_ROLES: dict[LegalRole, str] = {
    "provider": message("provider"), "deployer": message("deployer"), "developer": message("developer"),
    "employer": message("employer"), "creditor": message("creditor"), "insurer": message("insurer"),
    "institution": message("institution"),
}  # fmt: skip
_STATUS = {"draft": message("draft"), "current": message("current"), "superseded": message("superseded")}


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
        status=gettext(_STATUS[policy.status]) if policy.status in _STATUS else policy.status,
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
        gettext("In force"): _in_force(policy),
        gettext("Superseded by"): policy.superseded_by,
        gettext("Jurisdiction"): policy.jurisdiction,
        gettext("Whom it binds"): enumeration(gettext(_ROLES[role]) for role in policy.roles) if policy.roles else None,
        gettext("Compared with the law"): day(policy.verified_on) if policy.verified_on else gettext("not verified"),
        gettext("To be reviewed by"): day(policy.review_by) if policy.review_by else None,
        gettext("Extends"): enumeration(f"{pack} {versions}" for pack, versions in policy.extends),
        gettext("Lock"): _lock(policy),
        gettext("Most open waivers"): _ceiling(policy.maximum_open_waivers),
        gettext("Signatures"): _signatures(policy),
        gettext("Planned, not evaluated"): "; ".join(f"{control}, {title}" for control, title in policy.planned),
    }
    return tuple((name, text) for name, text in told.items() if text)


def _in_force(policy: AppliedPolicy) -> str | None:
    first, last = (given and day(given) for given in (policy.applies_from, policy.applies_until))
    if first and last:
        return gettext("from %(first)s until %(last)s", first=first, last=last)
    if first:
        return gettext("from %(first)s", first=first)
    return gettext("until %(last)s", last=last) if last else None


def _lock(policy: AppliedPolicy) -> str | None:
    if not policy.extends:
        return None
    if policy.locked:
        return gettext("its parents are the ones of its lock file, byte for byte")
    return gettext("no lock file")


def _signatures(policy: AppliedPolicy) -> str | None:
    if not policy.signatures:
        return None
    return gettext(
        "no production gate opens without those of %(meanings)s, in this order",
        meanings=enumeration(gettext(MEANINGS[one]) for one in policy.signatures),
    )


def tightened(policy: AppliedPolicy, control: str) -> tuple[str, ...]:
    """What was made stricter in a control, by whom: `At least: 0.85 in place of 0.8, asked for by retail-credit`."""
    return tuple(
        gettext(
            "%(what)s: %(after)s in place of %(before)s, asked for by %(by)s (%(place)s).",
            what=title(change.what),
            after=change.after,
            before=change.before,
            by=change.by,
            place=change.place,
        )
        for change in policy.tightened
        if change.control == control
    )


def _ceiling(most: int | None) -> str | None:
    if most is None:
        return None
    return ngettext(
        "%(n)s waiver; where more are open, none of them opens the gate",
        "%(n)s waivers; where more are open, none of them opens the gate",
        most,
        n=count(most),
    )
