"""Rows of one dataset that have the same inputs: how many, and how many of them have different labels."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import UnreadableTable, as_count, as_name, lines_of, table

DUPLICATES = ("rows", "kinds", "labelled", "conflicting", "compared_by")


@dataclass(frozen=True)
class Duplicates:
    """Rows by whether others have the same inputs."""

    rows: int
    kinds: int
    """Different inputs: every row beyond one of each kind is a repetition."""
    labelled: int
    """Rows with a label; 0 where none was asked for."""
    conflicting: int
    """Rows with a label that have the same inputs as a row with another label."""
    columns: tuple[str, ...]

    def csv(self) -> bytes:
        """Canonical bytes: the counts, and a line for each column after the first."""
        first, *more = self.columns or (None,)
        rows: list[tuple[object, ...]] = [(self.rows, self.kinds, self.labelled, self.conflicting, first)]
        return table(DUPLICATES, rows + [(None, None, None, None, name) for name in more])


def read_duplicates(data: bytes) -> Duplicates:
    """Counts that can be those of rows."""
    header, *lines = lines_of(data)
    if tuple(header) != DUPLICATES or not lines:
        raise UnreadableTable("its header is not that of duplicates")
    rows, kinds, labelled, conflicting = map(as_count, lines[0][:4])
    names = tuple(as_name(line[4]) for line in lines)
    if kinds > rows or (rows and not kinds) or labelled > rows or conflicting > labelled or conflicting == 1:
        raise UnreadableTable("its counts are not those of rows")
    if len(set(names)) < len(names):
        raise UnreadableTable("it names a column twice")
    return Duplicates(rows, kinds, labelled, conflicting, names)
