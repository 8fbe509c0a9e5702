"""What only a file can be: missing, foreign, hostile, damaged, linked, read-only."""

from __future__ import annotations

import os
import shutil
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.attest.ledger import open_ledger
from assay.errors import AssayError, WriteError
from ledgers import KEY, ORIGIN, changed, entry, ledger_with


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "no SQLite file"), (b"SQLite format 3", "no SQLite file"), (b"SQLite format 3\0", "not a ledger"),
     (b"SQLite format 3\0" + bytes(range(256)) * 40, "not a ledger"), (b"PK\x03\x04" * 99, "no SQLite file")],
)  # fmt: skip
def test_a_file_that_is_no_ledger_is_refused(tmp_path, content, told):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(AssayError, match=told):
        open_ledger(tmp_path / "x")


def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE entries (position INTEGER PRIMARY KEY)")
    before = path.read_bytes()
    with pytest.raises(AssayError, match="not a ledger"):
        open_ledger(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "address",
    ["http://example.com/ledger", "mysql://root@db/x", "sqlite:///x", "file:ledger.sqlite?mode=memory",
     "nowhere/l.sqlite", "a\0b", "x" * 5000, ".", ":memory:", ""],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_one_clear_error(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssayError):
        open_ledger(address)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_of_a_newer_assay_is_refused(copy):
    path = copy()
    changed(path, "UPDATE ledger SET version = 2", "CREATE TABLE something_new (x)")
    with pytest.raises(AssayError, match=r"made by a newer assay \(format 2, known here: 1\)"):
        open_ledger(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger",
        "INSERT INTO ledger VALUES (1, 'example.com/second')",
        "UPDATE ledger SET version = 0",
        "UPDATE ledger SET version = 'one'",
        "UPDATE ledger SET origin = x'00ff'",
        "UPDATE ledger SET origin = 'a name with blanks'",
        "DROP TABLE checkpoints",
        "CREATE TRIGGER evil AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE position = 0; END",
        "CREATE VIEW more AS SELECT * FROM entries",
        "ALTER TABLE entries ADD COLUMN more TEXT",
    ],
)
def test_a_ledger_whose_tables_are_not_as_assay_makes_them_is_refused(copy, statement):
    path = copy()
    changed(path, statement)
    with pytest.raises(AssayError, match="not a ledger"):
        open_ledger(path)


def test_a_view_in_the_place_of_a_table_is_refused(copy):
    path = copy()
    changed(path, "ALTER TABLE entries RENAME TO real", "CREATE VIEW entries AS SELECT * FROM real")
    with pytest.raises(AssayError, match="not a ledger"):
        open_ledger(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET entry = 7 WHERE position = 5",
        "UPDATE entries SET entry = 'text' WHERE position = 5",
        "UPDATE entries SET entry = zeroblob(900000) WHERE position = 5",
        "UPDATE entries SET entry = x'7b7d' WHERE position = 5",
        "UPDATE entries SET entry = x'ff' WHERE position = 5",
        "UPDATE entries SET entry = CAST(printf('%.*c', 60000, '[') AS BLOB) WHERE position = 5",
    ],
)
def test_an_entry_that_is_none_is_one_clear_error(copy, statement):
    path = copy()
    changed(path, statement)
    with open_ledger(path) as ledger:
        with pytest.raises(AssayError, match="entry 5 is no entry"):
            ledger.entry(5)
        with pytest.raises(AssayError, match="entry 5 is no entry"):
            list(ledger.entries())


@pytest.mark.parametrize("hashes", ["7", "'text'", "x'00'", "zeroblob(900000)"])
def test_hashes_that_are_none_stop_whoever_needs_them(copy, hashes):
    path = copy()
    changed(path, f"UPDATE entries SET hashes = {hashes} WHERE position = 7")
    with open_ledger(path) as ledger:
        for needing in (lambda: ledger.root(8), lambda: ledger.inclusion(9, 12), lambda: ledger.append([entry("x")])):
            with pytest.raises(AssayError, match="the ledger is damaged"):
                needing()
        assert ledger.size() == 12


