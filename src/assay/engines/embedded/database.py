"""The embedded engine: one DuckDB in a private folder, with bounded memory, that reads the files it was told of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assay.errors import DataError, Kind
from assay.subject.scratch import scratch_folder

if TYPE_CHECKING:
    import narwhals as nw
    import numpy.typing as npt

    Columns = dict[str, npt.NDArray[Any]]


_SIZE = re.compile(r"[1-9][0-9]{0,14} ?([KMGT]i?)?B")
_NOT_UTF8 = re.compile(r"(?s)CSV Error on Line: (\d+)\n.*not utf-8")
_DISK_FULL = re.compile(r"No space left on device|not enough space|Could not write all bytes|Disk quota exceeded")
_MORE_ROOM = "Give more memory with --memory-limit, or a folder on a disk with more room with --spill."


def identifier(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


class NoRoom(DataError):
    """The memory or the disk that the engine may take is full. The input is not at fault: exit code 3."""

    kind: Kind = "failed"


class Database:
    """A DuckDB in memory. Data files stand in its folder under names of ours, so that no name of theirs is ever SQL.

    It loads no extension, opens nothing but `files`, `folders` and its own folder, which lies below `spill` where that
    is given, and spills there. Raises DataError for what DuckDB cannot do, NoRoom where it runs out of memory or disk.
    """

    def __init__(
        self, files: Sequence[Path], memory_limit: str, spill: Path | None = None, *, folders: Sequence[Path] = ()
    ) -> None:
        import duckdb

        if not _SIZE.fullmatch(memory_limit):
            raise DataError(f"{memory_limit!r} is no memory limit", hint="Write it as 512MB or 4GB.")
        self._errors, self._memory_limit = duckdb.Error, memory_limit
        self._folder = scratch_folder("data", below=spill)
        self.folder = Path(self._folder.name)
        self._names: dict[str, str] = {}
        self._connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "temp_directory": str(self.folder / "spill"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
                "python_enable_replacements": "false",
            }
        )
        self.run("SET TimeZone = 'UTC'")
        self.run(f"SET allowed_directories = [{', '.join(text(str(each)) for each in (self.folder, *folders))}]")
        self.run(f"SET allowed_paths = [{', '.join(text(str(file)) for file in files)}]")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")

    def link(self, path: Path, name: str, told: str) -> str:
        """The file under a name of ours; errors call it `told`."""
        link = self.folder / name
        link.symlink_to(path)
        self._names[str(link)] = told
        return str(link)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows that a statement gives."""
        try:
            rows: list[tuple[Any, ...]] = self._connection.cursor().execute(sql, parameters).fetchall()
        except self._errors as error:
            raise self._told(error) from error
        return rows

    def each(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows that a statement gives, some thousands at a time."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql)
            while rows := cursor.fetchmany(20_000):
                yield rows
        except self._errors as error:
            raise self._told(error) from error

    def store(self, name: str, arrow: object, sql: str) -> None:
        """Run a statement that reads a stream of Arrow batches as the table `name`."""
        cursor = self._connection.cursor()
        try:
            cursor.register(name, arrow)
            cursor.execute(sql).fetchall()
            cursor.unregister(name)
        except self._errors as error:
            raise self._told(error) from error

    def append(self, table: str, arrays: dict[str, Any]) -> None:
        """These arrays as rows of a table, by the order of its columns."""
        cursor = self._connection.cursor()
        try:
            cursor.register("arrays", arrays)
            cursor.execute(f"INSERT INTO {table} SELECT * FROM arrays").fetchall()
            cursor.unregister("arrays")
        except self._errors as error:
            raise self._told(error) from error

    def frame(self, view: str) -> nw.LazyFrame[Any]:
        """A table or view of ours, for narwhals expressions."""
        import narwhals as nw

        return nw.from_native(self._connection.sql(f"SELECT * FROM {view}"))

    def fetch(self, frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
        """All rows of a frame."""
        try:
            rows: list[tuple[Any, ...]] = frame.to_native().fetchall()
        except self._errors as error:
            raise self._told(error) from error
        return rows

    def arrays(self, sql: str, parameters: Sequence[object] = ()) -> Columns:
        """All rows that a statement gives, by column; masked where null."""
        try:
            columns: Columns = self._connection.cursor().execute(sql, parameters).fetchnumpy()  # type: ignore[assignment]
        except self._errors as error:
            raise self._told(error) from error
        return columns

    def sql(self, frame: nw.LazyFrame[Any]) -> str:
        """A frame as a statement, for what its expressions cannot say."""
        statement: str = frame.to_native().sql_query()
        return statement

    def close(self) -> None:
        """End it and remove its folder."""
        self._connection.close()
        self._folder.cleanup()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _told(self, error: Exception) -> DataError:
        """DuckDB's error in our words: its first lines, with the user's file names."""
        import duckdb

        said = str(error)
        found = min((link for link in self._names if link in said), key=said.index, default=None)
        for ours, told in self._names.items():
            said = said.replace(ours, told)
        said = said.replace(str(self.folder), "the folder for temporary files")
        lines = [line.strip() for line in said.split("Possible")[0].splitlines() if line.strip()]
        where = self._names[found] if found is not None else ""
        if isinstance(error, duckdb.OutOfMemoryException) or _DISK_FULL.search(said):
            reason = " ".join(lines).removeprefix("Out of Memory Error: ").split(". This limit")[0]
            what = f"the memory of {self._memory_limit} and the room for temporary files do not suffice: {reason[:300]}"
            return NoRoom(what, where=where, hint=_MORE_ROOM)
        if isinstance(error, duckdb.InvalidInputException) and (line := _NOT_UTF8.search(said)):
            return DataError(f"line {line[1]} is not UTF-8 text", where=where, hint="Store the file as UTF-8.")
        hint = "Is the file whole, and in the format that its name says?"
        return DataError(" ".join(lines)[:600], where=where, hint=hint)
