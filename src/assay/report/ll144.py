"""The summary of a bias audit that New York City asks to be published (6 RCNY 5-303(a)), from the record alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.estimate import Estimate
from assay.record.finding import Finding
from assay.record.said import at
from assay.report.disclosure import MINIMUM_CELL, PEOPLE, Group, with_differences, withheld
from assay.report.language import gettext, message
from assay.report.sheet import Fact, as_html, as_pdf, head, page
from assay.report.words import count, day

_TABLES = {"nyc-ll144/5-301(b)": "selection", "nyc-ll144/5-301(c)": "scoring"}
"""Place of the rule → what the tables are of that a control computes which cites it."""
_CHECKS = ("fairness.impact_ratio", "fairness.scoring_ratio")
_BY = {
    "sex": message("by sex"),
    "race_ethnicity": message("by race or ethnicity"),
    "sex*race_ethnicity": message("by sex and race or ethnicity"),
}
_KINDS = {
    "historical": message("historical data"),
    "test": message("test data"),
    "synthetic": message("synthetic data"),
}
_TITLES = {
    "selection": message("Selection rates and impact ratios"),
    "scoring": message("Scoring rates and impact ratios"),
}


@dataclass(frozen=True)
class Category:
    """A row of a table."""

    name: str
    people: int
    hits: int | None
    """Selected, or above the median."""
    rate: float | None
    ratio: float | None
    left_out: str | None
    """Why it is left out of the ratios."""
    undefined: str | None
    """Why it has no ratio."""
    reference: str | None = None
    """The category it is compared with."""
    withheld: bool = False
    """A count of few people would be seen in it, or follow from it: its name alone is printed."""
    unratioed: bool = False
    """The category it is compared with is withheld, and its ratio would tell that one's rate."""


@dataclass(frozen=True)
class Table:
    """The categories of one grouping."""

    kind: str | None
    """`selection` or `scoring`."""
    title: str
    grouping: str
    categories: tuple[Category, ...]
    unknown: str
    """How many people belong to no known category."""
    undefined: str | None
    """Why there is no table."""


@dataclass(frozen=True)
class Summary:
    """Everything the template prints."""

    facts: tuple[Fact, ...]
    lacking: tuple[str, ...]
    """What the rule asks for and the record does not state."""
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    withheld: str
    """The minimum under which counts are withheld, where some are."""


def render_html(audit: Audit, *, audit_digest: str, minimum_cell: int = MINIMUM_CELL) -> str:
    """The summary on screen. `audit_digest` is the SHA-256 of audit.json, which is not redacted."""
    return as_html(lambda shown: _page(audit, audit_digest, minimum_cell, shown), audit)


def render_pdf(audit: Audit, *, audit_digest: str, minimum_cell: int = MINIMUM_CELL) -> bytes:
    """The summary as PDF. It carries no record: what is published are the tables."""
    return as_pdf(lambda shown: _page(audit, audit_digest, minimum_cell, shown), audit, audit_digest)


def _page(audit: Audit, digest: str, minimum_cell: int, shown: Callable[[str], str]) -> str:
    made = summary(audit, minimum_cell=minimum_cell)
    return page("ll144-summary", shown, head=head(audit, digest, shown), summary=made)


def summary(audit: Audit, *, minimum_cell: int = MINIMUM_CELL) -> Summary:
    """What is published. Raises AssayError where the record holds no table of the pack."""
    tables: list[Table] = []
    notes: list[str] = []
    published = [finding for finding in audit.findings if _kind(finding) is not None]
    for finding in published:
        tables += _tables(finding)
        notes += finding.measured.notes
    if not any(table.categories for table in tables):
        told = "; ".join(f"{finding.control}: {finding.sentence}" for finding in published)
        hint = told or "Audit with --policy nyc-ll144."
        raise AssayError("the record holds no table of Local Law 144", where="audit.json", hint=hint)
    asked = _asked(audit.manifest)
    tables, hidden = _redacted(tables, minimum_cell)
    return Summary(
        facts=tuple(
            fact if fact.text else fact._replace(text=gettext("not stated in the record"), recorded=False)
            for fact, needed in asked
            if fact.text or needed
        ),
        lacking=tuple(fact.name for fact, needed in asked if needed and not fact.text),
        tables=tuple(tables),
        notes=() if hidden else tuple(dict.fromkeys(notes)),
        withheld=count(minimum_cell) if hidden else "",
    )


def _redacted(tables: Sequence[Table], minimum_cell: int) -> tuple[list[Table], bool]:
    """The tables without what would tell of few people, and whether there is such."""
    cells: dict[Group, dict[str, int]] = {}
    for place, table in enumerate(tables):
        for row in table.categories:
            counts = {f"{place}{PEOPLE}": row.people}
            hits = row.hits if row.hits is not None or row.rate is None else round(row.rate * row.people)
            if hits is not None:
                counts |= {f"{place}: hits": hits, f"{place}: others": row.people - hits}
            cells.setdefault((table.grouping, row.name), {}).update(counts)
    hidden = withheld(with_differences(cells), minimum_cell)
    return [
        _without(table, {name for grouping, name in hidden if grouping == table.grouping}) for table in tables
    ], bool(hidden)


