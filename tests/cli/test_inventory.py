"""`assay inventory`: its output and its exit codes."""

import json
import subprocess
import sys

import pytest
import yaml

from assay.cli.main import main


def put(folder, path, **blocks):
    tree = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"}, **blocks}
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(yaml.safe_dump(tree, sort_keys=False))


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "models/a/model.yaml", risk={"tier": "high"})
    return tmp_path


def test_the_table_and_the_counts_are_printed(models, capsys):
    assert main(["inventory", "models"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].split() == ["m", "1", "-", "high", "-", "-", "-", "-", "-"]
    assert out.splitlines()[-1].startswith("1 models, 1 manifests; tier: 1 high")


@pytest.mark.parametrize(
    ("wrong", "blocks"),
    [
        ("models/b/model.yaml", {"identity": 3}),
        ("models/b/model.yaml", {}),
        ("models/b/other.yaml", {"identity": {"id": "n", "name": "N", "version": "1"},
                                 "lifecycle": {"dates": {"next_validation": "2026-01-01"}}}),
    ],
)  # fmt: skip
def test_strict_closes_on_invalid_doubled_and_overdue_and_nothing_else_does(models, wrong, blocks, capsys):
    at = ["--at", "2026-11-21"]
    assert main(["inventory", "models", "--strict", *at]) == 0
    put(models, wrong, **blocks)
    assert main(["inventory", "models", *at]) == 0
    assert main(["inventory", "models", "--strict", *at]) == 1


def test_strict_closes_on_a_model_file_that_nobody_registered(models):
    (models / "models" / "a" / "m.pkl").write_text("x")
    assert main(["inventory", "models", "--strict"]) == 1


def test_a_file_is_written_once_and_never_over_another(models, capsys):
    assert main(["inventory", "models", "--format", "html", "--out", "inventory.html"]) == 0
    assert "inventory.html: 1 models" in capsys.readouterr().out
    before = (models / "inventory.html").read_bytes()
    assert before.startswith(b"<!doctype html>")
    assert main(["inventory", "models", "--format", "html", "--out", "inventory.html"]) == 2
    assert (models / "inventory.html").read_bytes() == before


def test_json_is_json_alone_and_the_same_twice(models, capsys):
    told = []
    for _ in range(2):
        assert main(["inventory", "models", "--format", "json", "--at", "2026-11-21", "--policy", "baseline"]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert json.loads(told[0])["entries"][0]["controls"]["fail"] == 1


def test_names_of_files_cannot_move_the_cursor(models, capsys):
    (models / "models" / "\x1b[2J.pkl").write_text("x")
    (models / "models" / "\udcff.pkl").write_text("x")
    for form in ("table", "csv", "json", "html"):
        assert main(["inventory", "models", "--format", form]) == 0
        assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("option", [["--jobs", "0"], ["--review-after", "x"], ["--at", "soon"], ["--format", "pdf"]])
def test_options_that_cannot_be_read_are_usage_errors(models, option):
    with pytest.raises(SystemExit) as stopped:
        main(["inventory", "models", *option])
    assert stopped.value.code == 2


def test_what_is_not_there_is_told(models, capsys):
    assert main(["inventory", "nowhere"]) == 2
    assert main(["inventory", "models", "--policy", "no-such-pack"]) == 2
    assert "no-such-pack" in capsys.readouterr().err


def test_processes_that_are_interrupted_leave_nothing_behind(models):
    for i in range(90):
        put(models, f"models/{i}/model.yaml", identity={"id": f"m{i}", "name": "M", "version": "1"})
    program = (
        "import os, signal, sys, threading\n"
        "from assay.cli.main import main\n"
        "threading.Timer(0.4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "code = 0\n"
        "while code == 0: code = main(['inventory', 'models', '--jobs', '2', '--policy', 'baseline'])\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=models, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
