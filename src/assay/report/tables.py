"""The estimates of a finding as tables: one per measure, worst first, capped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from assay.record.estimate import Column, Exhibit
from assay.record.finding import Finding
from assay.report.language import gettext, message, ngettext
from assay.report.rows import OUTCOMES_OF_ROWS, Row, named, rows_of
from assay.report.words import (
    count,
    in_words,
    level,
    number,
    p_value,
    percent,
    phrase,
    title,
)

LONGEST, LONGEST_FURTHER, LONGEST_PASSING = 40, 8, 4
LONGEST_DRAWN = {"bar": 10, "line": 8, "calibration": 14, "interval": 20, "tradeoff": 14}
"""Rows of a table, of one of further comparisons, of one attribute that pass, of one under a chart; all are in
audit.json."""
_TIMES = ("day", "week", "month", "quarter", "year")
MOST_EVEN = 10
"""Columns of one width that a page has room for."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_WORST_FIRST = ("error", "fail", "inconclusive", "tolerated", "excluded", "pass", "not_applicable", "not judged")
_SHORT = {**OUTCOMES_OF_ROWS, "tolerated": message("tolerated")}


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
    attributes: tuple[str, ...] = ()
    """Outcomes by attribute, where there are several."""
    cut: str = ""
    """Which rows are shown where not all are, and where all of them are."""

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
        against = any(len(row.counts) > 1 for row in self.rows)
        return gettext("Counted; below: the group compared with") if against else gettext("Counted")

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
    cut: str = ""
    """Which rows are shown where not all are, and where all of them are."""
    noted: bool = False
    """Whether the note is a text of ours."""

    @property
    def even(self) -> bool:
        """Whether columns of one width do in print: of numbers, or of words that may be broken anywhere."""
        numbers = all(numeric for _, numeric in self.columns[1:])
        unbroken = any(cell.unbroken for row in self.rows for cell in row)
        return 1 < len(self.columns) <= MOST_EVEN and (numbers or unbroken)


def estimate_tables(finding: Finding, whole: str = "audit.json") -> tuple[EstimateTable, ...]:
    """The headline estimates, the measure with the worst outcome first."""
    headline = [estimate for estimate in finding.measured.estimates if estimate.headline]
    plain = [estimate for estimate in headline if not named(estimate)]
    names = dict.fromkeys(estimate.name for estimate in headline if named(estimate))
    tables = [
        _finish(
            title(name), gettext("Group"), rows_of(finding, [e for e in headline if e.name == name and named(e)]), whole
        )
        for name in names
    ]
    if len({estimate.name for estimate in plain}) > 1:
        rows = [replace(row, group=title(row.estimate.name)) for row in rows_of(finding, plain)]
        tables.append(_finish(gettext("Measures"), gettext("Measure"), rows, whole))
    elif plain:
        tables.append(_finish(title(plain[0].name), gettext("Measure"), rows_of(finding, plain), whole))
    return tuple(sorted(tables, key=lambda table: _rank(table.rows[0])))


def further(finding: Finding, whole: str = "audit.json") -> tuple[str, EstimateTable | None]:
    """The comparisons beside the headline: a sentence with counts, and a table of those which do not pass."""
    others = [estimate for estimate in finding.measured.estimates if not estimate.headline]
    rows = rows_of(finding, others)
    if not rows:
        return "", None
    kinds = [kind for kind in _WORST_FIRST if any(row.outcome == kind for row in rows)]
    counted = ", ".join(
        f"{count(sum(r.outcome == kind for r in rows))} {next(r.word for r in rows if r.outcome == kind)}"
        for kind in kinds
    )
    told = ngettext(
        "%(n)s further comparison, all in audit.json: %(counted)s.",
        "%(n)s further comparisons, all in audit.json: %(counted)s.",
        len(rows),
        n=count(len(rows)),
        counted=counted,
    )
    notable = [replace(row, counts=()) for row in rows if row.outcome in ("error", "fail", "inconclusive", "tolerated")]
    if not notable:
        return told, None
    return told, _finish(
        gettext("Further comparisons that do not pass"), gettext("Group"), notable, whole, LONGEST_FURTHER
    )


def exhibit_table(exhibit: Exhibit, keep: frozenset[str] = frozenset(), whole: str = "audit.json") -> ExhibitTable:
    """Every cell with the rounding of its unit. `keep`: labels of rows that stay where the table is cut."""
    shown = shortened(exhibit, keep).rows
    return ExhibitTable(
        title=exhibit.title,
        note=exhibit.note,
        columns=tuple((column.title or in_words(column.name), column.unit != "text") for column in exhibit.columns),
        rows=tuple(
            tuple(
                cell(value, "p" if _is_p(column, row) else column.unit)
                for value, column in zip(row, exhibit.columns, strict=False)
            )
            for row in shown
        ),
        more=len(exhibit.rows) - len(shown),
        cut=_cut(len(shown), len(exhibit.rows), whole, kept=bool(keep)),
    )


def shortened(exhibit: Exhibit, keep: frozenset[str]) -> Exhibit:
    """At most as many rows as a page has room for: rows that decide, then the first; of times, the newest."""
    most = LONGEST_DRAWN.get(exhibit.chart, LONGEST)
    amount = len(exhibit.rows)
    if amount <= most:
        return exhibit
    if exhibit.chart == "line":
        places = [round(i * (amount - 1) / (most - 1)) for i in range(most)]
    else:
        newest = bool(exhibit.columns) and exhibit.columns[0].title.lower() in _TIMES
        order = range(amount - 1, -1, -1) if newest else range(amount)
        first = sorted(order, key=lambda place: str((exhibit.rows[place] or ("",))[0]) not in keep)
        places = sorted(first[:most])
    return exhibit.model_copy(update={"rows": tuple(exhibit.rows[place] for place in places)})


