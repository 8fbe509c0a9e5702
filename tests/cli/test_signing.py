"""Where passwords come from: prompt, file descriptor, environment; through a small program with the shared options."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from assay.api import make_demo_identity, make_identity
from assay.cli.main import main

PASSWORD = "öpen sesame"
PROGRAM = """
import argparse, sys
from assay.cli.signing import add_signing, signer_of
from assay.errors import AssayError
parser = argparse.ArgumentParser()
add_signing(parser, option=sys.argv[1])
try:
    signer = signer_of(parser.parse_args(sys.argv[2:]))
except AssayError as error:
    print(error)
    sys.exit(3 if error.kind == "failed" else 2)
print("signs as", signer and signer.name)
"""


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """A key with a password."""
    folder = tmp_path_factory.mktemp("maria")
    return make_identity(folder, "Maria Lopez", password=PASSWORD.encode()).signer


def run(*arguments, option="--sign", descriptors=(), environment=None, data=None):
    """Without a terminal: a session of its own."""
    command = [sys.executable, "-c", PROGRAM, option, *map(str, arguments)]
    done = subprocess.run(
        command, input=data, capture_output=True, check=False, start_new_session=True, pass_fds=descriptors,
        env=os.environ | (environment or {}), timeout=60,
    )  # fmt: skip
    told = (done.stdout + done.stderr).decode()
    assert "Traceback" not in told
    assert PASSWORD not in told
    return done.returncode, told


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\nmore\n"])
def test_a_password_is_the_first_line_of_a_file_descriptor(key, end):
    reader, writer = os.pipe()
    os.write(writer, (PASSWORD + end).encode())
    os.close(writer)
    code, told = run("--sign", key, "--password-fd", reader, descriptors=(reader,))
    rest = os.read(reader, 100)
    os.close(reader)
    assert (code, told) == (0, "signs as Maria Lopez\n")
    assert rest == end.partition("\n")[2].encode()


def test_a_password_comes_from_standard_input_and_from_the_environment(key):
    assert run("--sign", key, "--password-fd", 0, data=PASSWORD.encode()) == (0, "signs as Maria Lopez\n")
    found = run("--key", key, "--password-env", "KEY_PASSWORD", option="--key", environment={"KEY_PASSWORD": PASSWORD})
    assert found == (0, "signs as Maria Lopez\n")


@pytest.mark.parametrize(
    ("options", "data", "code", "what"),
    [
        (("--password-env", "NOT_SET"), None, 2, "NOT_SET is not set"),
        (("--password-env", "EMPTY"), None, 2, "EMPTY is empty"),
        (("--password-env", ""), None, 2, "is empty"),
        (("--password-fd", "0"), b"", 2, "holds no password"),
        (("--password-fd", "0"), b"\nx", 2, "holds no password"),
        (("--password-fd", "0"), b"x" * 5000, 2, "more than 4096 bytes"),
        (("--password-fd", "77"), None, 2, "bad file descriptor"),
        (("--password-fd", "-1"), None, 2, "not the number of a file descriptor"),
        (("--password-fd", "x"), None, 2, "not the number of a file descriptor"),
        (("--password-fd", "0", "--password-env", "EMPTY"), b"x", 2, "not allowed with"),
        (("--password-fd", "0"), b"wrong", 3, "does not open the private key"),
        ((), b"x", 2, "there is no terminal to ask for the password of"),
    ],
)
def test_a_password_that_does_not_come_is_one_clear_error(key, options, data, code, what):
    found, told = run("--sign", key, *options, data=data, environment={"EMPTY": ""})
    assert found == code
    assert what in told


def test_without_a_terminal_both_ways_are_named(key):
    told = run("--sign", key)[1]
    assert "--password-fd" in told
    assert "--password-env" in told


def test_nothing_is_asked_of_a_key_without_a_password(tmp_path):
    path = make_demo_identity(tmp_path)
    assert run("--sign", path, "--password-env", "NOT_SET")[0] == 0
    assert run("--sign", path)[0] == 0


def test_a_password_without_a_key_is_wrong_usage():
    assert run("--password-fd", 0)[0] == 2
    assert run() == (0, "signs as None\n")


def on_terminal(command, *answers):
    """Run a command on a terminal of its own and type an answer at each prompt; gives exit code and what was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, *map(str, command)])
    shown, waiting, until = b"", list(answers), time.monotonic() + 60
    prompts = 0
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                part = os.read(terminal, 1000)
            except OSError:
                break
            if not part:
                break
            shown += part
        if waiting and shown.count(b": ") > prompts and shown.rstrip(b" ").endswith(b":"):
            prompts = shown.count(b": ")
            os.write(terminal, waiting.pop(0).encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


def test_the_terminal_is_asked_and_shows_nothing_of_the_password(key):
    code, shown = on_terminal(["-c", PROGRAM, "--sign", "--sign", key], PASSWORD + "\n")
    assert code == 0
    assert f"password of {key}: " in shown
    assert "signs as Maria Lopez" in shown
    assert PASSWORD not in shown


def test_a_wrong_password_at_the_terminal_is_not_asked_for_again(key):
    code, shown = on_terminal(["-c", PROGRAM, "--sign", "--sign", key], "wrong\n")
    assert code == 3
    assert shown.count("password of") == 1


@pytest.mark.parametrize(("typed", "what"), [("\n", "nothing was typed"), ("\x04", "the terminal was closed")])
def test_nothing_typed_at_the_terminal_is_an_error(key, typed, what):
    code, shown = on_terminal(["-c", PROGRAM, "--sign", "--sign", key], typed)
    assert code == 2
    assert what in shown


def keygen(folder, *answers):
    return on_terminal(["-m", "assay.cli.main", "keygen", folder, "--name", "Maria Lopez"], *answers)


def test_keygen_asks_twice_for_a_new_password(tmp_path):
    code, shown = keygen(tmp_path / "one", "secret\n", "secret\n")
    assert code == 0
    assert "encrypted with the password" in shown
    assert b"ENCRYPTED" in (tmp_path / "one" / "signer.pem").read_bytes()
    code, shown = keygen(tmp_path / "two", "secret\n", "other\n")
    assert code == 2
    assert "the two passwords differ" in shown
    assert not (tmp_path / "two").exists()
    code, shown = keygen(tmp_path / "three", "\n", "\n")
    assert code == 0
    assert "NOT PROTECTED" in shown


def test_an_audit_takes_the_same_options(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["audit", "model.yaml", "--sign", "key.pem", "--password-fd", "3", "--password-env", "X"])
    assert "not allowed with" in capsys.readouterr().err


def test_ctrl_c_at_the_prompt_writes_nothing(tmp_path):
    code, shown = keygen(tmp_path / "new", "\x03")
    assert code == 130
    assert "interrupted" in shown
    assert not (tmp_path / "new").exists()
