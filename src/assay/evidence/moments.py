"""Sums of powers of a number by group: what means, their errors and their spread are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from assay.evidence.cells import LARGEST_WEIGHT, Level
from assay.evidence.keys import ENTITY, QUERY, grouping_keys
from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_name,
    as_number,
    as_text,
    lines_of,
    table,
)

LARGEST = 1e100
"""Magnitude of a number that is averaged."""
POWERS = ("t", "t2", "t3", "t4")
"""Sums of t, t², t³ and t⁴ over people."""
WEIGHTED_POWERS = ("w", "wt", "wt2", "w2", "w2t", "w2t2", "w2t3", "w2t4")
"""Sums of w, wt, wt², and of w² times 1, t, t², t³ and t⁴, where people have sampling weights w."""
_COUNTS = ("people", "unlabelled", "unscored", "centre", "unit")
_SLACK = 1e-9


@dataclass(frozen=True)
class Moments:
    """Sums by group of powers of t = (x − centre)/unit, where |t| ≤ 1 and x is the number that the request names.

    The centre is the mean over everybody, so that a variance is no small difference of large sums: that of a group is
    good to some 1e-15 times (spread of all / spread of the group)². The sums are those of fixed-point numbers, the same
    in any order of rows and on every engine; of exposure, which is made of logarithms, to 1e-15 on another engine.
    """

    keys: tuple[str, ...]
    """Those of the grouping; "entity" where somebody stands in several rows; or "query"."""
    rows: tuple[tuple[Level, ...], ...]
    """One level for each of `keys`, as in Cells; sorted and distinct."""
    people: tuple[int, ...]
    """Those who have the number, each as one."""
    unlabelled: tuple[int, ...]
    """Those who have a score but no label, where the number is made of both."""
    unscored: tuple[int, ...]
    """Those without a finite score."""
    centre: float
    unit: float
    """A power of two."""
    sums: tuple[tuple[float, ...], ...]
    """POWERS of each line, or WEIGHTED_POWERS."""
    weighted: bool = False

    @property
    def total(self) -> int:
        """All rows, with and without the number."""
        return sum(self.people) + sum(self.unlabelled) + sum(self.unscored)

    def csv(self) -> bytes:
        """Canonical bytes: a line with centre and unit, then one per group."""
        names = WEIGHTED_POWERS if self.weighted else POWERS
        width = len(self.keys)
        head = (*(None,) * (width + 3), self.centre, self.unit, *(None,) * len(names))
        lines = (
            (*levels, *counts, None, None, *sums)
            for levels, counts, sums in zip(
                self.rows, zip(self.people, self.unlabelled, self.unscored, strict=True), self.sums, strict=True
            )
        )
        return table((*self.keys, *_COUNTS, *names), chain((head,), lines))


def read_moments(data: bytes, grouping: str) -> Moments:
    """Moments by sorted and distinct groups, none of them empty, of numbers that can have such sums."""
    header, *lines = lines_of(data)
    weighted = header[-1] == WEIGHTED_POWERS[-1]
    names = WEIGHTED_POWERS if weighted else POWERS
    width = len(header) - len(_COUNTS) - len(names)
    if width < 1 or not lines or [as_text(cell) for cell in header[width:]] != [*_COUNTS, *names]:
        raise UnreadableTable("its header is not that of moments")
    keys = tuple(as_name(cell) for cell in header[:width])
    head, *lines = lines
    centre, unit = as_number(head[width + 3]), as_number(head[width + 4])
    if abs(centre) > LARGEST or unit <= 0 or math.frexp(unit)[0] != 0.5:
        raise UnreadableTable("its centre or its unit is none")
    rows = tuple(tuple(as_text(cell) for cell in line[:width]) for line in lines)
    counts = [[as_count(line[width + place]) for line in lines] for place in range(3)]
    sums = tuple(tuple(as_number(cell) for cell in line[width + len(_COUNTS) :]) for line in lines)
    order = [tuple((level is not None, level or "") for level in levels) for levels in rows]
    if keys not in _possible(grouping):
        raise UnreadableTable("its groups are not those that were asked for")
    if order != sorted(set(order)) or any(not any(each) for each in zip(*counts, strict=True)):
        raise UnreadableTable("its groups are empty, doubled or not in order")
    if sum(map(sum, counts)) > LARGEST_COUNT:
        raise UnreadableTable(f"it counts more than {LARGEST_COUNT} rows")
    for n, line in zip(counts[0], sums, strict=True):
        _require_sums(float(n), line, weighted=weighted)
    people, unlabelled, unscored = (tuple(each) for each in counts)
    return Moments(keys, rows, people, unlabelled, unscored, centre, unit, sums, weighted)


def _possible(grouping: str) -> tuple[tuple[str, ...], ...]:
    keys = grouping_keys(grouping)
    return keys, (*keys, ENTITY), (*keys, QUERY)


def _require_sums(people: float, sums: Sequence[float], *, weighted: bool) -> None:
    """What numbers between −1 and 1 can add up to, but for rounding: (Σwt)² ≤ Σw · Σwt², and so on."""
    parts = (sums[:3], sums[3:]) if weighted else ((people, *sums[:2]), (people, *sums))
    largest = (LARGEST_WEIGHT, LARGEST_WEIGHT * LARGEST_WEIGHT) if weighted else (people, people)
    for part, most in zip(parts, largest, strict=True):
        whole = part[0]
        if not 0 <= whole <= most or any(abs(each) > whole * (1 + _SLACK) for each in part):
            raise UnreadableTable("its sums are not those of numbers within its unit")
        shares = [each / whole for each in part] if whole else []  # whose squares are finite, as those of sums are not
        for first, second, both in ((0, 2, 1), (0, 4, 2), (2, 4, 3)):
            if second < len(shares) and shares[both] ** 2 > shares[first] * shares[second] + _SLACK:
                raise UnreadableTable("its sums are not those of the same numbers")
    if weighted and not (sums[3] <= sums[0] ** 2 * (1 + _SLACK) and sums[0] ** 2 <= sums[3] * people * (1 + _SLACK)):
        raise UnreadableTable("its weights and their squares are not of the same people")
