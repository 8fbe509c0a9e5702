"""Features beside what the manifest says of them: rows that do not hold it."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import UnreadableTable, as_count, as_name, as_yes, lines_of, table

CODE_BOOK = ("feature", "there", "rows", "missing", "mistyped", "below", "above", "other_levels")


@dataclass(frozen=True)
class FeatureRows:
    """Rows of one feature by what is wrong with them; each is counted once at most."""

    name: str
    there: bool
    """Whether the data have such a column."""
    missing: int = 0
    mistyped: int = 0
    """Of a feature of numbers: rows that hold something else."""
    below: int = 0
    above: int = 0
    other_levels: int = 0


@dataclass(frozen=True)
class CodeBook:
    """Every feature of the manifest, in its order. Counts only."""

    rows: int
    features: tuple[FeatureRows, ...]

    def csv(self) -> bytes:
        """Canonical bytes: a line for each feature."""
        return table(
            CODE_BOOK,
            ((f.name, f.there, self.rows, f.missing, f.mistyped, f.below, f.above, f.other_levels)
             for f in self.features),
        )  # fmt: skip


def read_code_book(data: bytes) -> CodeBook:
    """Features of which no more rows are wrong than there are."""
    header, *lines = lines_of(data)
    if tuple(header) != CODE_BOOK or not lines:
        raise UnreadableTable("its header is not that of a code book")
    features = tuple(
        FeatureRows(as_name(line[0]), as_yes(line[1]), *(as_count(cell) for cell in line[3:])) for line in lines
    )
    rows = {as_count(line[2]) for line in lines}
    if len(rows) > 1 or len({feature.name for feature in features}) < len(features):
        raise UnreadableTable("it names a feature twice, or counts other rows of each")
    total = rows.pop()
    for each in features:
        wrong = each.missing + each.mistyped + each.below + each.above + each.other_levels
        if wrong > total or (wrong and not each.there):
            raise UnreadableTable("more rows are wrong than there are")
    return CodeBook(total, features)
