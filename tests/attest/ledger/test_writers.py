"""Several writers at once lose nothing, and neither does one that is killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.attest.ledger import open_ledger
from assay.attest.ledger.consistency import Kept, check
from ledgers import KEY, ORIGIN, entry

pytestmark = pytest.mark.campaign

EACH = 1000


def forked(work: Callable[[], None]) -> int:
    """A child process that does the work and nothing of the test's own ending; 0 is success."""
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def test_two_processes_that_append_a_thousand_entries_each_lose_none(ledger, address):
    """At once, in appends of one to ten entries, with checkpoints between them."""

    def write(name: str) -> None:
        drawn = random.Random(name)
        left = [entry(f"{name} {number}") for number in range(EACH)]
        with open_ledger(address) as mine:
            while left:
                batch = [left.pop(0) for _ in range(min(len(left), drawn.randrange(1, 11)))]
                first = mine.append(batch)[0]
                assert mine.entry(first) == batch[0]
                if drawn.random() < 0.05:
                    mine.checkpoint(KEY)

    children = [forked(lambda name=name: write(name)) for name in ("left", "right")]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]

    names = [one.name for _, one in ledger.entries()]
    for name in ("left", "right"):
        assert [one for one in names if one.startswith(name)] == [f"{name} {number}" for number in range(EACH)]
    assert names != sorted(names), "they did not write at once"
    shown = check(ledger, [], [KEY.verifier])
    assert (shown.verdict, shown.problems, shown.size) == ("consistent", (), 2 * EACH)


def killed(address: str | Path, moments: int, *, longest: float) -> None:
    """Let a child append as fast as it can, kill it, and so again; then ask for all that was acknowledged."""
    drawn = random.Random(9)
    acknowledged: dict[int, str] = {}
    kept: list[Kept] = []
    for moment in range(moments):
        reading, writing = os.pipe()

        def write(writing: int = writing, moment: int = moment) -> None:
            with open_ledger(address) as mine:
                for number in range(100_000):
                    (index,) = mine.append([entry(f"{moment} {number}")])
                    os.write(writing, f"{index} {moment} {number}\n".encode())

        child = forked(write)
        os.close(writing)
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            told = pipe.read(1)  # it has acknowledged its first entry
            time.sleep(drawn.random() * longest)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            while part := pipe.read(65536):
                told += part
        for line in told.decode().splitlines(keepends=True):
            assert line.endswith("\n")  # so short a write into a pipe is whole or not there
            index, _, name = line[:-1].partition(" ")
            assert int(index) not in acknowledged, "one index was given twice"
            acknowledged[int(index)] = name
        if moment % 40 == 0:
            with open_ledger(address) as ledger:
                kept.append(Kept(f"after {moment}", ledger.checkpoint(KEY)))
    with open_ledger(address) as ledger:
        assert len(acknowledged) >= moments
        assert [index for index, name in acknowledged.items() if ledger.entry(index).name != name] == []
        shown = check(ledger, kept, [KEY.verifier])
        assert (shown.verdict, shown.problems) == ("consistent", ())
        assert max(acknowledged) < shown.size <= len(acknowledged) + moments


def test_a_writer_killed_at_two_hundred_moments_loses_no_entry_that_it_acknowledged(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    open_ledger(path, create=True, origin=ORIGIN).close()
    killed(path, 200, longest=0.004)


def test_a_writer_of_postgresql_killed_at_any_moment_loses_no_entry_that_it_acknowledged(postgresql: str):
    open_ledger(postgresql, create=True, origin=ORIGIN).close()
    killed(postgresql, 20, longest=0.01)
