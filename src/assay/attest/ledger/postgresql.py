"""A ledger in a PostgreSQL database: in a schema of its own, `assay_ledger`.

Whoever writes needs INSERT and SELECT on its tables and nothing more; the database should not give more either.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from assay.attest.ledger.database import PATIENCE, VERSION, Run, not_a_ledger, tables
from assay.attest.ledger.passwords import password_for
from assay.errors import AssayError, WriteError

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
_HINT = "Write postgresql://user@host:port/database; the password is taken from PGPASSWORD or ~/.pgpass."
_NO_TABLE, _THERE_ALREADY = ("42P01", "3F000"), ("42P06", "42P07")


class Postgresql:
    """A connection to the server."""

    def __init__(self, address: str, *, create: str | None = None) -> None:
        self.address = _shown(address)
        self._error: type[AssayError] = AssayError
        self._connection = _connect(address, self.address)
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


def _connect(address: str, shown: str) -> Any:
    try:
        from pg8000.native import Connection
    except ImportError:
        raise AssayError(
            "a ledger in PostgreSQL needs the package pg8000",
            where=shown,
            hint="Install it: pip install 'assay[postgresql]'",
        ) from None
    try:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        port = parts.port or 5432
    except ValueError:
        raise AssayError("is no valid address", where=shown, hint=_HINT) from None
    user, database = unquote(parts.username or ""), unquote(parts.path[1:])
    _refuse(parts, options, user, database, shown)
    host, socket = parts.hostname or "localhost", options.get("host")
    where = {"unix_sock": f"{socket}/.s.PGSQL.{port}"} if socket else {"host": host, "port": port}
    try:
        return Connection(
            user,
            database=database,
            password=password_for(socket or host, port, database, user),
            ssl_context=False if socket else _tls(host, options),
            timeout=2 * PATIENCE,
            application_name="assay",
            **where,
        )
    except AssayError:
        raise
    except Exception as error:  # noqa: BLE001  the driver takes apart what a foreign server sends
        details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        what = str(details.get("M", error)).splitlines()[0][:300] if str(error) else type(error).__name__
        raise AssayError(f"the database cannot be reached: {what}", where=shown, hint=_HINT) from None


def _refuse(parts: SplitResult, options: dict[str, str], user: str, database: str, shown: str) -> None:
    if parts.password is not None:
        raise AssayError("a password in an address can be read by everybody on this machine", where=shown, hint=_HINT)
    unknown = sorted(options.keys() - {"host", "sslmode"})
    if unknown or options.get("sslmode", "verify-full") not in ("disable", "verify-full"):
        raise AssayError(
            f"the address has an option that is not known here: {unknown[0] if unknown else 'sslmode'}",
            where=shown,
            hint="Known are host=/folder/of/a/socket and sslmode=verify-full or disable.",
        )
    if not user or not database or parts.fragment or not options.get("host", "/").startswith("/"):
        raise AssayError("is no valid address", where=shown, hint=_HINT)


def _tls(host: str, options: dict[str, str]) -> ssl.SSLContext | bool:
    """Over a network the server must show a certificate for its name; on the machine itself nobody listens."""
    mode = options.get("sslmode", "disable" if host in ("localhost", "127.0.0.1", "::1") else "verify-full")
    if mode == "disable":
        return False
    return ssl.create_default_context(cafile=os.environ.get("PGSSLROOTCERT") or None)
