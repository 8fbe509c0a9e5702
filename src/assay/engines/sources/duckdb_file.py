"""A table of a DuckDB file, read by a DuckDB that may open nothing else."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from assay.engines.embedded.database import Database, identifier, text
from assay.engines.options import EngineOptions
from assay.engines.sources.snapshot import CODEC, Column, not_read, stored
from assay.errors import DataError
from assay.source import nearest
from assay.subject.data import DataFiles

_KEPT = (
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "FLOAT", "DOUBLE", "VARCHAR",
)  # fmt: skip


def read_duckdb(
    path: Path, table: tuple[str, ...], wanted: Collection[str] | None, folder: Path, options: EngineOptions, told: str
) -> DataFiles:
    """The wanted columns as a snapshot. Dates and what has no other type are text. Raises DataError."""
    log = path.with_name(path.name + ".wal")
    if log.exists():
        what = f"there are changes beside it ({log.name}) that are not yet in it"
        raise DataError(what, where=told, hint="Close the program that writes to it, or run CHECKPOINT in it.")
    with Database([path, log], options.memory_limit, options.spill, folders=[folder]) as database:
        link = database.link(path, "source.duckdb", told)
        database.run(f"ATTACH {text(link)} AS source (READ_ONLY)")
        source = _source(database, table, told)
        described = database.run(f"DESCRIBE SELECT * FROM {source}")
        types = {str(row[0]): str(row[1]) for row in described}
        chosen = [name for name in types if wanted is None or name in wanted]
        _require_stored(database, table, chosen, told)
        columns = [Column(name, types[name], untyped=types[name] in ("HUGEINT", "UHUGEINT")) for name in chosen]
        made = "".join(f", {_value(column)} AS c{place}" for place, column in enumerate(columns))
        file = folder / "00000.parquet"
        database.run(f"COPY (SELECT 0 AS one{made} FROM {source}) TO {text(str(file))} ({CODEC})")
        return stored(told, [file], columns, tuple(types))


def _source(database: Database, table: tuple[str, ...], told: str) -> str:
    schema, name = _parts(table)
    rows = database.run(
        "SELECT table_schema, table_name, table_type = 'BASE TABLE' FROM information_schema.tables "
        "WHERE table_catalog = 'source' ORDER BY ALL"
    )
    if (schema, name, False) in rows and len(table) < 3:
        raise not_read("views", f"{'.'.join(table)!r} is a view", told)
    if (schema, name, True) not in rows or len(table) > 2:
        names = [other if within == "main" else f"{within}.{other}" for within, other, stored in rows if stored]
        hint = nearest(".".join(table), names) or f"It holds: {', '.join(names)[:400] or 'none'}"
        raise DataError(f"there is no table {'.'.join(table)!r}", where=told, hint=hint)
    return f"source.{identifier(schema)}.{identifier(name)}"


def _require_stored(database: Database, table: tuple[str, ...], chosen: Collection[str], told: str) -> None:
    """Columns that DuckDB computes may hold random() or now(). Beside one, those with a default count as computed too:
    before DuckDB 2 they look alike.
    """
    rows = database.run(
        "SELECT column_name FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name) "
        "WHERE database_name = 'source' AND schema_name = ? AND table_name = ? AND column_default IS NOT NULL "
        "AND contains(sql, ' GENERATED ALWAYS AS(') ORDER BY column_index",
        _parts(table),
    )
    for (name,) in rows:
        if name in chosen:
            raise not_read("computed columns", f"{name!r} is GENERATED", told)


def _parts(table: tuple[str, ...]) -> tuple[str, str]:
    return (table[0], table[1]) if len(table) == 2 else ("main", table[-1])


def _value(column: Column) -> str:
    name = identifier(column.name)
    return name if column.type in _KEPT or column.type.startswith("DECIMAL") else f"{name}::VARCHAR"
