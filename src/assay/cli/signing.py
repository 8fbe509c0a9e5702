"""Options of every command that signs: where the key lies, and its password, which never stands on a command line."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say
from assay.errors import AssayError

_LONGEST_PASSWORD = 4096
_TWO_WAYS = "give it with --password-fd N or --password-env NAME"


def add_signing(parser: argparse.ArgumentParser, *, required: bool = False, option: str = "--sign") -> None:
    """`--sign KEY`, and where its password comes from."""
    parser.add_argument(
        option,
        dest="sign",
        type=given,
        required=required,
        metavar="KEY",
        help="who signs: a PEM or PKCS #12 file with key, certificate and chain, or pkcs11:token=…?module-path=…",
    )
    add_password(parser)


def add_password(parser: argparse.ArgumentParser) -> None:
    """`--password-env` and `--password-fd`; without them the terminal is asked."""
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--password-env", type=given, metavar="NAME", help="environment variable that holds the key's password or PIN"
    )
    ways.add_argument(
        "--password-fd",
        type=_descriptor,
        metavar="N",
        help="file descriptor whose first line is the key's password or PIN (neither: a prompt)",
    )


def signer_of(args: argparse.Namespace) -> Any:
    """Read the signer (`assay.api.load_signer`) that the arguments name; None where they name none."""
    if args.sign is None:
        if args.password_env is not None or args.password_fd is not None:
            raise AssayError("a password was given, but no key", hint="name the key")
        return None
    from assay.api import load_signer

    return load_signer(args.sign, password=_given_password(args) or _prompt)


def new_password(args: argparse.Namespace) -> bytes | None:
    """The password for a key that is made now; None where nobody gives one."""
    read = _given_password(args)
    if read is not None:
        return read("the new password")
    if not _there_is_a_terminal():
        return None
    first = _ask("password for the new key (Enter for none)")
    if first != _ask("the same again"):
        raise AssayError("the two passwords differ; no key was made")
    return first or None


def _given_password(args: argparse.Namespace) -> Callable[[str], bytes] | None:
    if args.password_env is not None:
        return lambda what: _from_environment(args.password_env, what)
    if args.password_fd is not None:
        return lambda what: _from_descriptor(args.password_fd, what)
    return None


def _from_environment(name: str, what: str) -> bytes:
    if name not in os.environ:
        raise AssayError(f"the environment variable {name} is not set", hint=f"it should hold the {printable(what)}")
    value = os.fsencode(os.environ[name])
    if not value:
        raise AssayError(f"the environment variable {name} is empty", hint=f"it should hold the {printable(what)}")
    return value


def _from_descriptor(number: int, what: str) -> bytes:
    """Byte by byte: what comes after the line is not ours."""
    line = bytearray()
    try:
        while (byte := os.read(number, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > _LONGEST_PASSWORD:
                raise AssayError(f"file descriptor {number} holds a line of more than {_LONGEST_PASSWORD} bytes")
    except OSError as error:
        why = (error.strerror or "error").lower()
        hint = f"e.g. {number}<FILE at the end of the command"
        raise AssayError(f"file descriptor {number} cannot be read: {why}", hint=hint) from error
    value = bytes(line).removesuffix(b"\r")
    if not value:
        raise AssayError(f"file descriptor {number} holds no password", hint=f"its first line is the {printable(what)}")
    return value


def _prompt(what: str) -> bytes:
    if not _there_is_a_terminal():
        raise AssayError(f"there is no terminal to ask for the {printable(what)}", hint=_TWO_WAYS)
    value = _ask(printable(what))
    if not value:
        raise AssayError(f"nothing was typed as {printable(what)}", hint=_TWO_WAYS)
    return value


def _ask(what: str) -> bytes:
    try:
        return os.fsencode(getpass.getpass(f"{what}: "))
    except EOFError:
        say("", error=True)  # the cursor still stands behind the prompt
        raise AssayError("the terminal was closed before a password was typed", hint=_TWO_WAYS) from None


def _there_is_a_terminal() -> bool:
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except (OSError, AttributeError):
        return False
    return True


def _descriptor(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a file descriptor; write e.g. 3, and 3<FILE")
    return int(text)
