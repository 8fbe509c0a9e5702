"""Sums of powers of the residual and of the label: what the errors of a regression are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from assay.evidence.cells import LARGEST_WEIGHT, Level
from assay.evidence.keys import ENTITY
from assay.evidence.moments import LARGEST
from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_number,
    as_text,
    lines_of,
    table,
)

POWERS = ("r", "r2", "r4", "a", "d", "d2", "d3", "d4", "r2d", "r2d2", "q", "q2")
"""r is label less score, a its size, d the label less its mean over everybody, q the size of residual over label; each
in its unit, so that none is beyond 1. `r2d` is r²d."""
WEIGHTED_POWERS = tuple(f"{weight}{power}" for weight in ("w", "w2") for power in ("", *POWERS))
"""The same times the sampling weight w of a row, then times w²; before them the sum of w, and of w²."""
UNITS = ("residual_unit", "label_unit", "ratio_unit")
COUNTS = ("people", "unlabelled", "unscored", "zeros")
_HEAD = ("centre", *UNITS)
_SLACK = 1e-9


@dataclass(frozen=True)
class Residuals:
    """Sums over everybody, or by random group of entities where somebody stands in several rows.

    They are sums of fixed-point numbers, the same in any order of rows and on every engine. What is cut off of a value
    is at most 2^-91 of the greatest one, 2^-122 where rows have weights.
    """

    rows: tuple[Level, ...]
    """The random groups, sorted and distinct; () where rows stand alone: there is one line then."""
    people: tuple[int, ...]
    """Those who have label and score, each as one."""
    unlabelled: tuple[int, ...]
    """Those who have a score but no label."""
    unscored: tuple[int, ...]
    """Those without a finite score."""
    zeros: tuple[int, ...]
    """Those of `people` whose label is 0, or so near that residual over label is beyond 1e100: they have no q."""
    centre: float
    """The mean label of `people`."""
    units: tuple[float, float, float]
    """Of r, d and q: powers of two."""
    sums: tuple[tuple[float, ...], ...]
    """POWERS of each line, or WEIGHTED_POWERS."""
    weighted: bool = False
    clustered: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """What the lines are told apart by."""
        return (ENTITY,) if self.clustered else ()

    @property
    def total(self) -> int:
        """All rows, with and without label and score."""
        return sum(self.people) + sum(self.unlabelled) + sum(self.unscored)

    def line(self, place: int) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """The sums of one line by their names, and those times the squared weight; "" is that of 1."""
        sums = self.sums[place]
        if self.weighted:
            names, half = ("", *POWERS), len(sums) // 2
            return dict(zip(names, sums[:half], strict=True)), dict(zip(names, sums[half:], strict=True))
        alone = {"": float(self.people[place]), **dict(zip(POWERS, sums, strict=True))}
        return alone, alone

    def csv(self) -> bytes:
        """Canonical bytes: a line with centre and units, then one for each random group, or one for all."""
        names = WEIGHTED_POWERS if self.weighted else POWERS
        nothing = (None,) * len(self.keys)
        head = (*nothing, *(None,) * len(COUNTS), self.centre, *self.units, *(None,) * len(names))
        levels = [(level,) for level in self.rows] if self.clustered else [()]
        counts = zip(self.people, self.unlabelled, self.unscored, self.zeros, strict=True)
        lines = (
            (*level, *counted, *(None,) * len(_HEAD), *sums)
            for level, counted, sums in zip(levels, counts, self.sums, strict=True)
        )
        return table((*self.keys, *COUNTS, *_HEAD, *names), chain((head,), lines))


def read_residuals(data: bytes) -> Residuals:
    """Residuals by sorted and distinct random groups, none of them empty, of numbers that can have such sums."""
    header, *lines = lines_of(data)
    clustered, weighted = header[0] == ENTITY, header[-1] == WEIGHTED_POWERS[-1]
    names, width = WEIGHTED_POWERS if weighted else POWERS, int(clustered)
    if header[width:] != [*COUNTS, *_HEAD, *names] or not lines:
        raise UnreadableTable("its header is not that of residuals")
    head, *lines = lines
    begin = width + len(COUNTS)
    centre, *units = (as_number(cell) for cell in head[begin : begin + len(_HEAD)])
    if abs(centre) > LARGEST or any(unit <= 0 or math.frexp(unit)[0] != 0.5 for unit in units):
        raise UnreadableTable("its centre or a unit is none")
    counts = tuple(tuple(as_count(line[width + place]) for line in lines) for place in range(len(COUNTS)))
    rows = tuple(as_text(line[0]) for line in lines) if clustered else ()
    order = [(level is not None, level or "") for level in rows]
    if order != sorted(set(order)) or (not clustered and len(lines) != 1):
        raise UnreadableTable("its lines are doubled, not in order, or not one")
    if clustered and any(not any(each) for each in zip(*counts[:3], strict=True)):
        raise UnreadableTable("one of its groups is empty")
    if sum(map(sum, counts[:3])) > LARGEST_COUNT or any(n < zeros for n, *_, zeros in zip(*counts, strict=True)):
        raise UnreadableTable("it counts more rows than there can be")
    sums = tuple(tuple(as_number(cell) for cell in line[begin + len(_HEAD) :]) for line in lines)
    people, unlabelled, unscored, zeros = counts
    units_of = units[0], units[1], units[2]
    made = Residuals(rows, people, unlabelled, unscored, zeros, centre, units_of, sums, weighted, clustered)
    for place, n in enumerate(people):
        _require_sums(n, made.line(place), weighted=weighted)
    return made


_SAME = (
    *(("", "r2", "r"), ("", "r2", "a"), ("", "r4", "r2"), ("", "d2", "d"), ("", "d4", "d2"), ("", "q2", "q")),
    *(("d2", "d4", "d3"), ("r4", "d2", "r2d"), ("r4", "d4", "r2d2")),
)
"""(Σab)² ≤ Σa² · Σb²: the names of the two squares, and of the product."""


def _require_sums(people: int, sums: Sequence[Mapping[str, float]], *, weighted: bool) -> None:
    """What numbers between −1 and 1 can add up to, but for rounding."""
    for part in sums:
        whole = part[""]
        if not 0 <= whole <= LARGEST_WEIGHT * LARGEST_WEIGHT or any(
            abs(each) > whole * (1 + _SLACK) for each in part.values()
        ):
            raise UnreadableTable("its sums are not those of numbers within their units")
        for first, second, both in _SAME:
            if part[both] ** 2 > part[first] * part[second] + _SLACK * whole * whole:
                raise UnreadableTable("its sums are not those of the same numbers")
    own, squared = sums[0][""], sums[1][""]
    if weighted and not (squared <= own * own * (1 + _SLACK) and own * own <= squared * people * (1 + _SLACK)):
        raise UnreadableTable("its weights and their squares are not of the same people")
