"""The model card (Mitchell et al. 2019) as HTML and PDF, for everybody: the content is `card_content.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.report.card_content import CardSection, Fact, ModelCard, Required, gather
from assay.report.disclosure import MINIMUM_CELL
from assay.report.group_tables import GroupTable, GroupValue
from assay.report.language import gettext, message, ngettext
from assay.report.requirement import requirements
from assay.report.sheet import as_html, as_pdf, head, page
from assay.report.words import OUTCOMES, REASONS, SYMBOLS, count, enumeration, level, number, phrase, title

LONGEST = 60
"""Rows of a table; the rest is in audit.json."""
_ERROR = message("there was an error")


@dataclass(frozen=True)
class Row:
    """A group."""

    group: str
    people: str
    value: str
    interval: str
    against: str


@dataclass(frozen=True)
class Table:
    """The groups of one measure."""

    title: str
    control: str
    interval: str
    rows: tuple[Row, ...]
    more: int
    withheld: int


@dataclass(frozen=True)
class Asked:
    """A control and what it asks of the model."""

    control: str
    title: str
    asked: tuple[str, ...]
    outcome: str
    symbol: str
    word: str


@dataclass(frozen=True)
class Section:
    """A part of the card."""

    id: str
    title: str
    facts: tuple[Fact, ...]
    lacking: str


@dataclass(frozen=True)
class Card:
    """Everything the template prints."""

    sections: tuple[Section, ...]
    counts: str
    asked: tuple[Asked, ...]
    overall: tuple[tuple[str, str, str, str], ...]
    unitary: tuple[Table, ...]
    intersectional: tuple[Table, ...]
    undecided: tuple[tuple[str, str], ...]
    policies: str
    minimum: str


def render_html(audit: Audit, *, audit_digest: str, minimum_cell: int = MINIMUM_CELL) -> str:
    """The card on screen. `audit_digest` is the SHA-256 of audit.json, which is not redacted."""
    return as_html(lambda shown: _page(audit, audit_digest, minimum_cell, shown), audit)


def render_pdf(audit: Audit, *, audit_digest: str, minimum_cell: int = MINIMUM_CELL) -> bytes:
    """The card as PDF. It carries no record."""
    return as_pdf(lambda shown: _page(audit, audit_digest, minimum_cell, shown), audit, audit_digest)


def _page(audit: Audit, digest: str, minimum: int, shown: Callable[[str], str]) -> str:
    return page("model-card", shown, head=head(audit, digest, shown), card=card(audit, digest, minimum))


def card(audit: Audit, audit_digest: str, minimum_cell: int = MINIMUM_CELL) -> Card:
    """The card in words. Raises AssayError where the record says nothing about the model."""
    made = gather(audit, audit_digest=audit_digest, minimum_cell=minimum_cell)
    if not made.overall and not made.tables and not any(section.facts for section in made.sections):
        hint = "Say in model.yaml what the model is for, and audit how it performs."
        raise AssayError("the record says nothing that a model card holds", where="audit.json", hint=hint)
    tables = [(table.intersectional, _table(table)) for table in made.tables]
    found = {finding.id: finding for finding in audit.findings}
    return Card(
        sections=tuple(map(_section, made.sections)),
        counts=_counts(made),
        asked=tuple(_asked(one, [r.text for r in requirements(found[one.control])]) for one in made.required),
        overall=tuple(
            (title(one.name), number(one.value), _range(one.low, one.high, one.confidence), count(one.people))
            for one in made.overall
        ),
        unitary=tuple(table for several, table in tables if not several),
        intersectional=tuple(table for several, table in tables if several),
        undecided=tuple((name, gettext(REASONS.get(reason or "", _ERROR))) for _, name, reason in made.undecided),
        policies=enumeration(f"{name} {version}" for name, version in made.policies),
        minimum=count(made.minimum_cell) if made.minimum_cell else "",
    )


def _counts(card: ModelCard) -> str:
    told = enumeration(f"{count(amount)} {gettext(OUTCOMES[outcome])}" for outcome, amount in card.outcomes)
    all_ = sum(amount for _, amount in card.outcomes)
    return ngettext("%(n)s control", "%(n)s controls", all_, n=count(all_)) + f": {told}"


def _section(section: CardSection) -> Section:
    facts = tuple(replace(fact, name=gettext(fact.name)) for fact in section.facts)
    lacking = enumeration(gettext(fact.name) for fact in section.lacking)
    return Section(section.id, gettext(section.title), facts, lacking)


def _asked(one: Required, asked: list[str]) -> Asked:
    word = gettext(OUTCOMES[one.outcome])
    return Asked(one.control, one.title, tuple(dict.fromkeys(asked)), one.outcome, SYMBOLS[one.outcome], word)


def _table(table: GroupTable) -> Table:
    return Table(
        title=gettext("%(measure)s by %(attribute)s", measure=title(table.name), attribute=phrase(table.grouping)),
        control=table.control,
        interval=gettext("%(level)s interval", level=level(table.confidence))
        if table.confidence
        else gettext("Interval"),
        rows=tuple(_row(row) for row in table.rows[:LONGEST]),
        more=max(0, len(table.rows) - LONGEST),
        withheld=sum(row.withheld for row in table.rows),
    )


def _row(row: GroupValue) -> Row:
    if row.withheld:
        return Row(row.group, gettext("withheld"), gettext("withheld"), "", "")
    people = "" if row.people is None else count(row.people)
    if row.reference:
        return Row(row.group, people, "", "", gettext("the others are compared with it"))
    value = gettext("not shown") if row.value is None else number(row.value)
    told = gettext("against %(group)s", group=row.against) if row.against else ""
    left_out = gettext("left out of the comparison") if row.left_out else ""
    return Row(row.group, people, value, _range(row.low, row.high, None), "; ".join(t for t in (told, left_out) if t))


def _range(low: float | None, high: float | None, confidence: float | None) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        told = gettext("up to %(high)s", high=number(high))
    elif high is None:
        told = gettext("%(low)s and above", low=number(low))
    else:
        told = gettext("%(low)s to %(high)s", low=number(low), high=number(high))
    return f"{told} ({level(confidence)})" if confidence else told
