"""What a ledger costs: appends, proofs and checks at a hundred thousand entries, beside plain SQLite.

`python benchmarks/ledger.py` appends 100 000 entries of about 1 kB (an audit with its files) in one go and in appends
of a thousand, then a thousand more one by one, each synced to the disk before it is acknowledged; and the same bytes
into a plain SQLite table in the same ways, with the same `synchronous = FULL`. It prints medians, entries per second
and the ratio, then proofs and checks at that size. Run it on a quiet machine; nothing here is a test.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assay.attest.ledger import Ledger, LedgerKey, check_proof, open_ledger, prove
from assay.attest.ledger.consistency import check
from assay.attest.ledger.store import leaf_of
from assay.record.ledger import Entry, LoggedFile

MADE = datetime(2026, 11, 21, 12, tzinfo=UTC)
MANY, SINGLE, BATCH, RUNS = 100_000, 1_000, 1_000, 3
ORIGIN = "example.com/benchmark"
KEY = LedgerKey(ORIGIN, bytes(range(32)))


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def entry(number: int) -> Entry:
    files = tuple(
        LoggedFile(role=role, path=f"data/{role}.parquet", digest=digest(f"{role} {number}"))
        for role in ("data.train", "data.test", "model", "manifest")
    )
    return Entry(
        kind="audit", made=MADE, digest=digest(f"audit {number}"), name=f"model-{number} 1.0.0",
        audit=f"{number:016x}", model=f"model-{number}", version="1.0.0", subject=digest(f"subject {number}"),
        policies=(digest("policy"),), files=files, outcomes={"pass": 11, "fail": 2, "inconclusive": 1}, gate="closed",
    )  # fmt: skip


Times = list[tuple[float, float]]
"""Wall and CPU seconds."""


def timed(work: Callable[..., object], *given: object) -> tuple[float, float]:
    wall, used = time.perf_counter(), time.process_time()
    work(*given)
    return time.perf_counter() - wall, time.process_time() - used


def median(times: Times, which: int = 0) -> float:
    return statistics.median(one[which] for one in times)


def plain(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entries (position INTEGER PRIMARY KEY, entry BLOB NOT NULL)")
    return connection


def into_plain(connection: sqlite3.Connection, leaves: list[bytes], at_once: int) -> None:
    for begin in range(0, len(leaves), at_once):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO entries (entry) VALUES (?)", [(leaf,) for leaf in leaves[begin : begin + at_once]]
        )
        connection.execute("COMMIT")


def told(name: str, count: int, ours: Times, theirs: Times) -> None:
    cells = []
    for which in (0, 1):
        own, other = median(ours, which), median(theirs, which)
        cells.append(f"{own:8.2f}  {other:8.2f}  {own / other:5.1f}")
    print(f"{name:34}  {count / median(ours):9,.0f}  {'  '.join(cells)}", flush=True)


def appends(folder: Path, entries: list[Entry], leaves: list[bytes], runs: int) -> Path:
    """Fill ledgers and tables in the three ways; gives one of the ledgers."""
    heads = f"{'ledger':>8}  {'SQLite':>8}  {'ratio':>5}"
    print(f"{'':34}  {'':9}  {'wall s':<25}  CPU s\n{'':34}  {'entries/s':>9}  {heads}  {heads}")
    large = len(entries) - SINGLE
    times: dict[int, tuple[Times, Times]] = {at_once: ([], []) for at_once in (large, BATCH, 1)}
    for run in range(runs):
        for at_once in (large, BATCH):
            path = folder / f"{run}-{at_once}"
            with open_ledger(f"{path}.ledger", create=True, origin=ORIGIN) as ledger:
                times[at_once][0].append(timed(into, ledger, entries[:large], at_once))
                if at_once == BATCH:
                    times[1][0].append(timed(into, ledger, entries[large:], 1))
            with contextlib.closing(plain(Path(f"{path}.plain"))) as other:
                times[at_once][1].append(timed(into_plain, other, leaves[:large], at_once))
                if at_once == BATCH:
                    times[1][1].append(timed(into_plain, other, leaves[large:], 1))
    told(f"{large:,} entries in one append", large, *times[large])
    told(f"{large:,} entries, {BATCH:,} an append", large, *times[BATCH])
    told(f"{SINGLE:,} more, one an append", SINGLE, *times[1])
    bare = timed(lambda: [leaf_of(one) for one in entries[:10_000]])[1] / len(entries[:10_000]) * 1e6
    print(f"of which canonical JSON: {bare:.0f} µs of CPU an entry; {len(leaves[0])} bytes an entry")
    return folder / f"0-{BATCH}.ledger"


def into(ledger: Ledger, entries: list[Entry], at_once: int) -> None:
    for begin in range(0, len(entries), at_once):
        ledger.append(entries[begin : begin + at_once])


def reads(path: Path, size: int) -> None:
    with open_ledger(path) as ledger:
        single = [timed(ledger.append, [entry(number)]) for number in range(200)]
        some = [number * 431 % size for number in range(200)]
        proofs = [timed(prove, ledger, index, KEY) for index in some]
        proof, leaf = prove(ledger, 7, KEY), ledger.leaf(7)
        checks = [timed(check_proof, proof, leaf, [KEY.verifier]) for _ in some]
        inclusions = [timed(ledger.inclusion, index, size) for index in some]
        spans = [timed(ledger.consistency, old + 1, size) for old in some]
        roots = [timed(ledger.root, size) for _ in some]
        whole = [timed(check, ledger, [], [KEY.verifier]) for _ in range(3)]
        listed = [timed(lambda: list(ledger.entries())) for _ in range(3)]
        for name, times, unit, scale in (
            ("append one more entry", single, "ms", 1e3),
            ("root", roots, "ms", 1e3),
            ("inclusion proof", inclusions, "ms", 1e3),
            ("consistency proof", spans, "ms", 1e3),
            ("prove: checkpoint, proof, own check", proofs, "ms", 1e3),
            ("check a proof", checks, "ms", 1e3),
            ("read all entries", listed, "s", 1),
            ("check: the tree again from all", whole, "s", 1),
        ):
            print(f"{name:36} {median(times) * scale:8.2f} {unit}  (CPU {median(times, 1) * scale:.2f})", flush=True)
    print(f"{'size of the file':36} {os.path.getsize(path) / 1e6:8.0f} MB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=RUNS, help="of which the median is told")
    options.add_argument("--entries", type=int, default=MANY, help="of the large ledger")
    args = options.parse_args()
    machine = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} CPUs"
    print(f"{machine}, {platform.system()}; median of {args.runs}\n")
    entries = [entry(number) for number in range(args.entries + SINGLE)]
    leaves = [leaf_of(one) for one in entries]
    with tempfile.TemporaryDirectory() as made:
        path = appends(Path(made), entries, leaves, args.runs)
        print(f"\nat {len(entries):,} entries")
        reads(path, len(entries))


if __name__ == "__main__":
    main()
