"""Waivers for a reader: whether each holds, why, until when, who approved it and for what reason."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.gate import Gate
from assay.report.language import gettext
from assay.report.words import day, sentence


@dataclass(frozen=True)
class WaiverRow:
    """One waiver and what became of it."""

    id: str
    control: str
    holds: bool
    why: str
    warning: str | None
    approver: str
    verified: str
    approved: str | None
    requested: str | None
    expires: str
    reason: str


def waiver_rows(gate: Gate) -> tuple[WaiverRow, ...]:
    """Every waiver that was given, in the order of the files."""
    return tuple(
        WaiverRow(
            id=state.id,
            control=state.control,
            holds=state.holds,
            why=sentence(state.why.removesuffix("; approver not verified")),
            warning=state.warning,
            approver=state.approver,
            verified=gettext("approver verified by signature") if state.verified else gettext("approver not verified"),
            approved=gettext("approved on %(day)s", day=day(state.approved_on)) if state.approved_on else None,
            requested=gettext("requested by %(name)s", name=state.requested_by) if state.requested_by else None,
            expires=day(state.expires),
            reason=sentence(state.reason),
        )
        for state in gate.waivers
    )


@dataclass(frozen=True)
class StatementRow:
    """An attestation or a sign-off, and whether it counts."""

    kind: str
    id: str
    control: str
    counts: bool
    why: str
    by: str
    verified: str
    day: str
    text: str


def statement_rows(gate: Gate) -> tuple[StatementRow, ...]:
    """What people said of this audit, in the order of the files."""
    attested = [
        StatementRow(
            kind=gettext("attestation"),
            id=state.id,
            control=state.control,
            counts=state.counts,
            why=sentence(state.why),
            by=f"{state.by} ({state.role})" if state.role else state.by,
            verified=_verified(verified=state.verified),
            day=day(state.made_on),
            text=f"{gettext('It holds') if state.holds else gettext('It does not hold')}: {sentence(state.statement)}",
        )
        for state in gate.attestations
    ]
    off = [
        StatementRow(
            kind=gettext("sign-off"),
            id=state.id,
            control=state.control,
            counts=state.counts,
            why=sentence(state.why),
            by=state.by,
            verified=_verified(verified=state.verified),
            day=day(state.made_on),
            text=sentence(state.reason),
        )
        for state in gate.sign_offs
    ]
    return tuple(attested + off)


def _verified(*, verified: bool) -> str:
    return gettext("verified by signature") if verified else gettext("not verified")