def _without(table: Table, hidden: set[str]) -> Table:
    if not hidden:
        return table

    def shown(row: Category) -> Category:
        if row.name in hidden:
            return Category(row.name, 0, None, None, None, None, None, withheld=True)
        return replace(row, ratio=None, unratioed=True) if row.reference in hidden else row

    why = gettext("they are not defined for these data") if table.undefined else None
    return replace(table, categories=tuple(map(shown, table.categories)), undefined=why)


def _asked(manifest: dict[str, Any]) -> list[tuple[Fact, bool]]:
    """What stands above the tables, with an empty text where nothing is stated, and whether the rule asks for it."""

    def said(path: str) -> Any:
        return at(manifest, path)

    suppliers = dict.fromkeys(one["supplier"] for one in said("lineage.third_party") or ())
    period, kind = said("data.test.period"), said("data.test.kind")
    made_up = kind in ("test", "synthetic")
    sections = [
        f"{section['path']}{'#' + section['anchor'] if section.get('anchor') else ''}"
        for name in ("test_data_reason", "test_data_generation")
        if (section := said(f"docs.sections.{name}"))
    ]
    lasted = gettext("%(first)s to %(last)s", first=_day(period["start"]), last=_day(period["end"])) if period else ""
    return [
        (Fact(gettext("Used by"), said("organisation.name") or "", recorded=True), False),
        (Fact(gettext("Supplied by"), ", ".join(suppliers), recorded=True), False),
        (Fact(gettext("Date of the most recent bias audit"), _day(said("conformity.audit.date"))), True),
        (Fact(gettext("Independent auditor"), said("conformity.audit.auditor") or "", recorded=True), False),
        (
            Fact(
                gettext("Distribution date, on which the tool was first used"), _day(said("lifecycle.dates.deployed"))
            ),
            True,
        ),
        (Fact(gettext("Kind of data"), gettext(_KINDS[kind]) if kind else ""), True),
        (Fact(gettext("Source of the data"), said("data.test.origin") or "", recorded=True), True),
        (Fact(gettext("Explanation of the data"), said("data.test.collection") or "", recorded=True), True),
        (Fact(gettext("Period of the data"), lasted), False),
        (Fact(gettext("Why test data, and how they were made"), gettext(" and ").join(sections)), made_up),
    ]


def _day(text: str | None) -> str:
    return day(date.fromisoformat(text)) if text else ""


def _kind(finding: Finding) -> str | None:
    """`selection` or `scoring`, where the finding holds tables that are to be published."""
    if finding.check is None or finding.check.id not in _CHECKS:
        return None
    return next((_TABLES[cite.ref] for cite in finding.citations if cite.ref in _TABLES), None)


def _tables(finding: Finding) -> list[Table]:
    """One table for each grouping of the control, in its order."""
    estimates = finding.measured.estimates
    return [
        _table(finding, grouping, [e for e in estimates if e.grouping == grouping])
        for grouping in dict.fromkeys(e.grouping for e in estimates if e.grouping)
    ]


def _table(finding: Finding, grouping: str, estimates: Sequence[Estimate]) -> Table:
    kind = _kind(finding)
    rows = {e.group: _category(e.group, e) for e in estimates if e.group is not None}
    compared = next((e for e in estimates if e.reference is not None and e.excluded is None), None)
    if compared is not None and compared.reference is not None:
        rows[compared.reference] = _highest(compared.reference, compared)
    told = gettext("by %(attributes)s", attributes=gettext(" and ").join(grouping.split("*")))
    by = gettext(_BY[grouping]) if grouping in _BY else told
    return Table(
        kind=kind,
        grouping=grouping,
        title=f"{gettext(_TITLES['selection' if kind == 'selection' else 'scoring'])} {by}",
        categories=tuple(rows[name] for name in sorted(rows)),
        unknown=_unknown(finding, grouping),
        undefined=next((e.undefined for e in estimates if e.group is None), None),
    )


def _category(name: str, estimate: Estimate) -> Category:
    people = estimate.n if estimate.denominator is None else estimate.denominator
    rate = estimate.design.rate if estimate.design else None
    if estimate.numerator is not None and estimate.denominator:
        rate = estimate.numerator / estimate.denominator
    ratio = None if estimate.excluded else estimate.value
    return Category(
        name, people, estimate.numerator, rate, ratio, estimate.excluded, estimate.undefined, estimate.reference
    )


def _highest(name: str, estimate: Estimate) -> Category:
    """The category that the others are compared with: its own ratio is 1."""
    design, hits, people = estimate.reference_design, estimate.reference_numerator, estimate.reference_denominator
    rate = hits / people if hits is not None and people else design.rate if design else None
    counted = people if people is not None else design.people if design else 0
    return Category(name, counted, hits, rate, 1.0, None, None)


def _unknown(finding: Finding, grouping: str) -> str:
    """The number of people whose category is unknown. All groupings are of the same people, who are counted once."""
    shares = finding.measured.unknown
    known = {name: _known(finding, name) for name in shares}
    everybody = next((known[name] / (1 - share) for name, share in shares.items() if share < 1), None)
    if everybody is None or grouping not in known:
        return gettext("an unknown number of")
    return str(round(everybody) - known[grouping])


def _known(finding: Finding, grouping: str) -> int:
    """The people of a grouping's table, each of a known category."""
    exhibit = next(one for one in finding.measured.exhibits if one.name == f"rates[{grouping}]")
    at = [column.name for column in exhibit.columns].index("people")
    return sum(people for row in exhibit.rows if isinstance(people := row[at], int))
