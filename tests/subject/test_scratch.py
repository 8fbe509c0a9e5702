import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from assay.subject.scratch import scratch_folder

LIVES_ON = """
import sys, time
from assay.subject.scratch import scratch_folder
folder = scratch_folder("data")
print(folder.name, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def run():
    process = subprocess.Popen([sys.executable, "-c", LIVES_ON], stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def test_the_folder_of_a_killed_run_is_removed_by_the_next_and_that_of_a_living_one_is_not(tmp_path):
    kept = tmp_path / "data.csv"
    kept.write_text("mine")
    killed, left = run()
    living, used = run()
    try:
        (left / "data.csv").symlink_to(kept)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert left.is_dir()
        with scratch_folder("model") as mine:
            assert str(os.getpid()) in Path(mine).name
            assert Path(mine).is_dir()
            assert not left.exists()
            assert used.is_dir()
        assert not Path(mine).exists()
        assert kept.read_text() == "mine"
    finally:
        for process in (killed, living):
            process.kill()
            process.wait()
            process.stdout.close()


def test_what_is_not_ours_by_name_machine_or_kind_stays(tmp_path):
    with scratch_folder("data") as mine:
        host = Path(mine).name.split("-")[2]
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    elsewhere = tmp_path / f"assay-data-{'0' * 8}-{dead.pid}-abcdefgh"
    unnamed = tmp_path / "assay-data-abcdefgh"
    target = tmp_path / "target"
    for folder in (elsewhere, unnamed, target):
        folder.mkdir()
    link = tmp_path / f"assay-data-{host}-{dead.pid}-abcdefgh"
    link.symlink_to(target)
    with scratch_folder("data"):
        assert elsewhere.is_dir()
        assert unnamed.is_dir()
        assert link.is_symlink()


def test_a_folder_goes_away_however_deep_it_is_and_nothing_that_it_links_to(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    here = os.getcwd()
    with scratch_folder("model") as mine:
        os.symlink(kept, f"{mine}/link")
        os.symlink(kept, f"{mine}/again")
        os.chdir(mine)
        try:
            for _ in range(1500):
                os.mkdir("deep")
                os.chdir("deep")
            os.mkdir("closed", 0)
        finally:
            os.chdir(here)
    assert not os.path.exists(mine)
    assert (kept / "file").read_text() == "x"
