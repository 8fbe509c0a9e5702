"""`assay export` and `assay diff` of what is no whole bundle: one clear error, its exit code, no half a file."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import assay
from assay.cli.main import main
from cli.test_export import filled

HUGE = 50_000_000
COMMANDS = {"export": ["export", "BUNDLE", "-o", "sarif=out"], "diff": ["diff", "WHOLE", "BUNDLE", "-o", "out.md"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A bundle that nobody signed."""
    folder = filled(tmp_path_factory.mktemp("made"))
    result = assay.audit(
        folder / "models" / "model.yaml", policies=[folder / "policies" / "p.yaml"], stage="staging",
        out=folder / "out", pdf=False,
    )  # fmt: skip
    return result.bundle


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A working directory with two copies: one to spoil, one to compare with."""
    for name in ("spoilt", "whole"):
        shutil.copytree(made, tmp_path / name)
        for path in (tmp_path / name).rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command, bundle="spoilt"):
    return main([{"BUNDLE": bundle, "WHOLE": "whole"}.get(word, word) for word in COMMANDS[command]])


def refused(capsys, command, bundle="spoilt"):
    """The one error that was printed; nothing was written, and nothing was decided."""
    before = sorted(os.listdir())
    assert run(command, bundle) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert [line for line in printed.err.splitlines() if not line.startswith("  ")] == [printed.err.splitlines()[0]]
    assert printed.err.startswith("assay: ")
    assert sorted(os.listdir()) == before
    return printed.err


def changed(here, **fields):
    path = here / "spoilt" / "audit.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


SPOILT = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-200]), "is not a valid audit"),
    "empty": (lambda path: path.write_bytes(b""), "is not a valid audit"),
    "no JSON": (lambda path: path.write_bytes(b"\x00\xff" * 500), "is not a valid audit"),
    "deep": (lambda path: path.write_bytes(b"[" * 200_000), "is not a valid audit"),
    "huge and of nothing": (lambda path: path.write_bytes(b" " * HUGE), "is not a valid audit"),
    "huge and of one field": (
        lambda path: path.write_bytes(b'{"x":"' + b"x" * HUGE + b'"}'),
        "is not a valid audit",
    ),
    "beyond all limits": (lambda path: os.truncate(path, 10_000_000_000), "audit.json"),
    "a link": (lambda path: (path.unlink(), path.symlink_to("/etc/passwd")), "audit.json"),
    "a link to a record": (lambda path: (path.unlink(), path.symlink_to("../whole/audit.json")), "audit.json"),
    "a pipe": (lambda path: (path.unlink(), os.mkfifo(path)), "audit.json"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "audit.json"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", SPOILT)
def test_a_record_that_cannot_be_read_is_one_error_and_nothing_is_written(here, capsys, command, how):
    spoil, told = SPOILT[how]
    spoil(here / "spoilt" / "audit.json")
    error = refused(capsys, command)
    assert "spoilt/audit.json: is not the record of an audit" in error
    assert told in error
    assert len(error) < 600


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"nobody knows this": 1}, "nobody knows this: Extra inputs are not permitted"),
        ({"assay": "audit/v0"}, "assay: Input should be 'audit/v1'"),
        ({"assay": "audit/v2", "more": []}, "assay: Input should be 'audit/v1'"),
        ({"findings": "none"}, "findings: Input should be a valid"),
        ({"at": 0}, "at: "),
    ],
    ids=str,
)
def test_a_record_of_another_version_says_which_field_it_is(here, capsys, command, fields, told):
    changed(here, **fields)
    assert told in refused(capsys, command)


@pytest.mark.parametrize("fields", [{"assay": "audit/v0"}, {"x": 1}], ids=str)
def test_a_record_alone_of_another_version_says_which_field_it_is(here, capsys, fields):
    changed(here, **fields)
    error = refused(capsys, "diff", "spoilt/audit.json")
    assert "spoilt/audit.json: is not the record of an audit; it is not a valid audit: " in error
    assert next(iter(fields)) in error


def test_a_record_alone_that_is_too_large_is_not_read_whole(here, capsys):
    os.truncate(here / "spoilt" / "audit.json", 1 << 40)
    assert "is too large for the record of an audit" in refused(capsys, "diff", "spoilt/audit.json")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", [b"", b"{", b'{"assay":"gate/v9"}', b"\xff"])
def test_a_gate_that_cannot_be_read_is_not_taken_for_none(here, capsys, command, content):
    """Else a gate that closed would be compared as if nobody had drawn it."""
    (here / "spoilt" / "gate.json").write_bytes(content)
    assert "spoilt/gate.json: " in refused(capsys, command)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("bundle", "told"),
    [
        ("absent", "there is no such bundle"),
        (".", "is not a bundle"),
        ("/dev/null", "is a file"),
        ("spoilt/gate.json", ""),
        ("spoilt/report.html", "is a file"),
        ("x" * 5000, "x" * 100),
        ("a\0b", ""),
        ("loop", "loop"),
    ],
)
def test_what_is_no_bundle_is_one_error(here, capsys, command, bundle, told):
    (here / "loop").symlink_to("loop")
    assert told in refused(capsys, command, bundle)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bundle_whose_record_is_gone_is_one_error(here, capsys, command):
    (here / "spoilt" / "audit.json").unlink()
    assert "spoilt: is not a bundle: it holds neither audit.json nor an ASiC manifest" in refused(capsys, command)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_link_to_a_bundle_is_read_as_the_bundle(here, command, capsys):
    """`latest → 0123…` is a usual thing to keep."""
    (here / "latest").symlink_to("whole")
    out = here / COMMANDS[command][-1].removeprefix("sarif=")
    assert run(command, "whole") == 0
    straight = out.read_bytes()
    out.unlink()
    assert run(command, "latest") == 0
    assert out.read_bytes() == straight


def test_a_large_record_is_exported_and_compared(here, capsys):
    """Fifty megabytes of what a record may hold."""
    path = here / "spoilt" / "audit.json"
    tree = json.loads(path.read_text())
    tree["manifest"]["model"] = {"limitations": ["é" * 4000] * (HUGE // 8000)}
    path.write_text(json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    assert path.stat().st_size > HUGE * 0.98
    assert main(["diff", "whole/audit.json", "spoilt/audit.json"]) == 0
    assert "Nothing differs" in capsys.readouterr().out
    assert "its gate was drawn from another record" in refused(capsys, "export")


def assay_in(folder, *arguments, **more):
    command = [sys.executable, "-m", "assay.cli.main", *arguments]
    return subprocess.run(command, cwd=folder, stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                          text=True, timeout=120, **more)  # fmt: skip


def no_room():
    """As if the disk were full: a file may have 4096 bytes."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@pytest.mark.parametrize(
    "words",
    [
        ["export", "whole", "-o", "sarif=out.sarif"],
        ["export", "whole", "-o", "html=out.html"],
        ["diff", "other", "whole", "-o", "out.html"],
    ],
    ids=lambda words: words[0],
)
def test_a_full_disk_is_exit_3_and_leaves_what_was_there(here, words):
    shutil.copytree(here / "whole", here / "other")
    out = here / words[-1].partition("=")[2]
    if words[0] == "export":
        out.write_text("of the run before")
    before = sorted(os.listdir(here))
    done = assay_in(here, *words, preexec_fn=no_room)
    assert done.returncode == 3, done.stderr
    assert "cannot be written: file too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(os.listdir(here)) == before, "neither a part nor what was to become it"
    if words[0] == "export":
        assert out.read_text() == "of the run before"


