"""The files of the cache: nothing that somebody else wrote, damaged or cut short is ever read as content."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assay.engines.entries import MAGIC, MOST_ENTRIES, NotKept, key_file, open_entries

A, B, C = "a" * 64, "b" * 64, "c" * 64
AROUND = len(MAGIC) + 32


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "given"


def opened(folder, size=10**6):
    notes = []
    return open_entries(folder, size, notes.append), notes


def keep(entries, **contents):
    for name, content in contents.items():
        with entries.writing(name * 64) as write:
            for byte in content:
                write(bytes([byte]))
    entries.keep()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "evidence").iterdir())


def test_what_was_kept_is_read_by_the_next_run(folder):
    first, notes = opened(folder)
    keep(first, a=b"content", b=b"")
    first.close()
    second, _ = opened(folder)
    assert (second.read(A), second.read(B), notes) == (b"content", b"", [])
    assert b"".join(second.pieces(A, 3)) == b"content"
    with pytest.raises(NotKept):
        second.read(C)


def test_only_the_user_can_read_what_is_kept(folder):
    entries, _ = opened(folder)
    old = os.umask(0)
    try:
        keep(entries, a=b"content")
    finally:
        os.umask(old)
    places = [folder, folder / "evidence", folder / "evidence" / f"{A}.entry", key_file()]
    assert [oct(place.stat().st_mode & 0o777) for place in places] == ["0o700", "0o700", "0o600", "0o600"]


def test_nothing_is_kept_before_the_end(folder):
    entries, _ = opened(folder)
    with entries.writing(A) as write:
        write(b"content")
    assert not entries.has(A)
    entries.close()
    assert files(folder) == []


def test_what_ended_in_an_error_is_not_kept(folder):
    entries, _ = opened(folder)
    with contextlib.suppress(KeyError), entries.writing(A) as write:
        write(b"half")
        raise KeyError
    entries.keep()
    assert files(folder) == []


def _swap(path):
    path.with_name(f"{B}.entry").rename(path)


DAMAGES = {
    "a changed byte": lambda path: path.write_bytes(path.read_bytes().replace(b"content", b"contend")),
    "a changed code": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\0"),
    "a changed start": lambda path: path.write_bytes(b"X" + path.read_bytes()[1:]),
    "the end missing": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "a byte too many": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "nothing in it": lambda path: path.write_bytes(b""),
    "the content of another entry": _swap,
    "a link to itself elsewhere": lambda path: (path.rename(path.parent / "x"), path.symlink_to("x")),
    "a link to nowhere": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "another key": lambda path: key_file().unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_removed_and_told(folder, damage):
    entries, _ = opened(folder)
    keep(entries, a=b"some content", b=b"else content")
    entries.close()
    DAMAGES[damage](folder / "evidence" / f"{A}.entry")
    entries, notes = opened(folder)
    with pytest.raises(NotKept):
        entries.read(A)
    assert len(notes) == 1
    assert A in notes[0]
    assert not entries.has(A)
    keep(entries, a=b"measured again")
    assert entries.read(A) == b"measured again"


def test_a_folder_in_the_place_of_an_entry_ends_nothing(folder):
    entries, notes = opened(folder)
    (folder / "evidence" / f"{A}.entry").mkdir()
    with pytest.raises(NotKept):
        entries.read(A)
    keep(entries, a=b"content")
    assert any("nothing is kept" in note for note in notes)


def _made(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True)
    folder.chmod(mode)


def _linked(key: Path, elsewhere: Path) -> None:
    key.rename(elsewhere)
    key.symlink_to(elsewhere)


REFUSED = {
    "others may write into the folder": lambda folder: _made(folder, 0o770),
    "all may write into the folder": lambda folder: _made(folder, 0o777),
    "others may write below it": lambda folder: _made(folder / "evidence", 0o720),
    "the folder is a link": lambda folder: ((folder.parent / "real").mkdir(), folder.symlink_to("real")),
    "what is below it is a link": lambda folder: (folder.mkdir(), (folder / "evidence").symlink_to("/")),
    "it is a file": lambda folder: folder.write_text(""),
    "others may read the key": lambda folder: key_file().chmod(0o640),
    "the key is a link": lambda folder: _linked(key_file(), folder.parent / "k"),
    "the key is short": lambda folder: key_file().write_bytes(b"short"),
    "the key is a folder": lambda folder: (key_file().unlink(), key_file().mkdir(mode=0o700)),
    "others may write beside the key": lambda folder: key_file().parent.chmod(0o777),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_cache_that_others_could_write_is_off(tmp_path, folder, how):
    other, _ = opened(tmp_path / "other")
    other.close()
    REFUSED[how](folder)
    entries, notes = opened(folder)
    assert entries is None
    assert len(notes) == 1
    assert notes[0].startswith("the cache is off: ")


def test_the_key_is_never_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "c" / "deep"))
    entries, notes = opened(tmp_path / "c")
    assert entries is None
    assert "in the cache itself" in notes[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_folder_of_somebody_else_is_refused(folder):
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    assert opened(folder)[0] is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_read_and_told(folder):
    entries, _ = opened(folder)
    keep(entries, a=b"content")
    (folder / "evidence").chmod(0o500)
    entries, notes = opened(folder)
    assert entries.read(A) == b"content"
    keep(entries, b=b"more")
    (folder / "evidence").chmod(0o700)
    assert len(notes) == 1
    assert files(folder) == [f"{A}.entry"]


def test_a_full_disk_keeps_nothing_and_says_so_once(folder):
    entries, notes = opened(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        keep(entries, a=b"x" * 200, b=b"x" * 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(notes) == 1
    assert "nothing is kept" in notes[0]
    assert files(folder) == []


def used_at(folder, name, second):
    os.utime(folder / "evidence" / f"{name * 64}.entry", (second, second))


def test_what_was_used_least_recently_goes_first(folder):
    entries, notes = opened(folder, size=3 * (AROUND + 100))
    keep(entries, a=b"x" * 100, b=b"x" * 100, c=b"x" * 100)
    for second, name in enumerate("abc"):
        used_at(folder, name, second)
    entries.read(A)
    keep(entries, d=b"x" * 100)
    assert [entries.has(name * 64) for name in "abcd"] == [True, False, True, True]
    keep(entries, e=b"x" * 250)
    assert [entries.has(name * 64) for name in "acde"] == [False, False, False, True]
    assert sum(path.stat().st_size for path in (folder / "evidence").iterdir()) <= 3 * (AROUND + 100)
    assert notes == []


def test_an_entry_larger_than_the_cache_is_not_kept_and_removes_nothing(folder):
    entries, notes = opened(folder, size=AROUND + 100)
    keep(entries, a=b"x" * 100)
    keep(entries, b=b"x" * 101)
    assert (files(folder), notes) == ([f"{A}.entry"], [])


def test_only_our_own_files_are_removed(folder):
    entries, _ = opened(folder, size=AROUND + 100)
    for name in ("notes.txt", "A" * 64 + ".entry", "a.entry", f"{A}.entry.bak"):
        (folder / "evidence" / name).write_bytes(b"x" * 1000)
    (folder / "mine").write_text("x")
    keep(entries, b=b"x" * 100)
    keep(entries, c=b"x" * 100)
    assert files(folder) == sorted(["notes.txt", "A" * 64 + ".entry", "a.entry", f"{A}.entry.bak", f"{C}.entry"])
    assert (folder / "mine").exists()


def test_there_are_never_more_entries_than_can_be_listed(folder, monkeypatch):
    monkeypatch.setattr("assay.engines.entries.MOST_ENTRIES", 3)
    assert MOST_ENTRIES > 3
    entries, _ = opened(folder)
    for name in "0123456":
        keep(entries, **{name: b"x"})
    assert len(files(folder)) == 3


KILLED = """
import os, sys
from pathlib import Path
from assay.engines.entries import open_entries
entries = open_entries(Path(sys.argv[1]), 10**6, print)
with entries.writing("a" * 64) as write:
    write(b"half")
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_run_that_is_killed_leaves_no_entry_and_its_rest_goes(folder):
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"written\n"
        running, _ = opened(folder)
        keep(running, b=b"content")
        assert len(files(folder)) == 2, "what a running audit writes is left alone"
        child.send_signal(signal.SIGKILL)
        child.wait()
    entries, notes = opened(folder)
    keep(entries, c=b"content")
    assert (files(folder), notes) == ([f"{B}.entry", f"{C}.entry"], [])


def test_audits_that_start_at_once_share_one_key(tmp_path):
    code = "import sys; from pathlib import Path; from assay.engines.entries import open_entries as o\n"
    code += "e = o(Path(sys.argv[1]), 10**6, print)\nassert e is not None"
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "c")]) for _ in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert [path.name for path in key_file().parent.iterdir()] == ["cache.key"]
    assert len(key_file().read_bytes()) == 32
