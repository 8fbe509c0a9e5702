"""Training scripts that fail or mean harm, in the real process: each is told with its reason, and does no harm."""

import os
import socket
import textwrap
from pathlib import Path

import pytest

from assay.errors import DataError, ManifestError
from assay.subject.confinement import landlock
from assay.subject.confinement.system import machine
from assay.subject.origins import Unsupported
from assay.subject.paths import digest
from assay.subject.scorer import ModelFailure
from assay.subject.training import LARGEST_MODEL, train_again
from subjects import subject

walled = pytest.mark.skipif(not machine() or not landlock.version(), reason="this kernel has not all walls")
WRITES = "open('model.skops', 'w').write('made')"


def training(
    folder: Path, script: str, *, produces="model.skops", arguments=(), seconds=60.0, memory=4 * 10**9, **more
):
    """What the script made, as text."""
    (folder / "train.py").write_text(textwrap.dedent(script))
    (folder / "people.csv").write_text("a\n1\n")
    (folder / "model.skops").write_text("the model itself")
    of = subject(
        folder,
        identity={"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}},
        data={"train": {"path": "people.csv"}},
        training={
            "script": {"path": "train.py"},
            "command": ["python", "train.py", *arguments],
            "produces": produces,
        },
    )
    with train_again(of, memory=memory, seconds=seconds, **more) as made:
        scratch = made
        text = made.read_text()
    assert not scratch.exists(), "the folder of the training is left behind"
    return text


def told(folder: Path, script: str, **more) -> str:
    with pytest.raises(ModelFailure) as failure:
        training(folder, script, **more)
    assert "training" in failure.value.where or "model.yaml" in failure.value.where
    return failure.value.what


def test_it_runs_as_a_command_does_with_its_arguments_beside_its_files(tmp_path):
    script = """
    import os, sys, threading, time
    if __name__ == "__main__":
        found = sorted(name for _, _, names in os.walk(".") for name in names)
        def later():
            time.sleep(0.5)
            with open("model.skops", "w") as file:
                file.write(f"{sys.argv} {found} {open('people.csv').read()!r} {sys.stdin.read()!r}")
        threading.Thread(target=later).start()  # a command ends when its last thread does
    """
    made = training(tmp_path, script, arguments=("--depth", "a b; touch x"))
    assert made == r"['train.py', '--depth', 'a b; touch x'] ['people.csv', 'train.py'] 'a\n1\n' ''"


def test_an_exit_with_nothing_to_say_is_a_success(tmp_path):
    assert training(tmp_path, f"import sys; {WRITES}; sys.exit()") == "made"
    assert training(tmp_path, f"import os; {WRITES}; os.closerange(3, 256)") == "made"


def test_what_the_training_writes_does_not_reach_the_folder_of_the_manifest(tmp_path):
    script = f"{WRITES}; open('people.csv', 'w').write('gone'); open('train.py', 'w').write('gone'); open('new', 'w')"
    assert training(tmp_path, script) == "made"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.skops", "model.yaml", "people.csv", "train.py"]
    assert (tmp_path / "model.skops").read_text() == "the model itself"
    assert (tmp_path / "people.csv").read_text() == "a\n1\n"


@pytest.mark.parametrize(("script", "why"), [
    ("import sys; print('no luck'); sys.exit(1)", "ended with code 1; its last words: no luck"),
    ("raise SystemExit('not today')", "ended with code 1; its last words: not today"),
    ("import os; os._exit(7)", "ended with code 7"),
    ("import os; os.abort()", "ended by signal 6"),
    ("raise ValueError('wrong data')", "ended with code 1; its last words: ValueError: wrong data"),
    ("import no_such_module_of_anybody", "No module named 'no_such_module_of_anybody'"),
    ("this is no Python", "SyntaxError"),
    ("pass", "wrote no file 'model.skops'"),
    ("import os; os.mkdir('model.skops')", "something else than a file"),
    (f"import os; os.truncate(os.open('model.skops', 66), {LARGEST_MODEL + 1})", "of more than 500 MB"),
    ("import os; os.truncate(os.open('model.skops', 66), 2 * 10**9)", "File too large"),
    ("print('x' * 10**8); raise SystemExit(2)", "ended with code 2"),
    ("x = bytearray(3 * 10**9)", "MemoryError"),
    ("import os\nfor i in range(10**6): open(str(i), 'w').close()", "wrote more than 10,000 files and was ended"),
])  # fmt: skip
def test_a_training_that_fails_is_told_with_its_reason(tmp_path, script, why):
    assert why in told(tmp_path, script, memory=10**9)


def test_a_training_that_sleeps_for_ever_is_ended(tmp_path):
    assert "took longer than 8 s and was ended" in told(tmp_path, "import time; time.sleep(10**6)", seconds=8.0)


def test_a_forged_word_to_the_parent_neither_ends_the_wait_nor_makes_a_model(tmp_path):
    forged = "import os, time; os.write(4, b'{}\\n'); time.sleep(1); " + WRITES
    assert training(tmp_path, forged) == "made"
    assert "wrote no file" in told(tmp_path, "import os; os.write(4, b'{}\\n')")
    flood = "import os\nwhile True: os.write(4, b'{}\\n')"
    assert "gave no answer that can be read and was ended" in told(tmp_path, flood)


TRIED = """
done = []
def attempt(name, what):
    try:
        what()
        done.append(name)
    except (OSError, KeyError):
        pass
"""
HARM = {
    "tcp": "__import__('socket').create_connection(('127.0.0.1', {port}), 2)",
    "udp": "__import__('socket').socket(type=2).sendto(b'x', ('127.0.0.1', {port}))",
    "read_key": "open({home!r} + '/.ssh/id').read()",
    "list_home": "__import__('os').listdir({home!r})",
    "write_home": "open({home!r} + '/new', 'w')",
    "read_model": "open({folder!r} + '/model.skops').read()",
    "read_manifest": "open({folder!r} + '/model.yaml').read()",
    "write_model": "open({folder!r} + '/model.skops', 'w')",
    "write_script": "open({folder!r} + '/train.py', 'a')",
    "write_given": "open('../given/x', 'w')",
    "read_users": "open('/etc/passwd').read()",
    "secret": "__import__('os').environ['ASSAY_TEST_SECRET']",
    "secret_of_parent": "open(f'/proc/{{__import__(\"os\").getppid()}}/environ').read()",
    "program": "__import__('subprocess').run(['/bin/touch', {folder!r} + '/new'])",
    "shell": "__import__('subprocess').run('touch ' + {folder!r} + '/new', shell=True)",
    "kill_parent": "__import__('os').kill(__import__('os').getppid(), 9)",
}


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """A home with a key, a folder with the manifest, a listener that counts who came."""
    home, folder = tmp_path / "home", tmp_path / "audit"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("the key")
    folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ASSAY_TEST_SECRET", "x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield folder, {"home": str(home), "folder": str(folder), "port": listener.getsockname()[1]}
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert sorted(path.name for path in home.rglob("*")) == [".ssh", "id"]
    assert sorted(path.name for path in folder.iterdir()) == ["model.skops", "model.yaml", "people.csv", "train.py"]
    assert (folder / "model.skops").read_text() == "the model itself"


@walled
@pytest.mark.parametrize(
    "without", [frozenset(), frozenset({"namespaces", "landlock", "seccomp"})], ids=["all walls", "python only"]
)
def test_no_network_no_file_of_others_no_secret_no_program(surroundings, without):
    folder, values = surroundings
    tried = "".join(f"attempt({name!r}, lambda: {what.format(**values)})\n" for name, what in HARM.items())
    assert training(folder, f"{TRIED}{tried}open('model.skops', 'w').write(repr(done))", without=without) == "[]"


@walled
@pytest.mark.parametrize(("script", "why"), [
    ("__import__('urllib.request').request.urlopen('http://127.0.0.1:{port}')", "urllib.error.URLError"),
    ("open({home!r} + '/.ssh/id').read()", "PermissionError"),
    ("open({folder!r} + '/model.skops', 'w')", "PermissionError"),
    ("__import__('subprocess').run(['true'])", "PermissionError"),
])  # fmt: skip
def test_harm_that_is_not_caught_ends_the_training_with_its_name(surroundings, script, why):
    folder, values = surroundings
    assert f"the training command ended with code 1; its last words: {why}" in told(folder, script.format(**values))


@pytest.mark.parametrize("produces", ["../model.skops", "/tmp/model.skops", "a/../../x"])
def test_what_it_makes_lies_in_its_folder(tmp_path, produces):
    with pytest.raises(ManifestError) as error:
        training(tmp_path, WRITES, produces=produces)
    assert "model.yaml:" in error.value.where


@walled
def test_a_link_in_the_place_of_the_model_gives_no_other_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the key")
    script = f"import os; os.symlink({str(secret)!r}, 'model.skops')"
    assert "PermissionError" in told(tmp_path, script)
    without = frozenset({"namespaces", "landlock", "seccomp"})
    native = f"import ctypes; ctypes.CDLL(None).symlink({str(secret).encode()!r}, b'model.skops')"
    assert "so that it cannot be read" in told(tmp_path, native, without=without)


def test_a_copy_of_the_model_under_another_name_is_no_training_data(tmp_path):
    (tmp_path / "train.py").write_text(WRITES)
    (tmp_path / "people.csv").write_text("the model itself")
    (tmp_path / "model.skops").write_text("the model itself")
    of = subject(
        tmp_path,
        identity={"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}},
        data={"train": {"path": "people.csv"}},
        training={"script": {"path": "train.py"}, "command": ["python", "train.py"], "produces": "made.skops"},
    )
    with pytest.raises(Unsupported, match="its own result"), train_again(of, memory=10**9, seconds=60.0):
        pass


def test_files_that_changed_since_their_digest_was_taken_train_nothing(tmp_path):
    (tmp_path / "train.py").write_text(WRITES)
    (tmp_path / "people.csv").write_text("a\n1\n")
    (tmp_path / "model.skops").write_text("the model itself")
    of = subject(
        tmp_path,
        identity={"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}},
        data={"train": {"path": "people.csv"}},
        training={"script": {"path": "train.py"}, "command": ["python", "train.py"], "produces": "made.skops"},
    )
    (tmp_path / "people.csv").write_text("a\n2\n")
    with pytest.raises(DataError, match="changed while it was read"), train_again(of, memory=10**9, seconds=60.0):
        pass


def test_a_folder_of_data_keeps_its_names_and_its_digest(tmp_path):
    (tmp_path / "train.py").write_text("import os; open('made', 'w').write(str(sorted(os.listdir('data'))))")
    (tmp_path / "data").mkdir()
    for name in ("b.csv", "a.csv"):
        (tmp_path / "data" / name).write_text(f"a\n{name}\n")
    (tmp_path / "model.skops").write_text("the model itself")
    of = subject(
        tmp_path,
        identity={"id": "m", "name": "M", "version": "1", "artefact": {"path": "model.skops", "format": "skops"}},
        data={"train": {"path": "data/*.csv"}},
        training={"script": {"path": "train.py"}, "command": ["python", "train.py"], "produces": "made"},
    )
    with train_again(of, memory=10**9, seconds=60.0) as made:
        assert made.read_text() == "['a.csv', 'b.csv']"
        assert digest(made) is not None
        assert os.stat(made.parent).st_mode & 0o077 == 0
