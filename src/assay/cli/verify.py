"""`assay verify`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say

INTACT, NOT_INTACT, NOT_EVALUATED = 0, 1, 3


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "verify",
        help="check a bundle, an .asice or a report PDF: signatures, digests, and every outcome again",
        description="Check that a bundle, an archive of one (.asice) or a report PDF alone is as signed, and that "
        "every outcome follows from the stored estimates. Intact does not mean trusted: with --trust it is also "
        "checked who signed. Exit code: 0 intact, and trusted where --trust is given; 1 not intact, an outcome "
        "differs, or the signatures are not what --trust asks for; 2 unreadable; 3 could not be evaluated.",
    )
    parser.add_argument("bundle", type=given, metavar="PATH", help="folder of an audit, .asice file or report PDF")
    parser.add_argument("--trust", type=given, metavar="FILE", help="trust file: whom to believe (see `assay trust`)")
    parser.add_argument(
        "--recompute", action="store_true", help="compute the estimates again from the evidence tables, and compare"
    )
    parser.add_argument("--json", action="store_true", help="print everything that was found as one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify a bundle and say what is wrong, and where; then whether it is intact, and whether to believe it."""
    from assay.api import render_verification, verify

    found = verify(Path(args.bundle), trust=args.trust, recompute=args.recompute)
    if args.json:
        say(render_verification(found))
    else:
        lines = [f"{problem.file}: {problem.what}" for problem in found.problems]
        lines.append(found.verdict)
        lines += [f"NOT EVALUATED: {found.unevaluated}"] if found.unevaluated else []
        lines += [f"  not trusted: {doubt}" for doubt in found.doubts or ()]
        lines += [f"  {statement}" for statement in found.statements]
        say("\n".join(map(printable, lines)))
    if found.problems or found.doubts:
        return NOT_INTACT
    return NOT_EVALUATED if found.unevaluated else INTACT
