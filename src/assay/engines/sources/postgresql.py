"""A table of a PostgreSQL server, read in one transaction that sees one state of it and may write nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from assay.engines.embedded.database import identifier
from assay.engines.options import EngineOptions
from assay.engines.sources.address import open_connection
from assay.engines.sources.snapshot import Column, Snapshot
from assay.errors import AssayError, DataError
from assay.subject.data import DataFiles

_TYPES = {16: "BOOLEAN", 20: "BIGINT", 21: "BIGINT", 23: "BIGINT", 26: "BIGINT", 700: "DOUBLE", 701: "DOUBLE"}
"""By the number of the type in every server: bool, int8, int2, int4, oid, float4, float8."""
_NUMERIC = 1700
_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL TimeZone TO 'UTC'",
    "SET LOCAL DateStyle TO 'ISO, YMD'",
    "SET LOCAL IntervalStyle TO 'iso_8601'",
    "SET LOCAL extra_float_digits TO 1",
    "SET LOCAL bytea_output TO 'hex'",
    "SET LOCAL client_encoding TO 'UTF8'",
)
AT_ONCE = 20_000


def read_postgresql(
    address: str,
    table: tuple[str, ...],
    wanted: Collection[str] | None,
    folder: Path,
    options: EngineOptions,
    told: str,
    tell: Callable[[int, int], None],
) -> tuple[DataFiles, str]:
    """The wanted columns as a snapshot, and its digest, in which the order of the rows does not count.

    Whole numbers, numbers and truth values stay what they are; numbers with a stated scale stay exact, others become
    64-bit floats; everything else is text, days as 2026-03-31, times in UTC. Raises DataError.
    """
    source = ".".join(identifier(part) for part in table)
    with _errors(told), closing(open_connection(address, told)) as connection:
        connection.run("BEGIN")
        for setting in _SETTINGS:
            connection.run(setting)
        connection.run(f"SELECT * FROM {source} LIMIT 0")
        described = {str(column["name"]): _column(column) for column in connection.columns or ()}
        columns = [column for name, column in described.items() if wanted is None or name in wanted]
        rows = _rows(connection, source)
        listed = "".join(f", t.{identifier(column.name)}::text" for column in columns)
        with Snapshot(folder, columns, options, told, digest=True) as snapshot:
            connection.run(
                f"COPY (SELECT 0{listed} FROM {source} AS t) TO STDOUT (FORMAT csv, FORCE_QUOTE *)",
                stream=_Stream(snapshot, lambda done: tell(done, max(rows, done))),
            )
            connection.run("ROLLBACK")
            tell(snapshot.rows, snapshot.rows)
            return snapshot.finish(tuple(described)), snapshot.digest(table)


class _Stream:
    """Takes the rows as the server sends them."""

    def __init__(self, snapshot: Snapshot, tell: Callable[[int], None]) -> None:
        self._snapshot, self._tell = snapshot, tell

    def write(self, line: bytes) -> None:
        """One row."""
        self._snapshot.write(line)
        if self._snapshot.rows % AT_ONCE == 0:
            self._tell(self._snapshot.rows)


def _column(column: dict[str, Any]) -> Column:
    """The type of a domain is that of what it is a domain of."""
    name, number, modifier = str(column["name"]), column["type_oid"], column["type_modifier"]
    if number != _NUMERIC:
        return Column(name, _TYPES.get(number, "VARCHAR"))
    precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
    exact = modifier >= 4 and 0 <= scale <= precision <= 38
    return Column(name, f"DECIMAL({precision}, {scale})" if exact else "DOUBLE")


def _rows(connection: Any, source: str) -> int:
    """About how many rows there are, for the bar; 0 where the server does not know."""
    found = connection.run("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)", name=source)
    return max(0, int(found[0][0])) if found else 0


@contextmanager
def _errors(told: str) -> Iterator[None]:
    """Whatever a foreign server sends, or stops to send."""
    try:
        yield
    except AssayError:
        raise
    except Exception as error:  # noqa: BLE001  the driver takes apart what a foreign server sends
        details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        if "M" in details:
            hint = "Is the table spelt as the database spells it, and may this user read it?"
            raise DataError(f"the database says: {str(details['M'])[:300]}", where=told, hint=hint) from None
        said = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        hint = "Audit again when the server can be reached; nothing of this attempt is left."
        raise DataError(f"the connection was lost: {said}", where=told, hint=hint) from None
