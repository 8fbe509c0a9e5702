"""The first and the last day of two datasets, and how many rows of one are not later than all of the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.evidence.table import LARGEST_COUNT, UnreadableTable, as_count, as_text, lines_of, table

HEADER = ("dataset", "rows", "undated", "first", "last", "not_later")


@dataclass(frozen=True)
class Dated:
    """The days of one dataset."""

    rows: int
    undated: int
    """Rows without a day."""
    first: str | None
    """2026-03-31; None where no row has a day."""
    last: str | None

    @property
    def dated(self) -> int:
        """Rows with a day."""
        return self.rows - self.undated


@dataclass(frozen=True)
class Days:
    """Rows are counted, whatever they weigh or stand for."""

    data: Dated
    against: Dated
    not_later: int
    """Rows of `data` on or before the last day of `against`; 0 where that has none."""

    def csv(self) -> bytes:
        """Canonical bytes: a line for each dataset."""
        own, other = self.data, self.against
        lines = (
            ("data", own.rows, own.undated, own.first, own.last, self.not_later),
            ("against", other.rows, other.undated, other.first, other.last, None),
        )
        return table(HEADER, lines)


def read_days(data: bytes) -> Days:
    """Days of two datasets, in their order, and as many rows as there can be."""
    header, *lines = lines_of(data)
    if tuple(header) != HEADER or [line[0] for line in lines] != ["data", "against"] or lines[1][5]:
        raise UnreadableTable("its lines are not those of the days of two datasets")
    own, other = (_dated(line) for line in lines)
    made = Days(own, other, as_count(lines[0][5]))
    if made.not_later > own.dated:
        raise UnreadableTable("more rows are not later than have a day")
    if own.first is not None and own.last is not None and other.last is not None:
        expected = 0 if own.first > other.last else own.dated if own.last <= other.last else None
        if expected is not None and made.not_later != expected:
            raise UnreadableTable("its rows are not those of its days")
        if expected is None and not 0 < made.not_later < own.dated:
            raise UnreadableTable("its rows are not those of its days")
    elif made.not_later:
        raise UnreadableTable("a dataset without days has no rows before or after them")
    return made


def _dated(line: list[str]) -> Dated:
    rows, undated, first, last = as_count(line[1]), as_count(line[2]), as_text(line[3]), as_text(line[4])
    if (
        rows > LARGEST_COUNT
        or undated > rows
        or (first is None) != (rows == undated)
        or (first is None) != (last is None)
    ):
        raise UnreadableTable("its days are not those of its rows")
    if first is not None and last is not None and not (is_day(first) and is_day(last) and first <= last):
        raise UnreadableTable("its days are none, or not in order")
    return Dated(rows, undated, first, last)


def is_day(text: str) -> bool:
    """Whether the text is a day of the calendar, written 2026-03-31."""
    try:
        return len(text) == len("2026-03-31") and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
