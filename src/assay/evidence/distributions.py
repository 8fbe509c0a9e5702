"""Columns of two datasets, value by value: numbers in fine bins that both share, categories one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.evidence.profile import MISSING
from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_name,
    as_number,
    as_optional_number,
    lines_of,
    table,
)

DISTRIBUTIONS = (
    "column", "kind", "rows", "against_rows", "distinct", "against_distinct", "deviation", "low", "high", "level",
    "n", "n_against",
)  # fmt: skip
MOST_LEVELS = 10_000
"""Different values of a column that is not of numbers; with more it is an identifier or free text."""
LONGEST_LEVEL = 200
"""Characters of such a value."""


@dataclass(frozen=True)
class Distribution:
    """One column of two datasets."""

    name: str
    numeric: bool
    rows: int
    missing: int
    distinct: int
    against_rows: int
    against_missing: int
    against_distinct: int
    deviation: float | None
    """Standard deviation of the numbers of `against`; None of categories, of fewer than two rows, beyond all floats."""
    lows: tuple[float, ...]
    """Of a number: the least value of each bin, in both datasets; they ascend."""
    highs: tuple[float, ...]
    """The greatest: no bin reaches into the next. A bin whose least is its greatest holds one value."""
    levels: tuple[str, ...]
    """Of anything else: the values, in the order of the alphabet; none where there are too many, or too long ones."""
    counts: tuple[int, ...]
    against_counts: tuple[int, ...]

    @property
    def listed(self) -> bool:
        """Whether every value stands here."""
        return sum(self.counts) + self.missing == self.rows

    @property
    def unseen(self) -> int:
        """Rows of `data` with a value that `against` never had; of a number: below its least or above its greatest."""
        if not self.numeric:
            return sum(n for n, m in zip(self.counts, self.against_counts, strict=True) if not m)
        held = [place for place, m in enumerate(self.against_counts) if m]
        return sum(self.counts) - (sum(self.counts[held[0] : held[-1] + 1]) if held else 0)


@dataclass(frozen=True)
class Distributions:
    """Columns of a dataset beside those of another.

    Of a number of up to 500 different values in each dataset the values themselves leave the engine, of any other the
    least and the greatest of each bin; of anything else up to 10 000 values of at most 200 characters.
    """

    columns: tuple[Distribution, ...]

    def csv(self) -> bytes:
        """Canonical bytes: per column a line with its rows and missing values, then one line per bin or value."""
        rows: list[tuple[object, ...]] = []
        for c in self.columns:
            kind = "number" if c.numeric else "category"
            facts = (c.rows, c.against_rows, c.distinct, c.against_distinct, c.deviation)
            rows.append((c.name, kind, *facts, None, None, MISSING, c.missing, c.against_missing))
            nothing = (None,) * (1 + len(facts))
            if c.numeric:
                lines = zip(c.lows, c.highs, (None,) * len(c.lows), c.counts, c.against_counts, strict=True)
                rows += [(c.name, *nothing, *line) for line in lines]
            else:
                cells = zip(c.levels, c.counts, c.against_counts, strict=True)
                rows += [(c.name, *nothing, None, None, *cell) for cell in cells]
        return table(DISTRIBUTIONS, rows)


def read_distributions(data: bytes) -> Distributions:
    """Columns of which every row is missing, in a bin or at a value."""
    header, *lines = lines_of(data)
    if tuple(header) != DISTRIBUTIONS:
        raise UnreadableTable("its header is not that of distributions")
    columns = tuple(_columns(lines))
    if len({column.name for column in columns}) < len(columns):
        raise UnreadableTable("it holds a column twice")
    return Distributions(columns)


def _columns(lines: Sequence[list[str]]) -> Iterator[Distribution]:
    begins = [place for place, line in enumerate(lines) if line[1]]
    if lines and begins[:1] != [0]:
        raise UnreadableTable("its first line does not begin a column")
    for begin, end in pairwise([*begins, len(lines)]):
        name, kind, rows, against_rows, distinct, against_distinct, deviation, _, _, missing, n, m = lines[begin]
        inside = lines[begin + 1 : end]
        if kind not in ("number", "category") or missing != MISSING or any(line[0] != name for line in inside):
            raise UnreadableTable("its lines are not those of columns")
        numeric = kind == "number"
        column = Distribution(
            name=as_name(name),
            numeric=numeric,
            rows=as_count(rows),
            missing=as_count(n),
            distinct=as_count(distinct),
            against_rows=as_count(against_rows),
            against_missing=as_count(m),
            against_distinct=as_count(against_distinct),
            deviation=as_optional_number(deviation),
            lows=tuple(as_number(line[7]) for line in inside) if numeric else (),
            highs=tuple(as_number(line[8]) for line in inside) if numeric else (),
            levels=() if numeric else tuple(as_name(line[9]) for line in inside),
            counts=tuple(as_count(line[10]) for line in inside),
            against_counts=tuple(as_count(line[11]) for line in inside),
        )
        _require(column)
        yield column


def _require(column: Distribution) -> None:
    """What can have been counted."""
    sides = (
        (column.rows, column.missing, column.distinct, column.counts),
        (column.against_rows, column.against_missing, column.against_distinct, column.against_counts),
    )
    folded = not column.numeric and not column.levels
    for rows, missing, distinct, counts in sides:
        if rows > LARGEST_COUNT or missing > rows or (rows == missing) != (distinct == 0) or distinct > rows - missing:
            raise UnreadableTable("its missing or different values are not those of its rows")
        if not folded and sum(counts) + missing != rows:
            raise UnreadableTable("its values and missing values are not its rows")
        if not column.numeric and not folded and sum(n > 0 for n in counts) != distinct:
            raise UnreadableTable("its values are not as many as it says")
        if sum(n > 0 for n in counts) > distinct:
            raise UnreadableTable("it has more bins than values")
    if any(not n + m for n, m in zip(column.counts, column.against_counts, strict=True)):
        raise UnreadableTable("nobody is in one of its bins")
    if list(column.levels) != sorted(set(column.levels)) or len(column.levels) > 2 * MOST_LEVELS:
        raise UnreadableTable("its values are not in order")
    ends = [end for pair in zip(column.lows, column.highs, strict=True) for end in pair]
    if ends != sorted(ends) or any(high >= low for high, low in zip(column.highs, column.lows[1:], strict=False)):
        raise UnreadableTable("its bins are not in order")
    if column.deviation is not None and (column.deviation < 0 or not column.numeric):
        raise UnreadableTable("its deviation is none")
