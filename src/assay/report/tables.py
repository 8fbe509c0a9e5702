"""The estimates of a finding as tables: one per measure, worst first, capped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Finding, Judgement
from assay.report.requirement import Limits, limits
from assay.report.words import (
    SYMBOLS,
    count,
    level,
    number,
    percent,
    phrase,
    plural,
    proportion,
    sentence,
    span,
    title,
)

LONGEST, LONGEST_FURTHER = 40, 8
LONGEST_DRAWN = {"bar": 10, "line": 8, "calibration": 14, "interval": 14, "tradeoff": 14}
"""Rows of a table in a report, of one of further comparisons, of one under a chart; the rest is in audit.json."""
MOST_EVEN = 10
"""Columns of one width that a page has room for."""
MOST_PEOPLE = 1_000_000
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_WORST_FIRST = ("error", "fail", "inconclusive", "tolerated", "excluded", "pass", "not_applicable", "not judged")


@dataclass(frozen=True)
class Row:
    """One estimate against one criterion."""

    estimate: Estimate
    limits: Limits | None
    outcome: str
    """An outcome, or `tolerated`, `excluded`, `not judged`."""
    grouping: str
    group: str
    against: str
    n: str
    counts: tuple[str, ...]
    value: str
    interval: str
    simultaneous: str
    why: str

    @property
    def symbol(self) -> str:
        """Goes with the word, so that nothing hangs on colour."""
        return SYMBOLS[self.outcome]

    @property
    def word(self) -> str:
        """The outcome for a reader."""
        return {"tolerated": "not assessed, tolerated", "not_applicable": "not applicable"}.get(
            self.outcome, self.outcome
        )


@dataclass(frozen=True)
class EstimateTable:
    """All groups of one measure, or all measures that have no groups."""

    title: str
    label: str
    """What the rows are: groups or measures."""
    rows: tuple[Row, ...]
    more: int
    interval_title: str
    simultaneous_title: str

    @property
    def grouped(self) -> bool:
        """Whether the rows have names."""
        return any(row.group for row in self.rows)

    @property
    def counted(self) -> bool:
        """Whether the numbers are made of counts."""
        return any(row.counts for row in self.rows)

    @property
    def counted_title(self) -> str:
        """The second line of a cell holds the counts of the other group."""
        return "Counted; below: the group compared with" if any(len(r.counts) > 1 for r in self.rows) else "Counted"

    @property
    def ranged(self) -> bool:
        """Whether there are intervals."""
        return any(row.estimate.interval for row in self.rows)

    @property
    def doubly_ranged(self) -> bool:
        """Whether the comparisons widen an interval."""
        return any(row.estimate.simultaneous not in (None, row.estimate.interval) for row in self.rows)


class Cell(NamedTuple):
    """A value of an exhibit."""

    text: str
    unbroken: bool
    """It holds a word that is too long for a column, such as a digest."""


@dataclass(frozen=True)
class ExhibitTable:
    """A published table; numbers are right-aligned."""

    title: str
    note: str | None
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int

    @property
    def even(self) -> bool:
        """Whether columns of one width do in print: of numbers, or of words that may be broken anywhere."""
        numbers = all(numeric for _, numeric in self.columns[1:])
        unbroken = any(cell.unbroken for row in self.rows for cell in row)
        return 1 < len(self.columns) <= MOST_EVEN and (numbers or unbroken)


def estimate_tables(finding: Finding) -> tuple[EstimateTable, ...]:
    """The headline estimates, the measure with the worst outcome first."""
    headline = [estimate for estimate in finding.measured.estimates if estimate.headline]
    plain = [estimate for estimate in headline if not _named(estimate)]
    names = dict.fromkeys(estimate.name for estimate in headline if _named(estimate))
    tables = [
        _finish(title(name), "Group", _rows(finding, [e for e in headline if e.name == name and _named(e)]))
        for name in names
    ]
    if len({estimate.name for estimate in plain}) > 1:
        rows = [replace(row, group=title(row.estimate.name)) for row in _rows(finding, plain)]
        tables.append(_finish("Measures", "Measure", rows))
    elif plain:
        tables.append(_finish(title(plain[0].name), "Measure", _rows(finding, plain)))
    return tuple(sorted(tables, key=lambda table: _rank(table.rows[0])))


def further(finding: Finding) -> tuple[str, EstimateTable | None]:
    """The comparisons beside the headline: a sentence with counts, and a table of those which do not pass."""
    others = [estimate for estimate in finding.measured.estimates if not estimate.headline]
    rows = _rows(finding, others)
    if not rows:
        return "", None
    kinds = [kind for kind in _WORST_FIRST if any(row.outcome == kind for row in rows)]
    counted = ", ".join(
        f"{count(sum(r.outcome == kind for r in rows))} {next(r.word for r in rows if r.outcome == kind)}"
        for kind in kinds
    )
    told = f"{plural(len(rows), 'further comparison')}, all in audit.json: {counted}."
    notable = [replace(row, counts=()) for row in rows if row.outcome in ("error", "fail", "inconclusive", "tolerated")]
    if not notable:
        return told, None
    return told, _finish("Further comparisons that do not pass", "Group", notable, LONGEST_FURTHER)


def exhibit_table(exhibit: Exhibit) -> ExhibitTable:
    """Every cell with the rounding of its unit."""
    shown = exhibit.rows
    most = LONGEST_DRAWN.get(exhibit.chart, LONGEST)
    if exhibit.chart == "line" and len(shown) > most:
        shown = tuple(shown[round(i * (len(shown) - 1) / (most - 1))] for i in range(most))
    shown = shown[:most]
    return ExhibitTable(
        title=exhibit.title,
        note=exhibit.note,
        columns=tuple((column.title, column.unit != "text") for column in exhibit.columns),
        rows=tuple(
            tuple(cell(value, column.unit) for value, column in zip(row, exhibit.columns, strict=False))
            for row in shown
        ),
        more=len(exhibit.rows) - len(shown),
    )


def cell(value: str | int | float | None, unit: str) -> Cell:
    """One value of an exhibit in its unit."""
    text = _in_unit(value, unit)
    return Cell(text, any(len(word) > 24 for word in text.split()))


def _in_unit(value: str | int | float | None, unit: str) -> str:
    if value is None:
        return "not defined" if unit != "text" else ""
    if isinstance(value, str):
        return f"{value[:23]}\u2026" if _DIGEST.fullmatch(value) else value
    if unit == "count" and float(value).is_integer():
        return count(int(value))
    return percent(value) if unit == "rate" else number(value)


def _finish(heading: str, label: str, rows: list[Row], most: int = LONGEST) -> EstimateTable:
    rows = sorted(rows, key=_rank)
    shown = rows[:most]
    own = next((row.estimate.interval for row in shown if row.estimate.interval), None)
    return EstimateTable(
        title=heading,
        label=label,
        rows=tuple(shown),
        more=len(rows) - len(shown),
        interval_title=f"{level(own.confidence)} interval" if own else "Interval",
        simultaneous_title=_simultaneous_title(shown),
    )


def _simultaneous_title(rows: Iterable[Row]) -> str:
    levels = {row.estimate.simultaneous.confidence for row in rows if row.estimate.simultaneous}
    compared = {row.estimate.comparisons for row in rows if row.estimate.simultaneous}
    amount = f"{count(compared.pop())} " if len(compared) == 1 else ""
    each = f" ({level(levels.pop())} each)" if len(levels) == 1 else ""
    return "Simultaneous interval" if amount == "1 " else f"With all {amount}comparisons{each}"


def _rank(row: Row) -> tuple[int, int]:
    return _WORST_FIRST.index(row.outcome), 0 if row.estimate.value is not None else 1


def _rows(finding: Finding, estimates: list[Estimate]) -> list[Row]:
    judged: dict[str, list[Judgement]] = {}
    for judgement in finding.judgements:
        judged.setdefault(judgement.estimate, []).append(judgement)
    rows = []
    for estimate in estimates:
        rows += [_row(finding, estimate, judgement) for judgement in judged.get(estimate.id, [None])]
    return rows


def _row(finding: Finding, estimate: Estimate, judgement: Judgement | None) -> Row:
    region = None
    if judgement is not None and judgement.criterion < len(finding.criteria):
        region = limits(finding.criteria[judgement.criterion], estimate)
    bounds = region.bounds if region else ()
    return Row(
        estimate=estimate,
        limits=region,
        outcome=_outcome(estimate, judgement),
        grouping=phrase(estimate.grouping or "") if _needs_grouping(estimate) else "",
        group=_named(estimate),
        against=estimate.reference or "",
        n=count(estimate.n),
        counts=_counts(estimate),
        value="undefined" if estimate.value is None else number(estimate.value, *bounds),
        interval=span(estimate.interval, *bounds) if estimate.interval else "",
        simultaneous=span(estimate.simultaneous, *bounds) if estimate.simultaneous else "",
        why=_why(estimate, judgement),
    )


def _named(estimate: Estimate) -> str:
    """What the row is about: `female`, `card: female` of a class, `all groups` where they have a number together."""
    together = "all groups" if estimate.grouping and estimate.value is not None else ""
    group = estimate.group or together
    return f"{estimate.of}: {group}" if estimate.of and group else estimate.of or group


def _needs_grouping(estimate: Estimate) -> bool:
    """The name of an intersection says which attributes it is of."""
    return bool(estimate.grouping) and (estimate.group is None or "*" not in (estimate.grouping or ""))


def _outcome(estimate: Estimate, judgement: Judgement | None) -> str:
    if estimate.excluded is not None:
        return "excluded"
    if judgement is None:
        return "not judged"
    return "tolerated" if judgement.tolerated else judgement.outcome


def _counts(estimate: Estimate) -> tuple[str, ...]:
    if estimate.numerator is None or estimate.denominator is None:
        return ()
    own = proportion(estimate.numerator, estimate.denominator)
    if estimate.reference_numerator is None or estimate.reference_denominator is None:
        return (own,)
    return own, proportion(estimate.reference_numerator, estimate.reference_denominator)


def _why(estimate: Estimate, judgement: Judgement | None) -> str:
    """What the row's other cells do not say already."""
    parts = []
    if estimate.excluded is not None:
        share = f", {percent(estimate.share)} of the rows" if estimate.share is not None else ""
        parts.append(f"Left out{share}: {estimate.excluded}")
    if estimate.undefined is not None:
        parts.append(estimate.undefined)
    if judgement is not None:
        parts += _beside(judgement)
    return " ".join(sentence(part) for part in parts)


def _beside(judgement: Judgement) -> list[str]:
    parts = []
    if judgement.reason == "sample_too_small":
        parts.append("too few people")
    elif judgement.reason == "interval_straddles" and judgement.people_to_decide is None:
        parts.append("reaches over the limit")
    elif judgement.reason == "estimate_unstable":
        parts.append("there is no stable interval")
    elif judgement.reason == "evidence_missing":
        parts.append(judgement.sentence)
    if judgement.people_to_decide is not None:
        people = judgement.people_to_decide
        amount = f"about {count(people)}" if people <= MOST_PEOPLE else f"more than {count(MOST_PEOPLE)}"
        parts.append(f"{amount} people in the group would decide")
    if judgement.by_interval is not None:
        same = judgement.by_interval == judgement.outcome
        parts.append(f"the interval {'also' if same else 'alone'} says {judgement.by_interval.replace('_', ' ')}")
    return parts
