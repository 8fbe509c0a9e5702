"""A table of an SQLite file, as it stands in the file: whoever writes to it has to have closed it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from assay.engines.embedded.database import identifier
from assay.engines.options import EngineOptions
from assay.engines.sources.snapshot import Column, Snapshot, not_read
from assay.errors import DataError
from assay.source import nearest
from assay.subject.data import DataFiles

AT_ONCE = 5_000
LONGEST_VALUE = 1 << 20
"""Bytes of a text or blob: a few bytes of a file may say that they are a gigabyte of zeros."""
COLUMNS_AT_ONCE = 100
_MAY = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION)


def read_sqlite(
    path: Path,
    table: tuple[str, ...],
    wanted: Collection[str] | None,
    folder: Path,
    options: EngineOptions,
    told: str,
    tell: Callable[[int, int], None],
) -> DataFiles:
    """The wanted columns as a snapshot; each column has the type of its values, whatever the table declares.

    A column with texts in some rows and numbers in others is both, as in a CSV file. Raises DataError.
    """
    _require_closed(path, told)
    with _errors(told), closing(_open(path)) as connection:
        source = _source(connection, table, told)
        names = [str(column[0]) for column in connection.execute(f"SELECT * FROM {source} AS t LIMIT 0").description]
        chosen = [name for name in dict.fromkeys(names) if wanted is None or name in wanted]
        columns, rows = _columns(connection, source, chosen)
        listed = "".join(f", t.{identifier(name)}" for name in chosen)
        cursor = connection.execute(f"SELECT 0{listed} FROM {source} AS t")
        with Snapshot(folder, columns, options, told) as snapshot:
            for row in cursor:  # one at a time: each may be as large as its columns allow
                snapshot.write((",".join(map(_cell, row)) + "\n").encode())
                if snapshot.rows % AT_ONCE == 0:
                    tell(snapshot.rows, rows)
            tell(snapshot.rows, rows)
            return snapshot.finish(names)


def _open(path: Path) -> sqlite3.Connection:
    """Nothing but reading of tables: the file may be hostile, and its views and computed columns are statements."""
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY)
    return connection


@contextmanager
def _errors(told: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        hint = f"Is the file whole, and an SQLite database, with no value above {LONGEST_VALUE >> 20} MiB?"
        raise DataError(f"cannot be read: {str(error)[:300]}", where=told, hint=hint) from None
    except (UnicodeEncodeError, UnicodeDecodeError):
        raise DataError("a text in it is not UTF-8", where=told, hint="Store texts as UTF-8.") from None


def _require_closed(path: Path, told: str) -> None:
    for suffix in ("-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        if beside.exists() and beside.stat().st_size > 0:
            what = f"there are changes beside it ({beside.name}) that are not yet in it"
            raise DataError(what, where=told, hint="Close the program that writes to it, or give a copy of it.")


def _source(connection: sqlite3.Connection, table: tuple[str, ...], told: str) -> str:
    schema, name = table if len(table) == 2 else ("main", table[-1])
    rows = connection.execute("SELECT name, type, sql FROM main.sqlite_schema WHERE type IN ('table', 'view')")
    found = {str(own): (kind, str(sql)) for own, kind, sql in rows}
    if schema != "main" or len(table) > 2 or name not in found:
        names = sorted(own for own, (kind, _) in found.items() if kind == "table")
        hint = nearest(name, names) or f"It holds: {', '.join(names)[:400] or 'none'}"
        raise DataError(f"there is no table {'.'.join(table)!r}", where=told, hint=hint)
    kind, sql = found[name]
    if kind == "view" or not _makes_table(name, sql):
        what = f"{name!r} is {'a view' if kind == 'view' else 'a virtual table'}"
        raise not_read("views and virtual tables", what, told)
    return f"main.{identifier(name)}"


def _makes_table(name: str, sql: str) -> bool:
    """Whether SQLite, which reads this statement and nothing else, makes a plain table of that very name of it."""
    quoted = (re.escape(mark + name.replace(mark, 2 * mark) + mark) for mark in "\"'`")
    spelt = "|".join((re.escape(name), re.escape(f"[{name}]"), *quoted))
    return re.match(rf"CREATE TABLE (?:{spelt})[\s(/-]", sql) is not None


def _columns(connection: sqlite3.Connection, source: str, names: list[str]) -> tuple[list[Column], int]:
    """The columns with the types that their values have, and the number of rows."""
    kinds = ("integer", "real", "text", "blob")
    rows, columns = connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0], []
    counts: list[int] = []
    for begin in range(0, len(names), COLUMNS_AT_ONCE):
        counted = ", ".join(
            f"count(CASE typeof(t.{identifier(name)}) WHEN '{kind}' THEN 1 END)"
            for name in names[begin : begin + COLUMNS_AT_ONCE]
            for kind in kinds
        )
        counts += connection.execute(f"SELECT {counted} FROM {source} AS t").fetchone()
    for place, name in enumerate(names):
        whole, real, texts, blobs = (bool(count) for count in counts[4 * place : 4 * place + 4])
        if texts or blobs:
            columns.append(Column(name, untyped=whole or real))
        else:
            columns.append(Column(name, "DOUBLE" if real else "BIGINT" if whole else "VARCHAR"))
    return columns, rows


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return '"' + value.replace('"', '""') + '"'
        case bytes():
            return f'"{value.hex()}"'
        case _:
            return repr(value)
