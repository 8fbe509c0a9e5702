"""`-o FORMAT=FILE`: what `assay audit` and `assay export` write for other programs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import say
from assay.errors import AssayError, WriteError

FORMATS = (
    "sarif", "code-scanning", "github", "gitlab", "junit", "markdown", "comment", "csv", "openmetrics", "oscal",
    "cyclonedx", "model-card", "html", "pdf",
)  # fmt: skip
"""For `--help`, which loads nothing."""
FILES_ALONE = ("html", "pdf")
STANDARD = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Other names of standard output, where nothing else is printed then."""


@dataclass(frozen=True)
class Output:
    """A format and where it goes."""

    format: str
    file: str | None
    """None: standard output."""


def output(text: str) -> Output:
    """`sarif=a.sarif`; `github` or `github=-` for standard output."""
    from assay.api import check_format

    name, equals, file = text.partition("=")
    try:
        check_format(name)
    except AssayError as unknown:
        raise argparse.ArgumentTypeError(f"{unknown.what}. {unknown.hint}") from None
    if equals and not file.strip():
        raise argparse.ArgumentTypeError(f"{text!r} names no file")
    to_file = equals and file != "-" and (name in FILES_ALONE or os.path.abspath(file) not in STANDARD)
    if name in FILES_ALONE and not to_file:
        raise argparse.ArgumentTypeError(f"{name} goes to a file: {name}=FILE")
    return Output(name, file if to_file else None)


def add_outputs(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """`-o`, `--base` and `--report`."""
    parser.add_argument(
        "-o",
        "--output",
        type=output,
        action="append",
        default=[],
        required=required,
        metavar="FORMAT=FILE",
        help=f"write it for another program, also over a file that is there; without FILE, or with -, print it; "
        f"repeatable. Formats: {', '.join(FORMATS)}. code-scanning is what of sarif GitHub is to show",
    )
    parser.add_argument("--base", type=given, metavar="BUNDLE", help="earlier audit that comment compares with")
    parser.add_argument(
        "--report", type=given, metavar="LINK", help="where the whole report can be read; outputs that are cut name it"
    )


def refuse_impossible(outputs: Sequence[Output]) -> None:
    """Say before any work that an output has no place to go."""
    if sum(one.file is None for one in outputs) > 1:
        raise AssayError("only one output can be printed", hint="Give the others a file: -o FORMAT=FILE.")
    seen: dict[Path, str] = {}
    for one in outputs:
        if one.file is None:
            continue
        target = Path(one.file)
        if os.path.isdir(target):  # which takes any name, also one that no file can have
            raise AssayError("is a folder", where=one.file, hint=f"Name a file: -o {one.format}=FILE.")
        if not os.path.isdir(target.parent):
            raise AssayError("the folder is not there", where=str(target.parent), hint="Make it first.")
        device = os.path.abspath(target).startswith(("/dev/", "/proc/"))  # where nobody may make a file
        if not device and not os.access(target.parent, os.W_OK | os.X_OK):
            raise WriteError("the folder cannot be written", where=str(target.parent))
        place = target.absolute()
        if place in seen:
            raise AssayError(f"{seen[place]} and {one.format} go to the same file", where=one.file)
        seen[place] = one.format


def printed(outputs: Sequence[Output]) -> bool:
    """Whether standard output is taken by one of them."""
    return any(one.file is None for one in outputs)


def write_outputs(outputs: Sequence[Output], recorded: Any, bundle: str | Path) -> None:
    """Write each whole, from what `recorded_of` gave. What cannot be written is told after all others have been."""
    from assay.api import render_export, write_over

    failed: WriteError | None = None
    for one in outputs:
        try:
            content = render_export(one.format, recorded, bundle)
            if one.file is None:
                _print(content if isinstance(content, str) else content.decode())
            else:
                write_over(one.file, content)
        except AssayError as error:
            failed = failed or WriteError(error.what, where=error.where, hint=error.hint)
    if failed is not None:
        raise failed


def _print(text: str) -> None:
    """To another program as it would stand in a file; to a terminal what may be shown there."""
    if sys.stdout is None:
        return
    if sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        say(text.removesuffix("\n"))
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
