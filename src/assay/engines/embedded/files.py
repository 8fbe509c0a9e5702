"""Data files: Parquet and CSV, opened strictly."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.engines.dataset import Kind
from assay.engines.embedded.database import Database, identifier, text
from assay.errors import DataError
from assay.subject.data import CSV, PARQUET, DataFile, DataFiles

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS = {"VARCHAR": "text", "DOUBLE": "number", "FLOAT": "number", "BOOLEAN": "truth value", "DATE": "date"}
HEADER_BYTES = 1 << 20
SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Opened:
    """Files as one table or view with the columns `row`, counted from 0, and c0, c1 and so on."""

    table: str
    names: tuple[str, ...]
    """All columns of the files."""
    kinds: dict[str, tuple[str, Kind]]
    """Wanted and found: column of the files → column of the table, and its kind."""


def open_data(
    database: Database, data: DataFiles, table: str, wanted: Collection[str] | None, later: Collection[str] = ()
) -> Opened:
    """The files as `table`, with those of the wanted columns that they have, all where that is None. Of those that may
    be wanted later they have what all files have alike.

    CSV files are read here, once. Names of folders, `year=2026`, are columns: whole numbers where each of them is
    written as one, without zeros before it; else text.

    Raises DataError where a file is neither Parquet nor CSV, is damaged, has a header that is not one, or has a wanted
    column that another file lacks or holds with another type.
    """
    names = [file.name.lower() for file in data.files]
    links = _Links(database, data, table)
    if all(name.endswith(PARQUET) for name in names) or data.names:
        return _open_parquet(database, data, links, table, wanted, later)
    if all(name.endswith(CSV) for name in names):
        return _open_csv(database, data, links, table, wanted if wanted is None else {*wanted, *later})
    if any(name.endswith(PARQUET + CSV) for name in names):
        what = f"the files of {data.told!r} are not all of one format"
        raise DataError(what, where=data.told, hint="Name the Parquet files or the CSV files by the pattern.")
    raise DataError(
        f"the data file {data.told!r} is of no format that can be read",
        where=data.told,
        hint="Use .parquet, .csv or .csv.gz; also .arrow, .feather, .duckdb and .sqlite, which an audit reads.",
    )


class _Links:
    """The files under names of ours; what stands twice in a list is linked once."""

    def __init__(self, database: Database, data: DataFiles, table: str) -> None:
        self.of: dict[Path, str] = {}
        self.told: dict[str, str] = {}
        for file in data.files:
            if file.path not in self.of:
                suffix = next((each for each in (".csv.gz", ".csv") if file.name.lower().endswith(each)), ".parquet")
                link = database.link(file.path, f"{table}-{len(self.of):05}{suffix}", file.told)
                self.of[file.path] = link
                self.told[link] = file.told
        self.all = [self.of[file.path] for file in data.files]
        self.listed = "[" + ", ".join(map(text, self.all)) + "]"


def _open_parquet(
    database: Database,
    data: DataFiles,
    links: _Links,
    table: str,
    wanted: Collection[str] | None,
    later: Collection[str],
) -> Opened:
    types = _types(database, links, wanted, later)
    both = None if wanted is None else {*wanted, *later}
    partitions = _partitions(data)
    _require_apart(partitions, types, data)
    _require_other_names(types, data)
    called = data.columns if data.names else {name: name for name in types}
    found = {name: column for name, column in called.items() if (both is None or name in both) and column in types}
    columns = [identifier(column) for column in found.values()]
    kinds: dict[str, Kind] = {
        name: "untyped" if name in data.untyped else _kind(types[column]) for name, column in found.items()
    }
    for name, (values, kind) in partitions.items():
        if both is None or name in both:
            columns.append(_by_file(values))
            kinds[name] = kind
    row = "file_row_number"
    if len(data.files) > 1:
        counted = dict(database.run(f"SELECT file_name, num_rows FROM parquet_file_metadata({_list(links.told)})"))
        begins = [0]
        for link in links.all[:-1]:
            begins.append(begins[-1] + counted[link])
        row = f"{_by_file([str(begin) for begin in begins])} + file_row_number"
    selected = "".join(f", {column} AS c{place}" for place, column in enumerate(columns))
    source = f"read_parquet({links.listed}, file_row_number = true, hive_partitioning = false)"
    database.run(f"CREATE VIEW {table} AS SELECT {row} AS row{selected} FROM {source}")
    names = (*(data.names or called), *partitions)
    return Opened(table, names, {name: (f"c{place}", kind) for place, (name, kind) in enumerate(kinds.items())})


def _types(database: Database, links: _Links, wanted: Collection[str] | None, later: Collection[str]) -> dict[str, str]:
    """The columns of the first file and their types; every other file has the wanted ones of them with these types.
    One that is only wanted later and that another file lacks, or holds otherwise, is left out.
    """
    first = links.all[0]
    types = _described(database, first)
    if len(links.told) == 1:
        return types
    schema = "list((name, type, num_children, duckdb_type) ORDER BY column_id)::VARCHAR"
    rows = database.run(f"SELECT file_name, md5({schema}) FROM parquet_schema({_list(links.told)}) GROUP BY file_name")
    signatures = dict(rows)
    seen = {signatures[first]}
    for link in links.told:
        if signatures[link] not in seen:
            seen.add(signatures[link])
            others = _described(database, link)
            _require_same(types, others, links.told[first], links.told[link], wanted)
            apart = {name for name in later if others.get(name) != types.get(name)} - {*(wanted or ())}
            types = {name: kind for name, kind in types.items() if name not in apart}
    return types


def _described(database: Database, link: str) -> dict[str, str]:
    rows = database.run("DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning = false)", [link])
    return {str(row[0]): str(row[1]) for row in rows}


def _require_same(
    types: Mapping[str, str], others: Mapping[str, str], first: str, other: str, wanted: Collection[str] | None
) -> None:
    hint = "Write all files with the same columns and types."
    for name in [*types, *(name for name in others if name not in types)]:
        if wanted is not None and name not in wanted:
            continue
        if name not in others or name not in types:
            lacks, has = (other, first) if name in types else (first, other)
            raise DataError(f"the column {name!r} of {has} is not in {lacks}", where=lacks, hint=hint)
        if types[name] != others[name]:
            said = f"{_word(others[name])} in {other} and {_word(types[name])} in {first}"
            raise DataError(f"the column {name!r} is {said}", where=other, hint=hint)


def _word(type_name: str) -> str:
    """A type for people: the kind, and its name where several are of that kind."""
    if type_name.removeprefix("U") in _INTEGERS:
        return f"whole number ({type_name.lower()})"
    word = _WORDS.get(type_name, type_name.lower())
    return f"number ({type_name.lower()})" if word == "number" else word


def _partitions(data: DataFiles) -> dict[str, tuple[list[str], Kind]]:
    """The columns that stand in names of folders: for each file, its value as SQL, and the kind of them all."""
    made: dict[str, tuple[list[str], Kind]] = {}
    for place, (name, _) in enumerate(data.files[0].parts):
        values = [file.parts[place][1] for file in data.files]
        known = [value for value in values if value is not None]
        whole = bool(known) and all(_WHOLE.fullmatch(value) for value in known)
        sql = ["NULL" if value is None else value if whole else text(value) for value in values]
        cast = "BIGINT" if whole else "VARCHAR"
        made[name] = ([f"{value}::{cast}" for value in sql], "integer" if whole else "text")
    return made


def _require_apart(partitions: Mapping[str, object], types: Mapping[str, str], data: DataFiles) -> None:
    both = next((name for name in partitions if name in types), None)
    if both is not None:
        what = f"the column {both!r} stands in the files and in the names of their folders"
        raise DataError(what, where=data.files[0].told, hint="Write the files without it, or rename the folders.")


def _require_other_names(types: Mapping[str, str], data: DataFiles) -> None:
    """DuckDB's names for the place of a row are columns of every file; one of the file's own would hide them."""
    own = next((name for name in types if name.casefold() in ("file_row_number", "file_index")), None)
    if own is not None:
        raise DataError(f"a column cannot be called {own!r} here", where=data.files[0].told, hint="Rename it.")


def _by_file(values: list[str]) -> str:
    """A value for each file, by its place in the list."""
    return f"list_extract([{', '.join(values)}], (file_index + 1)::BIGINT)"


def _list(links: Collection[str]) -> str:
    return "[" + ", ".join(map(text, links)) + "]"


def _kind(type_name: str) -> Kind:
    if type_name.removeprefix("U") in _INTEGERS:
        return "integer"
    if type_name in ("FLOAT", "DOUBLE") or type_name.startswith("DECIMAL"):
        return "number"
    if type_name == "BOOLEAN":
        return "truth"
    return "text" if type_name == "VARCHAR" or type_name.startswith("ENUM") else "other"


def _open_csv(database: Database, data: DataFiles, links: _Links, table: str, wanted: Collection[str] | None) -> Opened:
    """Every value as text: what a value is, is said by the manifest, not guessed from the first rows."""
    separator, names = _same_header(data)
    partitions = _partitions(data)
    _require_apart(partitions, dict.fromkeys(names, ""), data)
    found = {name: f"c{i}" for i, name in enumerate(names) if wanted is None or name in wanted}
    types = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(names)))
    columns = "".join(f", {column}" for column in found.values())
    kinds: dict[str, tuple[str, Kind]] = {name: (column, "untyped") for name, column in found.items()}
    for place, (name, (values, kind)) in enumerate(partitions.items()):
        if wanted is None or name in wanted:
            columns += f", {_by_file(values)} AS p{place}"
            kinds[name] = (f"p{place}", kind)
    separated = "'\\t'" if separator == "\t" else f"'{separator}'"
    database.run(
        f"CREATE TABLE {table}_text AS SELECT 0 AS one{columns} FROM read_csv({links.listed}, auto_detect = false, "
        f"header = true, delim = {separated}, quote = '\"', escape = '\"', columns = {{{types}}}, "
        "strict_mode = true, null_padding = false, nullstr = '', max_line_size = 16777216, buffer_size = 33554432, "
        "hive_partitioning = false)"
    )
    there = "".join(f", {column}" for column, _ in kinds.values())
    database.run(f"CREATE VIEW {table} AS SELECT rowid AS row{there} FROM {table}_text")
    return Opened(table, (*names, *partitions), kinds)


def _same_header(data: DataFiles) -> tuple[str, list[str]]:
    """Separator and names of all files: they are the same."""
    headers: dict[Path, tuple[str, list[str]]] = {}
    first = data.files[0]
    for file in data.files:
        if file.path not in headers:
            headers[file.path] = _header(file.path, file.told)
        _require_header(headers[first.path], headers[file.path], first, file)
    return headers[first.path]


def _require_header(
    header: tuple[str, list[str]], other: tuple[str, list[str]], first: DataFile, file: DataFile
) -> None:
    if header == other:
        return
    hint = "Write all files with the same columns in the same order, separated alike."
    lacking = [name for name in header[1] if name not in other[1]]
    more = [name for name in other[1] if name not in header[1]]
    if lacking or more:
        name, lacks, has = (lacking[0], file, first) if lacking else (more[0], first, file)
        what = f"the column {name!r} of {has.told} is not in {lacks.told}"
    else:
        what = f"{file.told} has its columns in another order than {first.told}, or separates them by another sign"
    raise DataError(what, where=file.told, hint=hint)


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
