"""A snapshot: the needed columns of a source as Parquet files in a temporary folder, written in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from assay.engines.embedded.database import Database, text
from assay.engines.options import EngineOptions
from assay.errors import DataError, WriteError
from assay.subject.data import DataFile, DataFiles

CHUNK = 32 << 20
"""Bytes of rows that are gathered before they become a Parquet file."""
LONGEST_ROW = 16 << 20
CODEC = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"


@dataclass(frozen=True)
class Column:
    """A column of a source."""

    name: str
    type: str = "VARCHAR"
    """What DuckDB makes of its text."""
    untyped: bool = False
    """A text in one row and a number in another."""


class Snapshot:
    """Rows come as lines of CSV, each value in double quotes, null without; `0` stands before the first."""

    def __init__(
        self, folder: Path, columns: Sequence[Column], options: EngineOptions, told: str, *, digest: bool = False
    ) -> None:
        self.folder, self.columns, self.rows, self._told, self._digest = folder, tuple(columns), 0, told, digest
        self._database = Database([], options.memory_limit, options.spill, folders=[folder])
        self._chunk, self._bytes = self._database.folder / "chunk.csv", 0
        self._file = self._chunk.open("wb")
        self._files: list[Path] = []

    def write(self, line: bytes) -> None:
        """One row, with its end of line."""
        try:
            self._file.write(line)
            self.rows += 1
            self._bytes += len(line)
            if self._bytes >= CHUNK:
                self._store()
        except OSError as error:
            raise self._full(error) from None

    def _store(self) -> None:
        self._file.close()
        path = self.folder / f"{len(self._files):05}.parquet"
        texts = ", ".join(f"x{place}: 'VARCHAR'" for place in range(len(self.columns)))
        made = "".join(f", x{place}::{column.type} AS c{place}" for place, column in enumerate(self.columns))
        if self._digest:
            made += (
                f", unhex(sha256(to_json([{', '.join(f'x{i}' for i in range(len(self.columns)))}]::VARCHAR[]))) AS h"
            )
        self._database.run(
            f"COPY (SELECT one{made} FROM read_csv({text(str(self._chunk))}, auto_detect = false, header = false, "
            f"delim = ',', quote = '\"', escape = '\"', columns = {{one: 'TINYINT'{texts and ', ' + texts}}}, "
            "nullstr = '', allow_quoted_nulls = false, strict_mode = true, null_padding = false, "
            f"max_line_size = {LONGEST_ROW}, buffer_size = {2 * LONGEST_ROW})) TO {text(str(path))} ({CODEC})"
        )
        self._files.append(path)
        self._file, self._bytes = self._chunk.open("wb"), 0

    def finish(self, names: Sequence[str]) -> DataFiles:
        """The files; `names` are all columns of the source."""
        if self._bytes or not self._files:
            try:
                self._store()
            except OSError as error:
                raise self._full(error) from None
        return stored(self._told, self._files, self.columns, names)

    def digest(self, table: Sequence[str]) -> str:
        """`sha256:…` of a line of JSON that names table and columns, and of the SHA-256 of every row, sorted.

        A row is the JSON array of its values as text; each hash is 64 hexadecimal digits and an end of line.
        """
        described = {"columns": [[column.name, column.type] for column in self.columns], "table": list(table)}
        hashed = sha256((json.dumps(described, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
        listed = ", ".join(text(str(path)) for path in self._files)
        for rows in self._database.each(f"SELECT h FROM read_parquet([{listed}]) ORDER BY h"):
            hashed.update("".join(row[0].hex() + "\n" for row in rows).encode())
        return "sha256:" + hashed.hexdigest()

    def _full(self, error: OSError) -> WriteError:
        what = f"the snapshot of {self._told} cannot be written: {error.strerror}"
        return WriteError(what, where=self._told, hint="Name a folder on a disk with more room with --spill.")

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk has been told of already
            self._file.close()
        self._database.close()


def not_read(kind: str, what: str, told: str) -> DataError:
    """What a file computes when it is asked: its digest says nothing about the rows, and it need never end."""
    hint = "Store the rows: CREATE TABLE … AS SELECT …, and name that table."
    return DataError(f"{kind} are not read: {what}", where=told, hint=hint)


def stored(told: str, files: Sequence[Path], columns: Sequence[Column], names: Sequence[str]) -> DataFiles:
    """The files of a snapshot, whose columns are c0, c1 and so on."""
    return DataFiles(
        told,
        tuple(DataFile(told, file) for file in files),
        columns={column.name: f"c{place}" for place, column in enumerate(columns)},
        names=tuple(names),
        untyped=frozenset(column.name for column in columns if column.untyped),
    )
