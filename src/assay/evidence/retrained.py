"""Scores of the same rows by two models: the one that is audited, and the one that its recorded training makes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.evidence.table import (
    UnreadableTable,
    as_count,
    as_number,
    as_optional_count,
    as_yes,
    lines_of,
    table,
)

RETRAINED = ("available", "n", "differ", "largest_difference", "greatest_score", "decided_otherwise", "same_file")


@dataclass(frozen=True)
class Retrained:
    """What the model made again says of sampled people, beside what the model says. No row of anybody."""

    available: int
    """Rows the sample was drawn from."""
    drawn: int
    differ: int
    """People whose two scores are not the same number, bit by bit; no score beside a score differs."""
    largest: float | None
    """Largest distance between two finite scores of a person; None where nobody has two."""
    greatest: float | None
    """Largest size of a score of the model: what a distance is large or small beside. None: nobody has one."""
    otherwise: int | None
    """People who are decided otherwise, or by one of the two only. None: no cut of the score decides."""
    same_file: bool
    """Whether the two files are the same, byte by byte. Nobody drawn: nothing was made, and they are not."""

    def csv(self) -> bytes:
        """Canonical bytes: one line."""
        row = (self.available, self.drawn, self.differ, self.largest, self.greatest, self.otherwise, self.same_file)
        return table(RETRAINED, [row])


def read_retrained(data: bytes, size: int) -> Retrained:
    """A sample that is no larger than was asked for, of which no more people differ than there are."""
    header, *lines = lines_of(data)
    if tuple(header) != RETRAINED or len(lines) != 1:
        raise UnreadableTable("it is not a table of a model made again")
    (line,) = lines
    available, drawn, differ = (as_count(cell) for cell in line[:3])
    otherwise = as_optional_count(line[5])
    if drawn > min(size, available) or max(differ, otherwise or 0) > drawn:
        raise UnreadableTable("its sample is larger than what it is of, or more people differ than are in it")
    return Retrained(available, drawn, differ, _size(line[3]), _size(line[4]), otherwise, as_yes(line[6]))


def _size(cell: str) -> float | None:
    if not cell:
        return None
    number = as_number(cell)
    if not math.isfinite(number) or number < 0:
        raise UnreadableTable("a distance is a finite number, and not negative")
    return number
