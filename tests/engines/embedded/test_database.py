"""Memory and spill: the engine takes what it is given, says so where it does not suffice, and leaves nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path

import pytest

from assay.engines.embedded.database import Database, NoRoom
from assay.engines.options import EngineOptions
from assay.errors import AssayError, DataError
from prepared import counted, prepared


def fill(database, rows):
    database.run(f"CREATE TABLE t AS SELECT md5(range::VARCHAR) AS h FROM range({rows})")


@contextmanager
def small_disk(folder, size):
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_temporary_files_lie_where_they_are_told_to(tmp_path):
    with Database([], "20MB", tmp_path) as database:
        assert database.folder.parent == tmp_path
        assert database.folder.stat().st_mode & 0o077 == 0
        fill(database, 1_500_000)
        assert any((database.folder / "spill").iterdir())
        assert database.run("SELECT count(DISTINCT h[:2]) FROM t") == [(256,)]
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_engine_goes_with_the_next(tmp_path):
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom assay.engines.embedded.database import Database\n"
        "database = Database([], '60MB', Path(sys.argv[1]))\nprint(database.folder, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True) as running:
        folder = Path(running.stdout.readline().strip())
        assert folder.exists()
        os.kill(running.pid, signal.SIGKILL)
        running.wait(30)
    assert folder.exists()
    Database([], "60MB", tmp_path).close()
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(AssayError, match="no folder for temporary files") as error:
        Database([], "60MB", tmp_path / "nowhere")
    assert error.value.kind == "failed"
    assert "--spill" in error.value.hint


def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path):
    with small_disk(tmp_path / "small", "4m") as disk:
        with Database([], "20MB", disk) as database, pytest.raises(NoRoom) as error:
            fill(database, 1_500_000)
        assert error.value.kind == "failed"
        assert "20MB" in error.value.what
        assert "PRAGMA" not in str(error.value)
        assert "--spill" in error.value.hint
        assert "--memory-limit" in error.value.hint
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize("size", ["64k", "1m"])
def test_a_snapshot_that_does_not_fit_is_one_clear_error_and_leaves_nothing(tmp_path, monkeypatch, size):
    monkeypatch.setattr("assay.engines.sources.snapshot.CHUNK", 500_000)
    with sqlite3.connect(tmp_path / "x.sqlite") as connection:
        connection.execute("CREATE TABLE t (g)")
        connection.executemany("INSERT INTO t VALUES (?)", ((md5(b"%d" % i).hexdigest(),) for i in range(60_000)))
    with small_disk(tmp_path / "small", size) as disk:
        with pytest.raises(AssayError) as error:
            prepared(tmp_path, {"path": "x.sqlite", "table": "t"}, options=EngineOptions("64MB", disk))
        assert error.value.kind == "failed"
        assert "--spill" in error.value.hint
        assert list(disk.iterdir()) == []


def test_little_memory_is_a_result_or_a_clear_error_and_never_a_crash(tmp_path):
    (tmp_path / "t.csv").write_text("g\n" + "".join(f"{i % 3}\n" for i in range(100_000)))
    program = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[1])\nfrom subjects import subject\n"
        "from prepared import REQUEST\nfrom assay.engines.measure import measure\n"
        "from assay.engines.options import EngineOptions\nfrom assay.errors import AssayError\n"
        "made = subject(Path(sys.argv[2]), roles=('test',), data={'test': {'path': 't.csv'}},"
        " columns={'groups': {'g': {'column': 'g'}}})\n"
        "for limit in sys.argv[3:]:\n  try:\n    measure([REQUEST], made, seed=1, progress=lambda *told: None,"
        " options=EngineOptions(memory_limit=limit))\n"
        "  except AssayError as error:\n    print(error.kind, str(error).replace(chr(10), ' '))\n"
        "  else:\n    print('measured')"
    )
    limits = ["1KB", "1MB", "4MB", "8MB", "16MB", "64MB"]
    tests = str(Path(__file__).parents[2])
    ended = subprocess.run([sys.executable, "-c", program, tests, tmp_path, *limits], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.splitlines()
    assert len(told) == len(limits)
    assert told[-1] == "measured"
    for line in told[:-1]:
        assert line == "measured" or (line.startswith("failed") and "--memory-limit" in line)


@pytest.mark.parametrize("limit", ["lots", "-1", "0MB", "512", "", "1e3MB", "512MB; DROP"])
def test_what_is_no_limit_is_refused(limit):
    with pytest.raises(DataError, match="is no memory limit"):
        Database([], limit)


def test_a_snapshot_lies_where_temporary_files_do(tmp_path):
    spill = tmp_path / "spill"
    spill.mkdir()
    with sqlite3.connect(tmp_path / "x.sqlite") as connection:
        connection.executescript("CREATE TABLE t (g); INSERT INTO t VALUES (1)")
    data, options = {"path": "x.sqlite", "table": "t"}, EngineOptions(spill=spill)
    made = prepared(tmp_path, data, options=options)
    assert made.data["test"].files[0].path.is_relative_to(spill)
    assert counted(tmp_path, data, options=options) == {"1": 1}
    del made
    assert list(spill.iterdir()) == []