def deciding(finding: Finding) -> frozenset[str]:
    """Labels of the rows of exhibits that a judgement which does not pass rests on, and of the headline."""
    against = {j.estimate for j in finding.judgements if j.outcome not in ("pass", "not_applicable")}
    found = [e for e in finding.measured.estimates if e.id in against]
    found = found or [e for e in finding.measured.estimates if e.headline][:LONGEST_FURTHER]
    names = [(e.group, f"{e.grouping}: {e.group}", e.of, e.reference) for e in found]
    return frozenset(name for each in names for name in each if name)


def _cut(shown: int, amount: int, whole: str, *, kept: bool) -> str:
    if shown == amount:
        return ""
    told = {"n": count(shown), "all": count(amount), "file": whole}
    if kept:
        return gettext(
            "Shown: %(n)s of %(all)s rows, those that decide among them. All of them are in %(file)s.", **told
        )
    return gettext("Shown: %(n)s of %(all)s rows. All of them are in %(file)s.", **told)


def _is_p(column: Column, row: tuple[str | int | float | None, ...]) -> bool:
    label = row[0] if row else None
    of_row = isinstance(label, str) and label.lower().startswith("p-value") and column.unit == "number"
    return of_row or column.name in ("p", "p_value", "adjusted", "p_adjusted")


def cell(value: str | int | float | None, unit: str) -> Cell:
    """One value of an exhibit in its unit."""
    text = _in_unit(value, unit)
    return Cell(text, any(len(word) > 24 for word in text.split()))


def _in_unit(value: str | int | float | None, unit: str) -> str:
    if value is None:
        return gettext("not defined") if unit != "text" else ""
    if isinstance(value, str):
        return f"{value[:23]}\u2026" if _DIGEST.fullmatch(value) else value
    if unit == "p":
        return p_value(value)
    if unit == "count" and float(value).is_integer():
        return count(int(value))
    return percent(value) if unit == "rate" else number(value)


def _finish(heading: str, label: str, rows: list[Row], whole: str, most: int = LONGEST) -> EstimateTable:
    rows = sorted(rows, key=_rank)
    shown = _folded(rows)[:most]
    own = next((row.estimate.interval for row in shown if row.estimate.interval), None)
    return EstimateTable(
        title=heading,
        label=label,
        rows=tuple(shown),
        more=len(rows) - len(shown),
        interval_title=_interval_title(own.confidence) if own else gettext("Interval"),
        simultaneous_title=_simultaneous_title(shown),
        attributes=_attributes(rows),
        cut=_cut(len(shown), len(rows), whole, kept=any(row.outcome != "not judged" for row in rows)),
    )


def _folded(rows: list[Row]) -> list[Row]:
    """What does not pass, and of each attribute the groups that pass most narrowly."""
    kept: set[int] = set()
    for grouping in {row.estimate.grouping for row in rows}:
        passing = [row for row in rows if row.estimate.grouping == grouping and row.outcome == "pass"]
        kept |= {id(row) for row in sorted(passing, key=_distance)[:LONGEST_PASSING]}
    many = sum(row.outcome == "pass" for row in rows) > 2 * LONGEST_PASSING
    return [row for row in rows if not many or row.outcome != "pass" or id(row) in kept]


def _distance(row: Row) -> float:
    value, bounds = row.estimate.value, row.limits.bounds if row.limits else ()
    return min((abs(value - bound) for bound in bounds), default=0.0) if value is not None else 0.0


def _attributes(rows: list[Row]) -> tuple[str, ...]:
    """`age band: 5 groups, 2 fail, 3 pass` for each of several attributes, the worst first."""
    groupings = list(dict.fromkeys(row.estimate.grouping for row in rows if row.estimate.grouping and row.group))
    if len(groupings) < 2:
        return ()
    told = []
    for grouping in groupings:
        own = [row for row in rows if row.estimate.grouping == grouping]
        kinds = [(kind, sum(row.outcome == kind for row in own)) for kind in _WORST_FIRST]
        each = ", ".join(f"{count(amount)} {gettext(_SHORT[kind])}" for kind, amount in kinds if amount)
        told.append(gettext("%(name)s: %(each)s of %(all)s", name=phrase(grouping or ""), each=each,
                            all=count(len(own))))  # fmt: skip
    return tuple(told)


def _simultaneous_title(rows: Iterable[Row]) -> str:
    levels = {row.estimate.simultaneous.confidence for row in rows if row.estimate.simultaneous}
    compared = {row.estimate.comparisons for row in rows if row.estimate.simultaneous}
    if compared == {1}:
        return gettext("Simultaneous interval")
    told = gettext("With all comparisons") if len(compared) != 1 else (
        gettext("With all %(n)s comparisons", n=count(compared.pop()))
    )  # fmt: skip
    return told + (gettext(" (%(level)s each)", level=level(levels.pop())) if len(levels) == 1 else "")


def _interval_title(confidence: float) -> str:
    return gettext("%(level)s interval", level=level(confidence))


def _rank(row: Row) -> tuple[int, int]:
    return _WORST_FIRST.index(row.outcome), 0 if row.estimate.value is not None else 1
