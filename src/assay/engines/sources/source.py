"""Which source a dataset lies in, and the snapshot of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from assay.engines.options import EngineOptions
from assay.errors import DataError
from assay.record.artefact import DATABASE_FILES, Dataset
from assay.subject.data import ARROW, DataFiles

_SQLITE, _DUCKDB = b"SQLite format 3\0", b"DUCK"


def is_read_in_place(dataset: Dataset) -> bool:
    """Whether the engine reads the files as they lie there."""
    return dataset.database is None and not (dataset.path or "").lower().endswith((*DATABASE_FILES, *ARROW))


def take_snapshot(
    dataset: Dataset,
    data: DataFiles | None,
    wanted: Collection[str] | None,
    folder: Path,
    options: EngineOptions,
    tell: Callable[[int, int], None],
) -> tuple[DataFiles, str | None]:
    """The wanted columns, all where that is None, as files in `folder`; their digest where there is no file."""
    told = dataset.told
    if dataset.database is not None:
        from assay.engines.sources.postgresql import read_postgresql

        if dataset.database == "spark":
            raise DataError("a table of Spark's catalogue is read by Spark", where=told, hint="Name it with --spark.")
        return read_postgresql(dataset.database, dataset.table_name, wanted, folder, options, told, tell)
    if data is None:
        raise DataError("the file is not there", where=told, hint="Paths count from the manifest's folder.")
    if told.lower().endswith(ARROW):
        from assay.engines.sources.arrow import read_arrow

        return read_arrow(data, wanted, folder, options), None
    return _read_file(dataset, data, wanted, folder, options, tell), None


def _read_file(
    dataset: Dataset,
    data: DataFiles,
    wanted: Collection[str] | None,
    folder: Path,
    options: EngineOptions,
    tell: Callable[[int, int], None],
) -> DataFiles:
    """The file of a database, which its first bytes tell."""
    told = dataset.told
    if data.many:
        raise DataError("several database files are no dataset", where=told, hint="Name one file, or Parquet files.")
    path = data.files[0].path
    with path.open("rb") as file:
        begin = file.read(16)
    if begin == _SQLITE:
        from assay.engines.sources.sqlite import read_sqlite

        return read_sqlite(path, dataset.table_name, wanted, folder, options, told, tell)
    if begin[8:12] == _DUCKDB:
        from assay.engines.sources.duckdb_file import read_duckdb

        return read_duckdb(path, dataset.table_name, wanted, folder, options, told)
    raise DataError("this is neither an SQLite nor a DuckDB file", where=told, hint="Is the file whole?")
