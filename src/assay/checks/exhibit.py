"""Exhibits in few words."""

from __future__ import annotations

from typing import Literal

from assay.record.estimate import Column

Unit = Literal["text", "count", "rate", "ratio", "number"]


def columns(*given: tuple[str, str, Unit]) -> tuple[Column, ...]:
    """Columns from name, title and unit."""
    return tuple(Column(name=name, title=title, unit=unit) for name, title, unit in given)
