"""What the two databases of a ledger share: the tables, and how they are read and written."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from assay.errors import AssayError

VERSION = 1
"""Of the tables below."""

PATIENCE = 60
"""Seconds to wait for another writer."""


def tables(number: str, octets: str) -> dict[str, str]:
    """The tables, in a database whose types for large integers and for bytes are called so.

    `hashes` of an entry are those of the nodes that it completed, level 0 first: one row is all that an append writes.
    """
    return {
        "ledger": "CREATE TABLE ledger (version INTEGER NOT NULL, origin TEXT NOT NULL)",
        "entries": f"CREATE TABLE entries (position {number} PRIMARY KEY, hashes {octets} NOT NULL, "
        f"entry {octets} NOT NULL)",
        "checkpoints": f"CREATE TABLE checkpoints (size {number} PRIMARY KEY, note {octets} NOT NULL)",
    }


class Run(Protocol):
    """Run one statement inside a transaction; its parameters are named `:so`."""

    def __call__(self, statement: str, **parameters: int | str | bytes) -> list[tuple[Any, ...]]:
        """Give the rows."""


class Database(Protocol):
    """One open database. Foreign until proven otherwise: what comes out of it has no type yet."""

    address: str
    """For messages."""

    def reading(self) -> AbstractContextManager[Run]:
        """A transaction that reads one state of the database and changes nothing."""

    def writing(self) -> AbstractContextManager[Run]:
        """A transaction that is the only one to write. When it has left without an error, the disk has it."""

    def close(self) -> None:
        """Let go of it."""


def not_a_ledger(address: str, why: str) -> AssayError:
    """The database is there, and it is something else."""
    return AssayError(f"is not a ledger: {why}", where=address, hint="`assay ledger new` makes one")


def damaged(address: str, what: str) -> AssayError:
    """The database is a ledger that somebody or something has damaged."""
    return AssayError(f"the ledger is damaged: {what}", where=address, hint="`assay ledger check` says more")
