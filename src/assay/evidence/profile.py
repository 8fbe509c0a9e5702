"""Columns of a dataset, counted in bins, beside those of another where asked."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import table

MISSING = "(missing)"
PROFILE = (
    "column", "kind", "rows", "against_rows", "distinct", "low", "high", "bin", "n", "n_against"
)  # fmt: skip


@dataclass(frozen=True)
class ColumnProfile:
    """One column, counted."""

    name: str
    numeric: bool
    rows: int
    missing: int
    distinct: int
    low: float | None
    high: float | None
    bins: tuple[str, ...]
    """Of a number the values of `against`, where there is one, or `[a, b)` between its quantiles; or a category."""
    counts: tuple[int, ...]
    """Non-missing values of `data` per bin; bins which only `against` holds count 0 here."""
    against_rows: int | None = None
    against_missing: int | None = None
    against_counts: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Profile:
    """The columns of one dataset, beside another where asked."""

    columns: tuple[ColumnProfile, ...]

    def csv(self) -> bytes:
        """Canonical bytes: per column a line with its rows, range and missing values, then one line per bin."""
        rows: list[tuple[object, ...]] = []
        for c in self.columns:
            kind = "number" if c.numeric else "category"
            facts = (c.rows, c.against_rows, c.distinct, c.low, c.high)
            rows.append((c.name, kind, *facts, MISSING, c.missing, c.against_missing))
            against = (None,) * len(c.bins) if c.against_counts is None else c.against_counts
            nothing = (None,) * (1 + len(facts))
            rows += [(c.name, *nothing, *cell) for cell in zip(c.bins, c.counts, against, strict=True)]
        return table(PROFILE, rows)
