"""Texts that look like personal data: how many, by column and kind. No text itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.evidence.table import UnreadableTable, as_count, as_name, lines_of, table

PATTERNS: Mapping[str, str] = {
    "e-mail address": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "telephone number": r"\+[0-9]{1,3}[ ./-]?(\(?[0-9]{1,4}\)?[ ./-]?){2,5}[0-9]{2,4}",
    "IBAN": r"\b[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b",
    "payment card number": r"\b([0-9]{4}[ -]?){3}[0-9]{4}\b",
    "US social security number": r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
    "IP address": r"\b([0-9]{1,3}\.){3}[0-9]{1,3}\b",
}
"""Kind → regular expression, of the part that RE2 and Java read alike."""
FOUND = ("column", "kind", "n")
TEXTS = "(texts)"


@dataclass(frozen=True)
class ColumnPatterns:
    """One column."""

    name: str
    texts: int
    """Rows with a text."""
    found: tuple[int, ...]
    """Rows whose text holds what looks like it, by the kinds of PATTERNS in order; some rows count for several."""
    any_kind: int
    """Rows whose text holds one of them."""


@dataclass(frozen=True)
class Patterns:
    """The columns of a dataset."""

    columns: tuple[ColumnPatterns, ...]

    def csv(self) -> bytes:
        """Canonical bytes: of each column its texts, each kind, and any kind."""
        rows: list[tuple[object, ...]] = []
        for column in self.columns:
            rows.append((column.name, TEXTS, column.texts))
            rows += [(column.name, kind, n) for kind, n in zip(PATTERNS, column.found, strict=True)]
            rows.append((column.name, "(any)", column.any_kind))
        return table(FOUND, rows)


def read_patterns(data: bytes) -> Patterns:
    """The columns, each with every kind."""
    header, *lines = lines_of(data)
    each = len(PATTERNS) + 2
    if tuple(header) != FOUND or len(lines) % each:
        raise UnreadableTable("its header is not that of patterns")
    columns = []
    for begin in range(0, len(lines), each):
        own = lines[begin : begin + each]
        if [kind for _, kind, _ in own] != [TEXTS, *PATTERNS, "(any)"] or len({name for name, _, _ in own}) > 1:
            raise UnreadableTable("its lines are not those of a column")
        texts, *found, any_kind = (as_count(n) for _, _, n in own)
        if any_kind > texts or max(found) > any_kind or any_kind > sum(found):
            raise UnreadableTable("its counts are not those of texts")
        columns.append(ColumnPatterns(as_name(own[0][0]), texts, tuple(found), any_kind))
    if len({column.name for column in columns}) < len(columns):
        raise UnreadableTable("it names a column twice")
    return Patterns(tuple(columns))
