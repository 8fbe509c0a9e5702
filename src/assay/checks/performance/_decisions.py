"""People by label and decision: what the checks of decisions read, and which of them can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from assay.checks.classes import Classes, levels_of
from assay.checks.exhibit import Unit, columns
from assay.checks.registry import Context, DataParameters
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Cells
from assay.evidence.keys import CLASS_DECISION, CLASS_LABEL, DECISION, ENTITY, LABEL
from assay.evidence.rates import Positive
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured

MOST_CELLS = 400
"""Of a table of label by decision that is published."""
Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]
Why = tuple[str, Kind]
"""Why there is no value."""


class ClassParameters(DataParameters):
    """For checks of decisions."""

    classes: Classes = Field(default=(), exclude_if=lambda classes: not classes)
    """Levels of label and decision, where there are more than two."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The cell keys of label and decision."""
        return (CLASS_LABEL, CLASS_DECISION) if self.classes else (LABEL, DECISION)

    @property
    def levels(self) -> tuple[str, ...]:
        """All levels that label and decision may have, as the cells say them."""
        return levels_of(self.classes)


class PositiveParameters(ClassParameters):
    """For checks of decisions, of which a policy says what is positive."""

    positive: Positive = "favourable"
    """Which label and decision are the positive ones."""

    @model_validator(mode="after")
    def _one_positive(self) -> Self:
        if self.classes and self.positive != "favourable":
            raise ValueError("with `classes` each class in turn is positive; leave `positive` out")
        return self


def decision_needs(p: ClassParameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    missing = view.lacks(data=(p.data,), label=True, decision=True)
    decision = view.manifest.columns.decision if view.manifest.columns else None
    if p.classes and decision is not None and decision.column is None:
        missing = (*missing, "columns.decision.column (a cut of the score has two sides, no classes)")
    return Needs(() if missing else (_request(p, view),), missing)


def _request(p: ClassParameters, view: SubjectView) -> CellsRequest:
    entity = view.manifest.columns is not None and view.manifest.columns.entity is not None
    return CellsRequest(p.data, (*p.keys, ENTITY) if entity else p.keys, p.where)


@dataclass(frozen=True)
class Decided:
    """People by label and decision, and who of them have none."""

    table: Cells
    """Those who have both."""
    total: int
    unlabelled: float | None
    undecided: float | None
    data: str

    def why_not(self, levels: Sequence[str], *, strict: bool) -> Why | None:
        """Why nothing can be measured: no rows, a level that does not occur, or with `strict` one that nobody named."""
        if not self.total:
            return f"the {self.data} data have no rows", "evidence_missing"
        if not self.table.rows:
            return f"nobody in the {self.data} data has both a label and a decision", "evidence_missing"
        known = {level for row in self.table.rows for level in row[:2] if level is not None}
        there = ", ".join(sorted(known)[:10])
        two = set(levels) <= {FAVOURABLE, UNFAVOURABLE}
        absent = () if two else [level for level in levels if level not in known]
        if absent:
            return f"no label or decision is of the class {absent[0]!r}; there is {there}", "evidence_missing"
        if strict and (stray := sorted(known - set(levels))):
            return f"{stray[0]!r} occurs as a label or decision, and `classes` does not name it", "estimate_undefined"
        return None


def decided(evidence: Evidence, p: ClassParameters, c: Context) -> Decided:
    """The table of label by decision."""
    cells = evidence.cells(_request(p, c.view))
    shares = [
        sum(n for row, n in zip(cells.rows, cells.counts, strict=True) if row[at] is None) / cells.total
        if cells.total
        else None
        for at in (0, 1)
    ]
    kept = [at for at, row in enumerate(cells.rows) if None not in row[:2]]

    def of(numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return None if numbers is None else tuple(numbers[at] for at in kept)

    counts = tuple(cells.counts[at] for at in kept)
    table = Cells(cells.keys, tuple(cells.rows[at] for at in kept), counts, of(cells.weights), of(cells.squares))
    return Decided(table, cells.total, shares[0], shares[1], p.data)


def measured_from(estimates: Sequence[Estimate], given: Decided) -> Measured:
    """With the table of label by decision, and a line for each class."""
    exhibits = [] if (table := confusion(given)) is None else [table]
    by_class = [each for each in estimates if each.of is not None and each.value is not None]
    if by_class:
        exhibits.append(_by_class(by_class))
    return Measured(
        estimates=tuple(estimates), exhibits=tuple(exhibits), unlabelled=given.unlabelled, undecided=given.undecided
    )


def confusion(given: Decided) -> Exhibit | None:
    """People by label and decision; None where there are none, or too many cells to print."""
    table = given.table.over(given.table.keys[:2])
    if not 0 < len(table.rows) <= MOST_CELLS:
        return None
    weighted: tuple[tuple[str, str, Unit], ...] = () if table.weights is None else (("weight", "Weight", "number"),)
    sums = [()] * len(table.rows) if table.weights is None else [(w,) for w in table.weights]
    return Exhibit(
        name="confusion",
        title="People by label and decision",
        columns=columns(
            ("label", "Label", "text"), ("decision", "Decision", "text"), ("n", "People", "count"), *weighted
        ),
        rows=tuple((*row, n, *more) for row, n, more in zip(table.rows, table.counts, sums, strict=True)),
    )


def _by_class(estimates: Sequence[Estimate]) -> Exhibit:
    given = columns(
        ("label", "Class", "text"), ("value", "Value", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
        ("n", "Counted", "count"),
    )  # fmt: skip
    rows = tuple((e.of, e.value, *(_ends(e.interval)), e.n) for e in estimates)
    title = f"{estimates[0].name.replace('_', ' ').capitalize()} of each class"
    return Exhibit(name="classes", title=title, columns=given, rows=rows, chart="interval")


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)
