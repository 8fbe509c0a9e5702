"""Counts of people by the levels of keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assay.evidence.table import table
from assay.record.estimate import quoted

FAVOURABLE, UNFAVOURABLE = "favourable", "unfavourable"
Level = str | None
"""A group's label, "favourable" or "unfavourable"; None: unknown or missing."""
UNKNOWN = "(unknown)"


def group_name(levels: Sequence[Level]) -> str:
    """One name for each tuple of levels: `female, 25-34`, and where that could be read in two ways `“x, y”, z`."""
    several = len(levels) > 1
    return ", ".join(
        UNKNOWN if level is None else quoted(level, doubtful=level == UNKNOWN or (several and ", " in level))
        for level in levels
    )


WEIGHT, WEIGHT_SQUARED = "weight", "weight_squared"
"""Columns of a table whose rows have sampling weights."""
LARGEST_WEIGHT = 1e100
"""Of a cell: sums of squares stay finite."""


@dataclass(frozen=True)
class Cells:
    """Counts by keys. `rows[i]` holds one level for each of `keys`; rows are sorted and distinct; counts are > 0."""

    keys: tuple[str, ...]
    rows: tuple[tuple[Level, ...], ...]
    counts: tuple[int, ...]
    weights: tuple[float, ...] | None = None
    """Sum of the sampling weights of the people of each cell; None where people have none."""
    squares: tuple[float, ...] | None = None
    """Sum of the squared weights, which the variance of a weighted rate is made of. None as `weights`."""

    @cached_property
    def total(self) -> int:
        """People counted."""
        return sum(self.counts)

    def over(self, keys: Sequence[str]) -> Cells:
        """The marginal table over `keys`, in their order. Sums of weights are rounded once (`fsum`)."""
        places = [self.keys.index(key) for key in keys]
        parts: dict[tuple[Level, ...], list[int]] = {}
        for at, row in enumerate(self.rows):
            parts.setdefault(tuple(row[place] for place in places), []).append(at)
        ordered = sorted(parts, key=lambda levels: tuple((level is not None, level or "") for level in levels))
        merged = [parts[levels] for levels in ordered]
        return Cells(
            tuple(keys),
            tuple(ordered),
            tuple(sum(self.counts[at] for at in cells) for cells in merged),
            _summed(self.weights, merged),
            _summed(self.squares, merged),
        )

    def csv(self) -> bytes:
        """Canonical bytes: one line per cell."""
        columns: list[Sequence[object]] = [self.counts]
        header = [*self.keys, "n"]
        if self.weights is not None and self.squares is not None:
            header += [WEIGHT, WEIGHT_SQUARED]
            columns += [self.weights, self.squares]
        return table(header, ((*row, *numbers) for row, *numbers in zip(self.rows, *columns, strict=True)))


def _summed(numbers: tuple[float, ...] | None, parts: Sequence[Sequence[int]]) -> tuple[float, ...] | None:
    return None if numbers is None else tuple(math.fsum(numbers[at] for at in cells) for cells in parts)
