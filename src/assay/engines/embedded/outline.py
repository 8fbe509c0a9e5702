"""The columns of a data file before anybody has said what they mean: kind, distinct values, the few values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.engines.embedded.database import Database
from assay.engines.embedded.files import open_data
from assay.engines.options import EngineOptions
from assay.errors import DataError
from assay.record.artefact import DATABASE_FILES
from assay.subject.data import ARROW, DataFile, DataFiles
from assay.subject.scratch import scratch_folder

FEW = 20
"""Distinct values up to which all of them are listed."""
AT_ONCE = 200
"""Columns of one statement."""
COUNTED_AT_ONCE = 25
"""Columns whose values are counted in one statement; each takes megabytes."""


@dataclass(frozen=True)
class ColumnOutline:
    """One column as it stands in the file."""

    name: str
    kind: Literal["number", "truth", "text", "other"]
    whole: bool
    """A number in every row, and a whole one."""
    missing: int
    distinct: int
    """Exact up to FEW, about right beyond."""
    values: tuple[tuple[str, int], ...]
    """Value and rows, the most frequent first; empty where there are more than FEW."""
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Outline:
    """A data file."""

    rows: int
    columns: tuple[ColumnOutline, ...]


def outline(path: Path, told: str, *, memory_limit: str = "1GB") -> Outline:
    """Read the file once. Raises DataError where it cannot be read; errors call it `told`."""
    data = DataFiles(told, (DataFile(told, path, path.name),))
    if path.name.lower().endswith(DATABASE_FILES):
        what = "a database holds many tables, and none is named"
        raise DataError(what, where=told, hint="Write `path` and `table` into the manifest.")
    with ExitStack() as stack:
        if path.name.lower().endswith(ARROW):
            from assay.engines.sources.arrow import read_arrow

            folder = Path(stack.enter_context(scratch_folder("data")))
            data = read_arrow(data, None, folder, EngineOptions(memory_limit=memory_limit))
        database = stack.enter_context(Database([file.path for file in data.files], memory_limit))
        opened = open_data(database, data, "d", None)
        rows = int(database.run(f"SELECT count(*) FROM {opened.table}")[0][0])
        places = list(opened.kinds.items())
        columns: list[ColumnOutline] = []
        for begin in range(0, len(places), AT_ONCE):
            part, table = places[begin : begin + AT_ONCE], opened.table
            if len(places) > AT_ONCE:  # each look at a view of thousands of columns is slow
                chosen = ", ".join(column for _, (column, _) in part)
                table = "part"
                database.run(f"CREATE OR REPLACE TABLE part AS SELECT {chosen} FROM {opened.table}")
            columns += _outlines(database, table, part, rows)
    return Outline(rows, tuple(columns))


def _outlines(
    database: Database, table: str, places: Sequence[tuple[str, tuple[str, str]]], rows: int
) -> list[ColumnOutline]:
    measures = ", ".join(
        f"count({c}), approx_count_distinct({c}), count(TRY_CAST({c} AS DOUBLE)), min(TRY_CAST({c} AS DOUBLE)), "
        f"max(TRY_CAST({c} AS DOUBLE)), coalesce(bool_and(TRY_CAST({c} AS DOUBLE) = floor(TRY_CAST({c} AS DOUBLE))), "
        "false)"
        if kind != "other"
        else f"count({c}), 0, 0, NULL, NULL, false"
        for _, (c, kind) in places
    )
    (row,) = database.run(f"SELECT {measures} FROM {table}")
    few = [c for place, (_, (c, kind)) in enumerate(places) if kind != "other" and row[6 * place + 1] <= 2 * FEW]
    values = _values(database, table, few)
    made = []
    for place, (name, (c, kind)) in enumerate(places):
        there, about, numbers, low, high, whole = row[6 * place : 6 * place + 6]
        is_number = kind in ("integer", "number") or (kind == "untyped" and 0 < there == numbers)
        made.append(
            ColumnOutline(
                name=name,
                kind="number" if is_number else "text" if kind == "untyped" else kind,  # type: ignore[arg-type]
                whole=is_number and bool(whole),
                missing=rows - there,
                distinct=len(values.get(c, ())) or int(about),
                values=values.get(c, ()),
                low=low if is_number else None,
                high=high if is_number else None,
            )
        )
    return made


def _values(database: Database, table: str, columns: list[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Value and rows of the columns that hold at most FEW, several at once."""
    values = {}
    for begin in range(0, len(columns), COUNTED_AT_ONCE):
        part = columns[begin : begin + COUNTED_AT_ONCE]
        (row,) = database.run(f"SELECT {', '.join(f'histogram(CAST({c} AS VARCHAR))' for c in part)} FROM {table}")
        for column, found in zip(part, row, strict=True):
            if found and len(found) <= FEW:
                values[column] = tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
    return values