def test_numbers_that_are_none_stop_whoever_counts(copy):
    path = copy()
    changed(path, "INSERT INTO entries VALUES (9223372036854775807, x'00', x'00')")
    with open_ledger(path) as ledger, pytest.raises(AssayError, match="no valid number"):
        ledger.append([entry("x")])
    path = copy("negative.sqlite")
    changed(path, "UPDATE entries SET position = position - 100")
    with open_ledger(path) as ledger, pytest.raises(AssayError, match="no valid number"):
        ledger.size()


def test_a_page_of_rubbish_is_an_error_and_no_traceback(copy):
    whole = copy().read_bytes()
    for number in range(1, len(whole) // 4096):
        path = copy("damaged.sqlite")
        path.write_bytes(whole[: number * 4096] + os.urandom(4096) + whole[(number + 1) * 4096 :])
        try:
            with open_ledger(path) as ledger:
                ledger.append([entry("x")])
                list(ledger.entries())
        except AssayError:
            continue


def test_reading_leaves_nothing_behind_and_changes_no_byte(copy):
    path = copy()
    before, when = path.read_bytes(), path.stat().st_mtime_ns
    with open_ledger(path) as ledger:
        assert len(list(ledger.entries())) == ledger.size() == 12
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, when)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_link_leads_to_the_ledger(copy, tmp_path):
    path = copy()
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.sqlite"
    link.symlink_to(path)
    with open_ledger(link) as ledger:
        ledger.append([entry("x")])
    with open_ledger(path) as ledger:
        assert ledger.size() == 13
    assert [file.name for file in link.parent.iterdir()] == ["link.sqlite"]


def as_nobody(folder: Path, work: Callable[[], None]) -> None:
    """Do something as an unprivileged user in a folder that can only be read: root may write everywhere."""
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    for above in folder.parents:
        if not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o001)
    before = sorted(file.name for file in folder.iterdir())
    child = os.fork()
    if child == 0:  # pragma: no cover
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            work()
            code = 0
        except BaseException:  # noqa: BLE001  a failed assertion of a child is told by its exit code
            traceback.print_exc()
        finally:
            os._exit(code)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert sorted(file.name for file in folder.iterdir()) == before
    finally:
        folder.chmod(0o755)


def test_a_place_that_can_only_be_read_is_read_and_never_written(copy):
    path = copy()

    def work() -> None:
        with open_ledger(path) as ledger:
            assert len(list(ledger.entries())) == 12
            for writing in (lambda: ledger.append([entry("x")]), lambda: ledger.checkpoint(KEY)):
                with pytest.raises(WriteError, match="lies in a place that can only be read"):
                    writing()

    as_nobody(path.parent, work)


def test_a_read_only_copy_without_all_its_files_is_not_read_by_half(copy, tmp_path):
    """A copy made while somebody wrote: the newest entries lie in the log beside the file."""
    path = copy()
    (tmp_path / "evidence").mkdir()
    with open_ledger(path) as ledger:
        ledger.append([entry("newest")])
        for name in (path.name, f"{path.name}-wal"):
            shutil.copy(path.parent / name, tmp_path / "evidence" / name)

    def work() -> None:
        with pytest.raises(AssayError, match=r"(?s)cannot be opened.*copy them along"):
            open_ledger(tmp_path / "evidence" / path.name)

    as_nobody(tmp_path / "evidence", work)
    for file in (tmp_path / "evidence").iterdir():
        file.chmod(0o644)
    with open_ledger(tmp_path / "evidence" / path.name) as ledger:
        assert ledger.entry(12) == entry("newest")


def test_a_folder_that_is_missing_or_a_place_that_is_full_makes_no_half_ledger(tmp_path):
    with pytest.raises(WriteError, match="cannot be written"):
        open_ledger(tmp_path / "missing" / "l.sqlite", create=True, origin=ORIGIN)
    with pytest.raises(WriteError, match="cannot be written"):
        open_ledger("/dev/full/l.sqlite", create=True, origin=ORIGIN)
    assert list(tmp_path.iterdir()) == []


def test_an_entry_is_on_the_disk_before_its_index_is_known(tmp_path):
    """WAL with `synchronous = FULL`: SQLite syncs its log before a commit returns."""
    with ledger_with(tmp_path / "l.sqlite", 1) as ledger, ledger._database.reading() as run:
        assert run("PRAGMA journal_mode") == [("wal",)]
        assert run("PRAGMA synchronous") == [(2,)]
