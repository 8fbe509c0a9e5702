"""`assay verify`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.terminal import printable, say

INTACT, NOT_INTACT = 0, 1


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "verify",
        help="check a bundle: signature, digests, schema, and every outcome again",
        description="Check that a bundle is as signed, and that every outcome follows from the stored estimates.",
    )
    parser.add_argument("bundle", metavar="PATH", help="folder of an audit")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify a bundle and say what is wrong, and where."""
    from assay.api import verify

    verification = verify(Path(args.bundle))
    for problem in verification.problems:
        say(f"{printable(problem.file)}: {printable(problem.what)}")
    say("INTACT" if verification.intact else "NOT INTACT")
    for statement in verification.statements:
        say(f"  {printable(statement)}")
    return INTACT if verification.intact else NOT_INTACT
