"""A ledger in a PostgreSQL database: in a schema of its own, `assay_ledger`.

Whoever writes needs INSERT and SELECT on its tables and nothing more; the database should not give more either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from assay.attest.ledger.database import PATIENCE, VERSION, Run, not_a_ledger, tables
from assay.errors import AssayError, WriteError
from assay.postgresql import connect, read_address

_LOCK = 0x6173_7361_795F_6C67
"""Number of the advisory lock that writers take; it needs no right on the tables."""

_TABLES = tables("BIGINT", "BYTEA")
_GUARDS = (
    "CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'a ledger only grows'; END $$",
    *(
        f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} EXECUTE FUNCTION only_grows()"
        for table in _TABLES
    ),
)
_NO_TABLE, _THERE_ALREADY = ("42P01", "3F000"), ("42P06", "42P07")


class Postgresql:
    """A connection to the server."""

    def __init__(self, address: str, *, create: str | None = None) -> None:
        self.address = _shown(address)
        self._error: type[AssayError] = AssayError
        self._connection = connect(read_address(address, self.address), self.address, patience=2 * PATIENCE)
        try:
            self._run("SET search_path TO assay_ledger")
            self._run("SET synchronous_commit TO on")
            self._run(f"SET lock_timeout TO '{PATIENCE}s'")
            if create is not None:
                self._create(create)
        except BaseException:
            self.close()
            raise

    def _create(self, origin: str) -> None:
        with self.writing() as run:
            for statement in ("CREATE SCHEMA assay_ledger", *_TABLES.values(), *_GUARDS):
                run(statement)
            run("INSERT INTO ledger VALUES (:version, :origin)", version=VERSION, origin=origin)

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """See Database."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as run:
            yield run

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """See Database. Each statement after the lock sees what the writer before has left."""
        self._error = WriteError
        try:
            with self._transaction("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") as run:
                run("SELECT pg_advisory_xact_lock(:number)", number=_LOCK)
                yield run
        finally:
            self._error = AssayError

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Run]:
        self._run(begin)
        try:
            yield self._run
        except Exception:
            self._abandon()
            raise
        except BaseException:  # interrupted in the middle of an answer: nothing more can be said on this connection
            self.close()
            raise
        self._run("COMMIT")

    def _abandon(self) -> None:
        try:
            self._connection.run("ROLLBACK")
        except Exception:  # noqa: BLE001  the connection is gone, and the transaction with it
            self.close()

    def _run(self, statement: str, **parameters: int | str | bytes) -> list[tuple[Any, ...]]:
        try:
            rows = self._connection.run(statement, **parameters)
        except Exception as error:  # noqa: BLE001  the driver takes apart what a foreign server sends
            raise self._told(error) from None
        return [tuple(row) for row in rows or ()]

    def _told(self, error: Exception) -> AssayError:
        details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        code, what = details.get("C"), str(details.get("M", error))[:300]
        if code in _NO_TABLE:
            return not_a_ledger(self.address, "this database holds none")
        if code in _THERE_ALREADY:
            return AssayError("there is a ledger in this database already", where=self.address)
        return self._error(f"the database says: {what}", where=self.address)

    def close(self) -> None:
        """See Database."""
        with suppress(Exception):  # a connection that is gone need not be closed
            self._connection.close()


def _shown(address: str) -> str:
    """The address without what might be a password."""
    scheme, _, rest = address.partition("://")
    who, at, place = rest.rpartition("@")
    return f"{scheme}://{who.partition(':')[0]}{at}{place.partition('?')[0]}"[:200]
