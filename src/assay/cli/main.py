"""`assay`: arguments in, exit code out. Anything but AssayError and the keyboard is a bug and shows itself, with 3."""

from __future__ import annotations

import argparse
import errno
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from assay.cli.interruption import Interruption
from assay.cli.terminal import say
from assay.errors import AssayError

EXIT_CODES = """\
exit codes: 0 gate open · 1 a blocking fail · 2 usage, policy, manifest or data invalid · 3 error while evaluating,
writing or signing · 4 blocking inconclusive, missing sign-off, or nothing evaluated.
verify: 0 intact · 1 not intact, not trusted, or an outcome differs · 2 unreadable · 3 could not be evaluated.
diff: 0 nothing got worse · 1 something did · 2 unreadable. Interrupted: 130."""

INTERRUPTED = 130
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


COMMANDS = (
    "init",
    "audit",
    "sign",
    "approve",
    "gate",
    "attest",
    "sign-off",
    "verify",
    "report",
    "export",
    "diff",
    "archive",
    "inventory",
    "plan",
    "explain",
    "policy",
    "waiver",
    "ledger",
    "trust",
    "keygen",
    "doctor",
)


def parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command line: of the command that the arguments begin with, or the whole of it."""
    top = argparse.ArgumentParser(
        prog="assay",
        description="Check machine-learning models against policies written in YAML; write, sign and verify reports.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name in arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS:
        import_module(f"assay.cli.{name.replace('-', '_')}").add_to(commands)
    return top


def command() -> NoReturn:
    """The command of a terminal: run it and be gone.

    Everything that was opened is closed by then. To take the modules apart as well, object by object, would take longer
    than many a command.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):  # a reader who went away changes no exit code
                stream.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    gc.set_threshold(
        100_000, 50, 50
    )  # hardly anything of a command becomes garbage; looking for it is a tenth of its start
    given = sys.argv[1:] if arguments is None else arguments
    interruption = Interruption()
    interruption.listen()
    try:
        return _run(given, interruption)
    except AssayError as error:
        say(f"assay: {error}", error=True)
        return 3 if error.kind == "failed" else 2
    except OSError as error:
        if error.errno not in NO_ROOM:
            return _bug()
        say(f"assay: cannot write: {error.strerror}; free some space and run again", error=True)
        return 3
    except Exception:  # noqa: BLE001  a bug shows its traceback, and never the exit code of a blocking fail
        return _interrupted() if interruption.asked else _bug()
    except KeyboardInterrupt:
        return _interrupted()


def _run(given: Sequence[str], interruption: Interruption) -> int:
    top = parser(given)
    args = top.parse_args(given)
    if args.version:
        from importlib.metadata import version

        say(f"assay {version('assay')}")
        return 0
    if args.command is None:
        top.print_help()
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # what else is installed here has no say in how files are read
    args.interruption = interruption
    code: int = args.run(args)
    return code


def _interrupted() -> int:
    say("assay: interrupted; nothing was written", error=True)
    return INTERRUPTED


def _bug() -> int:
    traceback.print_exc()
    say("assay: this is a bug in assay; nothing was decided", error=True)
    return 3


if __name__ == "__main__":
    command()
