"""Data files: Parquet and CSV, opened strictly."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from assay.engines.dataset import Kind
from assay.engines.embedded.database import Database, identifier
from assay.errors import DataError

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
HEADER_BYTES = 1 << 20
SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Opened:
    """A file as a table or view with the columns `row`, counted from 0, and c0, c1 and so on."""

    table: str
    names: tuple[str, ...]
    """All columns of the file."""
    kinds: dict[str, tuple[str, Kind]]
    """Wanted and found: column of the file → column of the table, and its kind."""


def open_file(database: Database, path: Path, table: str, told: str, wanted: Collection[str] | None) -> Opened:
    """The file at `path` as `table`, with those of the wanted columns that it has, all where that is None.

    A CSV file is read here, once.

    Raises DataError where it is neither Parquet nor CSV, is damaged, or has a header that is not one.
    """
    name = path.name.lower()
    if name.endswith((".parquet", ".pq")):
        return _open_parquet(database, database.link(path, f"{table}.parquet", told), table, wanted)
    if name.endswith((".csv", ".csv.gz")):
        suffix = ".csv.gz" if name.endswith(".gz") else ".csv"
        link = database.link(path, table + suffix, told)
        return _open_csv(database, link, table, wanted, _header(path, told))
    raise DataError(
        f"the data file {told!r} is of no format that can be read",
        where=told,
        hint="Use .parquet, .csv or .csv.gz.",
    )


def _open_parquet(database: Database, link: str, table: str, wanted: Collection[str] | None) -> Opened:
    described = database.run("DESCRIBE SELECT * FROM read_parquet(?)", [link])
    types = {str(row[0]): str(row[1]) for row in described}
    found = [name for name in types if wanted is None or name in wanted]
    columns = [f", {identifier(name)} AS c{i}" for i, name in enumerate(found)]
    source = f"read_parquet('{link}', file_row_number = true)"
    database.run(f"CREATE VIEW {table} AS SELECT file_row_number AS row{''.join(columns)} FROM {source}")
    return Opened(table, tuple(types), {name: (f"c{i}", _kind(types[name])) for i, name in enumerate(found)})


def _kind(type_name: str) -> Kind:
    if type_name.removeprefix("U") in _INTEGERS:
        return "integer"
    if type_name in ("FLOAT", "DOUBLE") or type_name.startswith("DECIMAL"):
        return "number"
    if type_name == "BOOLEAN":
        return "truth"
    return "text" if type_name == "VARCHAR" or type_name.startswith("ENUM") else "other"


def _open_csv(
    database: Database, link: str, table: str, wanted: Collection[str] | None, header: tuple[str, list[str]]
) -> Opened:
    """Every value as text: what a value is, is said by the manifest, not guessed from the first rows."""
    separator, names = header
    found = {name: f"c{i}" for i, name in enumerate(names) if wanted is None or name in wanted}
    types = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(names)))
    columns = "".join(f", {column}" for column in found.values())
    separated = "'\\t'" if separator == "\t" else f"'{separator}'"
    database.run(
        f"CREATE TABLE {table}_text AS SELECT 0 AS one{columns} FROM read_csv('{link}', auto_detect = false, "
        f"header = true, delim = {separated}, quote = '\"', escape = '\"', columns = {{{types}}}, "
        "strict_mode = true, null_padding = false, nullstr = '', max_line_size = 16777216)"
    )
    database.run(f"CREATE VIEW {table} AS SELECT rowid AS row{columns} FROM {table}_text")
    return Opened(table, tuple(names), {name: (column, "untyped") for name, column in found.items()})


def _header(path: Path, told: str) -> tuple[str, list[str]]:
    """Separator and names of the first line; the separator is the one by which the next line has as many cells."""
    line, following = _first_lines(path, told)
    try:
        cells = {
            mark: [next(csv.reader([each], delimiter=mark), []) for each in (line, following)] for mark in SEPARATORS
        }
    except csv.Error as error:
        raise DataError(f"the header cannot be read: {error}", where=told, hint="Is this a CSV file?") from error
    separator = max(SEPARATORS, key=lambda mark: (len(cells[mark][0]) == len(cells[mark][1]) > 1, line.count(mark)))
    names = cells[separator][0]
    if not names:
        raise DataError("the file has no header", where=told, hint="The first line names the columns.")
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        listed = ", ".join(map(repr, twice))[:400]
        raise DataError(f"the header names {listed} more than once", where=told, hint="Name each column once.")
    return separator, names


def _first_lines(path: Path, told: str) -> tuple[str, str]:
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            line, following = file.readline(HEADER_BYTES), file.readline(HEADER_BYTES)
            header = line.decode("utf-8-sig").rstrip("\r\n")
            while isinstance(file, gzip.GzipFile) and file.read(1 << 20):
                pass  # a compressed file that was cut short is found out at its end, which not every DuckDB looks at
    except UnicodeDecodeError as error:
        raise DataError("the header is not UTF-8 text", where=told, hint="Store the file as UTF-8.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read: {error}", where=told, hint="Is the file whole?") from error
    if len(line) == HEADER_BYTES:
        raise DataError("the header is longer than 1 MiB", where=told, hint="Is this a CSV file?")
    return header, following.decode("utf-8", errors="replace").rstrip("\r\n")
