"""Scores of the same rows asked of the model again: as a batch, turned round, one by one, and those in the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.evidence.table import UnreadableTable, as_count, as_number, lines_of, table

REPEATS = ("way", "n", "differ", "largest_difference", "greatest_score")
WAYS = ("again", "turned", "alone", "column")


@dataclass(frozen=True)
class Repeat:
    """Scores asked once more in one way, beside those of the first time."""

    way: str
    """`again`: the same batch; `turned`: the batch in the opposite order; `alone`: each row by itself; `column`: the
    score that the data hold."""
    people: int
    differ: int
    """People whose two scores are not the same number, bit by bit; no score beside a score differs."""
    largest: float | None
    """Largest distance between two finite scores of a person; None where nobody has two."""


@dataclass(frozen=True)
class Repeats:
    """What a model says of the same sampled people, asked several times. No row of anybody."""

    available: int
    """Rows the sample was drawn from."""
    drawn: int
    greatest: float | None
    """Largest size of a score of the first time: what a distance is large or small beside. None: nobody has one."""
    repeats: tuple[Repeat, ...]

    def csv(self) -> bytes:
        """Canonical bytes: the sample, then a line for each way."""
        rows: list[tuple[object, ...]] = [
            ("available", self.available, None, None, None),
            ("drawn", self.drawn, None, None, self.greatest),
        ]
        rows += [(each.way, each.people, each.differ, each.largest, None) for each in self.repeats]
        return table(REPEATS, rows)


def read_repeats(data: bytes, size: int) -> Repeats:
    """The ways in their order, of a sample that is no larger than was asked for."""
    header, *lines = lines_of(data)
    if tuple(header) != REPEATS or [line[0] for line in lines[:2]] != ["available", "drawn"]:
        raise UnreadableTable("its header is not that of repeated scores")
    available, drawn = as_count(lines[0][1]), as_count(lines[1][1])
    repeats = tuple(
        Repeat(way, as_count(n), as_count(differ), _size(largest)) for way, n, differ, largest, _ in lines[2:]
    )
    ways = [each.way for each in repeats]
    if ways != [way for way in WAYS if way in ways] or drawn > min(size, available):
        raise UnreadableTable("its ways are not those of repeated scores, or its sample is larger than what it is of")
    if any(each.people > drawn or each.differ > each.people for each in repeats):
        raise UnreadableTable("more people differ than were asked about")
    return Repeats(available, drawn, _size(lines[1][4]), repeats)


def _size(cell: str) -> float | None:
    if not cell:
        return None
    number = as_number(cell)
    if not math.isfinite(number) or number < 0:
        raise UnreadableTable("a distance is a finite number, and not negative")
    return number
