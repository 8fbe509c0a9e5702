"""Entries, ledgers and keys for tests, and a tree as RFC 6962 defines it, which shares no code with assay's."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from assay.attest.ledger import Ledger, LedgerKey, open_ledger
from assay.attest.ledger.merkle import Frontier, leaf_hash
from assay.record.ledger import Entry

ORIGIN = "example.com/model-risk"
KEY = LedgerKey(ORIGIN, bytes(range(32)))
MADE = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def digest_of(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def entry(name: str | int) -> Entry:
    """An entry about a policy of this name."""
    return Entry(kind="policy", made=MADE, digest=digest_of(str(name)), name=str(name))


def ledger_with(path: Path, size: int) -> Ledger:
    ledger = open_ledger(path, create=True, origin=ORIGIN)
    ledger.append([entry(number) for number in range(size)])
    return ledger


def changed(path: Path, *statements: str) -> None:
    """Change a ledger as somebody who may write the file can, past its guards."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def rewritten(path: Path, leaves: Sequence[bytes]) -> None:
    """Put other entries into a ledger, with all hashes as they must be for them."""
    changed(path, "DELETE FROM entries")
    tree = Frontier()
    rows = [(index, b"".join(tree.add(leaf_hash(leaf))), leaf) for index, leaf in enumerate(leaves)]
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
    connection.close()


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, as it stands there."""
    return _mth(tuple(leaves))


@cache
def _mth(leaves: tuple[bytes, ...]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = _k(len(leaves))
    return hashlib.sha256(b"\1" + _mth(leaves[:k]) + _mth(leaves[k:])).digest()


def path(m: int, leaves: tuple[bytes, ...]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = _k(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: tuple[bytes, ...], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2; PROOF(m, D[n]) is SUBPROOF(m, D[n], true)."""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = _k(n)
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def _k(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k
