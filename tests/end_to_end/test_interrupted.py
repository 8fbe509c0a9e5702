"""Killed, interrupted, without room or right to write: nothing that verifies remains and the next run works."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

import assay
from auditing import ROOT, write_csv

ROWS = [(g, d, s) for g in "ab" for d, s in (("yes", 0.9), ("no", 0.2)) for _ in range(200)]
OPTIONS = ["--decision", "decision=yes", "--groups", "group"]


@pytest.fixture
def data(tmp_path):
    return write_csv(tmp_path / "scored.csv", ("group", "decision", "score"), ROWS)


def command(data, identity, out, *more):
    at = ["--at", "2026-03-31", "--stage", "development"]
    return [sys.executable, "-m", "assay.cli.main", "audit", str(data), *OPTIONS, *at,
            "--out", str(out), "--sign", str(identity), *more]  # fmt: skip


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, **more)


def bundles(out):
    return [path.parent for path in out.rglob("audit.json")] if out.exists() else []


def intact(folder):
    try:
        return assay.verify(folder).intact
    except assay.errors.AssayError:
        return False


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
@pytest.mark.parametrize("delay", [0.1, 0.6, 1.2, 1.8, 2.4])
def test_a_run_that_is_stopped_leaves_nothing_that_verifies_and_the_next_one_works(
    data, identity, tmp_path, signal_, delay
):
    out = tmp_path / "reports"
    process = subprocess.Popen(
        command(data, identity, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    time.sleep(delay)
    process.send_signal(signal_)
    _, told = process.communicate(timeout=60)
    finished = process.returncode in (0, 1, 4)
    assert "Traceback" not in told or "in main" not in told  # before main, it is Python that is interrupted
    assert [intact(folder) for folder in bundles(out) if ".partial" not in str(folder)] == [True] * finished
    if not finished:
        again = run(command(data, identity, out))
        assert again.returncode == 0, again.stderr
        assert [intact(folder) for folder in bundles(out)] == [True]


def test_two_runs_at_once_write_one_bundle(data, identity, tmp_path):
    out = tmp_path / "reports"
    runs = [
        subprocess.Popen(
            command(data, identity, out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[1] for process in runs]
    assert sorted(process.returncode for process in runs) in ([0, 0], [0, 2]), told
    assert [intact(folder) for folder in bundles(out)] == [True]


def test_a_bundle_that_is_there_is_never_overwritten(data, identity, tmp_path):
    out = tmp_path / "reports"
    assert run(command(data, identity, out)).returncode == 0
    again = run(command(data, identity, out))
    assert again.returncode == 2
    assert "--out" in again.stderr
    assert str(out) in again.stderr


def test_an_output_folder_without_the_right_to_write_is_3(data, identity, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    done = run(command(data, identity, file))
    assert done.returncode == 3
    assert "--out" in done.stderr


def test_a_full_disk_is_3_and_leaves_nothing(data, identity, tmp_path):
    out = tmp_path / "reports"

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = run(command(data, identity, out), preexec_fn=small_files, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert bundles(out) == []


def test_a_key_that_cannot_be_read_stops_before_anything_is_measured(data, tmp_path):
    done = run(command(data, tmp_path / "absent.pem", tmp_path / "reports"))
    assert done.returncode in (2, 3)
    assert "absent.pem" in done.stderr
    assert "measure" not in done.stderr
    assert not (tmp_path / "reports").exists()