@pytest.mark.parametrize("words", [["export", "whole", "-o", "sarif"], ["diff", "whole", "whole", "--json"]])
def test_a_full_standard_output_is_exit_3(here, words):
    with open("/dev/full", "w") as full:
        done = assay_in(here, *words, stdout=full)
    assert done.returncode == 3, done.stderr
    assert "no space left on device" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_device_is_written_to_and_stays_a_device(here, capsys):
    full = Path("/dev/full").stat()
    assert main(["export", "whole", "-o", "sarif=/dev/full"]) == 3
    assert "/dev/full: cannot be written: no space left on device" in capsys.readouterr().err
    assert main(["export", "whole", "-o", "sarif=/dev/null"]) == 0
    assert Path("/dev/full").stat().st_rdev == full.st_rdev
    assert Path("/dev/null").is_char_device()


def test_standard_output_has_a_name_too(here):
    words = ["export", "whole", "-o", "gitlab=/dev/stdout"]
    done = assay_in(here, *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout), "nothing else is printed there"
    with (here / "given").open("w") as given:
        assert assay_in(here, *words, stdout=given).returncode == 0
    assert Path("/dev/stdout").is_symlink(), "no file was put in the place of the link"


def test_a_pipe_is_written_to(here):
    os.mkfifo(here / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((here / "pipe").read_text()), daemon=True)
    reader.start()
    assert main(["export", "whole", "-o", "gitlab=pipe"]) == 0
    reader.join(10)
    assert json.loads(read[0])


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (["export", "whole", "-o", "sarif=nowhere/a.sarif"], "nowhere: the folder is not there", 2),
        (["export", "whole", "-o", "sarif=whole"], "whole: is a folder", 2),
        (["export", "whole", "-o", "sarif=whole/audit.json/a"], "the folder is not there", 2),
        (["diff", "whole", "spoilt", "-o", "nowhere/a.md"], "nowhere/a.md: cannot be written: no such file", 3),
        (["diff", "whole", "spoilt", "-o", "there.md"], "there.md: the file is there already", 2),
        (["diff", "whole", "spoilt", "-o", "."], "Give a file that ends in", 2),
        (["diff", "whole", "spoilt", "-o", "x" * 300 + ".md"], "cannot be written: file name too long", 3),
        (["diff", "whole", "spoilt", "-o", "a\0.md"], "the path is not valid", 2),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_an_output_without_a_place_is_one_error(here, capsys, words, told, code):
    (here / "there.md").write_text("mine")
    before = sorted(os.listdir(here))
    assert main(words) == code
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.out == ""
    assert sorted(os.listdir(here)) == before
    assert (here / "there.md").read_text() == "mine"
