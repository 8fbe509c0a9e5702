"""Arrow files (Feather), mapped into memory and checked batch by batch before anything computes with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.engines.embedded.database import Database, text
from assay.engines.options import EngineOptions
from assay.engines.sources.declared import require_bounded
from assay.engines.sources.snapshot import CODEC, Column, stored
from assay.errors import DataError
from assay.subject.data import DataFile, DataFiles

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 1 << 16
"""Rows that go on at once; batches of a file may be larger."""


def read_arrow(data: DataFiles, wanted: Collection[str] | None, folder: Path, options: EngineOptions) -> DataFiles:
    """The wanted columns as a snapshot. Raises DataError for files that are damaged or differ in their columns."""
    first = data.files[0]
    _require_pyarrow(data.told)
    with _errors(first):
        names = _schema(first).names
        chosen = [name for name in names if wanted is None or name in wanted]
        schema = _renamed(first, chosen)
    for file in {file.path: file for file in data.files}.values():
        _require_same(first, schema, chosen, file)
    path = folder / "00000.parquet"
    with Database([], options.memory_limit, options.spill, folders=[folder]) as database, _errors(first):
        import pyarrow as pa

        failed: list[DataError] = []
        stream = pa.RecordBatchReader.from_batches(schema, _batches(data, chosen, schema, failed))
        try:
            database.store("batches", stream, f"COPY (SELECT * FROM batches) TO {text(str(path))} ({CODEC})")
        except DataError:
            if failed:  # DuckDB tells it with a trace of our own code
                raise failed[0] from None
            raise
    return stored(data.told, [path], [Column(name) for name in chosen], names)


def _require_pyarrow(told: str) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        hint = "Install it: pip install 'assay[arrow]', or store the data as Parquet."
        raise DataError("an Arrow file needs the package pyarrow", where=told, hint=hint) from None


def _open(file: DataFile, fields: list[int] | None = None) -> Any:
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
    return pa.ipc.open_file(pa.memory_map(str(file.path)), options=options)


def _schema(file: DataFile) -> pa.Schema:
    schema = _open(file).schema
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1}) if len(schema) < 10_000 else []
    if twice:
        listed = ", ".join(map(repr, twice))[:400]
        raise DataError(f"the file names {listed} more than once", where=file.told, hint="Name each column once.")
    return schema


def _renamed(file: DataFile, chosen: list[str]) -> pa.Schema:
    """The chosen columns as c0, c1 and so on, and `one`, so that there is always a column."""
    import pyarrow as pa

    fields = _schema(file)
    found = [fields.field(name).with_name(f"c{place}").with_nullable(True) for place, name in enumerate(chosen)]
    return pa.schema([pa.field("one", pa.int8()), *(field.remove_metadata() for field in found)])


def _require_same(first: DataFile, schema: pa.Schema, chosen: list[str], file: DataFile) -> None:
    with _errors(file):
        _require_columns(first, schema, chosen, file, _schema(file))


def _require_columns(first: DataFile, schema: pa.Schema, chosen: list[str], file: DataFile, own: pa.Schema) -> None:
    hint = "Write all files with the same columns and types."
    for place, name in enumerate(chosen):
        if name not in own.names:
            what = f"the column {name!r} of {first.told} is not in {file.told}"
            raise DataError(what, where=file.told, hint=hint)
        here, there = own.field(name).type, schema.field(place + 1).type
        if here != there:
            what = f"the column {name!r} is {here} in {file.told} and {there} in {first.told}"
            raise DataError(what, where=file.told, hint=hint)


def _batches(
    data: DataFiles, chosen: list[str], schema: pa.Schema, failed: list[DataError]
) -> Iterator[pa.RecordBatch]:
    """All rows, some at a time. A batch that lies about itself would make others read where they must not."""
    import pyarrow as pa

    for file in data.files:
        try:
            with _errors(file):
                own = _schema(file)
                fields = sorted(own.names.index(name) for name in chosen)
                require_bounded(file.path, file.told, _buffers(own, fields))
                reader = _open(file, fields)
                for number in range(reader.num_record_batches):
                    whole = reader.get_batch(number)
                    whole.validate(full=True)
                    for begin in range(0, whole.num_rows, ROWS):
                        part = whole.slice(begin, ROWS)
                        arrays = [pa.repeat(pa.scalar(0, pa.int8()), part.num_rows)]
                        arrays += [part.column(part.schema.names.index(name)) for name in chosen]
                        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        except DataError as error:
            failed.append(error)
            raise


def _buffers(schema: pa.Schema, fields: list[int]) -> list[int] | None:
    """The places of these columns' buffers in a batch. None where a column has more or fewer than its type tells."""
    counts = [_count(field.type) for field in schema]
    if None in counts:
        return None
    begins = list(accumulate((count or 0 for count in counts), initial=0))
    return [place for field in fields for place in range(begins[field], begins[field + 1])]


def _count(kind: pa.DataType) -> int | None:
    import pyarrow as pa

    is_flat = (
        pa.types.is_primitive, pa.types.is_decimal, pa.types.is_dictionary, pa.types.is_string, pa.types.is_binary,
        pa.types.is_large_string, pa.types.is_large_binary, pa.types.is_fixed_size_binary,
    )  # fmt: skip
    count: int = kind.num_buffers
    return count if any(test(kind) for test in is_flat) else None


@contextmanager
def _errors(file: DataFile) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:  # a name that is not UTF-8 is a ValueError
        said = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        hint = "Is the file whole, and an Arrow file (Feather, version 2)?"
        raise DataError(f"cannot be read: {said}", where=file.told, hint=hint) from None
