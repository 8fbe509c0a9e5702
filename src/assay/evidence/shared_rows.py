"""Rows that stand in two datasets."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import table

SHARED = ("rows", "against_rows", "shared", "compared_by")


@dataclass(frozen=True)
class SharedRows:
    """How many rows stand in both datasets."""

    rows: int
    against_rows: int
    shared: int
    """Rows of `data` whose values stand in `against`."""
    columns: tuple[str, ...]

    def csv(self) -> bytes:
        """Canonical bytes: the counts, and a line for each column after the first."""
        first, *more = self.columns or (None,)
        rows: list[tuple[object, ...]] = [(self.rows, self.against_rows, self.shared, first)]
        return table(SHARED, rows + [(None, None, None, name) for name in more])
