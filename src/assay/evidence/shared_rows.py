"""Rows that stand in two datasets."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import UnreadableTable, as_count, as_optional_count, as_text, lines_of, table

SHARED = ("rows", "against_rows", "shared", "near", "compared_by")


@dataclass(frozen=True)
class SharedRows:
    """How many rows stand in both datasets."""

    rows: int
    against_rows: int
    shared: int
    """Rows of `data` whose values stand in `against`."""
    columns: tuple[str, ...]
    near: int | None = None
    """Rows of `data` that do not, and differ from one that does in one column only; None where nobody asked."""

    def csv(self) -> bytes:
        """Canonical bytes: the counts, and a line for each column after the first."""
        first, *more = self.columns or (None,)
        rows: list[tuple[object, ...]] = [(self.rows, self.against_rows, self.shared, self.near, first)]
        return table(SHARED, rows + [(None, None, None, None, name) for name in more])


def read_shared_rows(data: bytes) -> SharedRows:
    """Rows of two datasets, no more of them shared than there are."""
    header, *lines = lines_of(data)
    if tuple(header) != SHARED or not lines:
        raise UnreadableTable("its header is not that of shared rows")
    rows, against, shared = (as_count(cell) for cell in lines[0][:3])
    near, columns = as_optional_count(lines[0][3]), tuple(as_text(line[4]) for line in lines)
    named = tuple(name for name in columns if name is not None)
    if columns not in (named, (None,)) or shared + (near or 0) > rows:
        raise UnreadableTable("its lines are not those of shared rows")
    if (shared or near) and not against:
        raise UnreadableTable("its lines are not those of shared rows")
    return SharedRows(rows, against, shared, named, near)
