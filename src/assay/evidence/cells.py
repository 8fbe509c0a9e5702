"""Counts of people by the levels of keys."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Cells:
    """Counts by keys. `rows[i]` holds one level for each of `keys`; rows are sorted and distinct; counts are > 0."""

    keys: tuple[str, ...]
    rows: tuple[tuple[Level, ...], ...]
    counts: tuple[int, ...]

    @cached_property
    def total(self) -> int:
        """People counted."""
        return sum(self.counts)

    def over(self, keys: Sequence[str]) -> Cells:
        """The marginal table over `keys`, in their order."""
        places = [self.keys.index(key) for key in keys]
        sums: dict[tuple[Level, ...], int] = {}
        for row, count in zip(self.rows, self.counts, strict=True):
            levels = tuple(row[place] for place in places)
            sums[levels] = sums.get(levels, 0) + count
        ordered = sorted(sums, key=lambda levels: tuple((level is not None, level or "") for level in levels))
        return Cells(tuple(keys), tuple(ordered), tuple(sums[levels] for levels in ordered))

    def csv(self) -> bytes:
        """Canonical bytes: one line per cell."""
        return table((*self.keys, "n"), ((*row, n) for row, n in zip(self.rows, self.counts, strict=True)))
