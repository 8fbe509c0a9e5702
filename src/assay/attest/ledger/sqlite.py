"""A ledger in one SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from assay.attest.ledger.database import PATIENCE, VERSION, Run, not_a_ledger, tables
from assay.errors import AssayError, WriteError

_HINT = "Where FILE-wal and FILE-shm lie beside it, they belong to it: copy them along, to a place that can be written."
_MAGIC = b"SQLite format 3\0"
_TABLES = tables("INTEGER", "BLOB")
_GUARDS = {
    f"{table}_{verb.lower()}": f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END"
    for table in _TABLES
    for verb in ("UPDATE", "DELETE")
}
"""They keep honest people from mistakes. What keeps the others is the tree."""


def create(path: Path, origin: str) -> None:
    """Make an empty ledger where there is nothing yet: whole or not at all."""
    where = str(path)[:200]
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=".", suffix="~", delete=False) as file:
            beside = Path(file.name)
        try:
            _fill(beside, origin)
            beside.chmod(0o666 & ~_umask())
            os.link(beside, path)
        finally:
            for name in ("", "-wal", "-shm"):
                Path(f"{beside}{name}").unlink(missing_ok=True)
    except FileExistsError:
        raise AssayError("there is a file here already", where=where, hint="Give another name.") from None
    except (OSError, sqlite3.Error) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise WriteError(f"the ledger cannot be written: {told.lower()}", where=where) from None
    except ValueError:
        raise AssayError("the path is not valid", where=where) from None


def _fill(path: Path, origin: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN")
        for statement in (*_TABLES.values(), *_GUARDS.values()):
            connection.execute(statement)
        connection.execute("INSERT INTO ledger VALUES (?, ?)", (VERSION, origin))
        connection.execute("COMMIT")
    finally:
        connection.close()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


class Sqlite:
    """An open file. Reading leaves nothing behind; where the place is read-only, nothing but reading is possible."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)[:200]
        _refuse_other_things(path, self.address)
        try:
            self._connection, self._read_only = _connect(path)
            self._refuse_foreign_tables()
        except sqlite3.OperationalError as error:
            raise AssayError(f"cannot be opened: {error}", where=self.address, hint=_HINT) from None
        except sqlite3.Error as error:
            raise not_a_ledger(self.address, f"{error}") from None

    def _refuse_foreign_tables(self) -> None:
        """A table that is a view, or a trigger of somebody else, could change what is written and read."""
        found = dict(self._run("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex_%'"))
        known = _TABLES | _GUARDS
        of_a_ledger = found.get("ledger") == _TABLES["ledger"]
        if of_a_ledger and self._run("SELECT 1 FROM ledger WHERE version > :known", known=VERSION):
            return  # made by a newer assay, whose other tables may be others: it is told by its number
        foreign = [name for name, sql in found.items() if known.get(name) != sql]
        missing = _TABLES.keys() - found.keys()
        if missing or foreign:
            self._connection.close()
            which = f"it lacks {min(missing)}" if missing else f"{str(min(map(str, foreign)))[:80]!r} is none of its"
            raise not_a_ledger(self.address, f"{which} tables")

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """See Database."""
        with self._transaction("BEGIN", "read", AssayError) as run:
            yield run

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """See Database. Other writers wait; only one has the right to write from the first statement on."""
        if self._read_only:
            raise WriteError("the ledger lies in a place that can only be read", where=self.address)
        with self._transaction("BEGIN IMMEDIATE", "written", WriteError) as run:
            yield run

    @contextmanager
    def _transaction(self, begin: str, done: str, error_type: Callable[..., AssayError]) -> Iterator[Run]:
        try:
            self._connection.execute(begin)
            try:
                yield self._run
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise error_type(f"the ledger cannot be {done}: {error}", where=self.address) from None

    def _run(self, statement: str, **parameters: int | str | bytes) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def close(self) -> None:
        """See Database."""
        self._connection.close()


def _refuse_other_things(path: Path, where: str) -> None:
    try:
        if not path.is_file():
            what = "is no file" if os.path.lexists(path) else "there is no such ledger"
            raise AssayError(what, where=where, hint="`assay ledger new` makes one")
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "the path is not valid"
        raise AssayError(f"cannot be read: {told.lower()}", where=where) from None
    if magic != _MAGIC:
        raise not_a_ledger(where, "it is no SQLite file")


def _connect(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open the file, and say whether it can only be read. SQLite cannot read a log in a place where it may not write,
    but it needs none where the file is all there is.
    """
    uri = path.absolute().as_uri()
    may_write = os.access(path, os.W_OK) and os.access(path.resolve().parent, os.W_OK)
    log = Path(f"{path.resolve()}-wal")
    alone = not log.exists() or log.stat().st_size == 0
    mode = "rw" if may_write else "ro&immutable=1" if alone else "ro"
    connection = sqlite3.connect(f"{uri}?mode={mode}", uri=True, isolation_level=None, timeout=PATIENCE)
    try:
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "synchronous = FULL", "fullfsync = ON"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    return connection, not may_write
