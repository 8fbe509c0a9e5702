"""`assay report`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import say

VIEWS = ("ll144-summary",)


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "report",
        help="write a view of a bundle for one kind of reader, such as a public summary",
        description="Write a view of a bundle from its record alone; nothing is measured. ll144-summary: the summary "
        "of a bias audit that New York City asks to be published (6 RCNY 5-303), of an audit with the pack nyc-ll144.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=given, help="folder of the audit, or its .asice file")
    parser.add_argument("--view", choices=VIEWS, required=True, help="what to write")
    parser.add_argument(
        "-o", "--out", metavar="FILE", type=given, required=True, help="new file to write: .html or .pdf"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the view to a new file."""
    from assay.api import render_view, write_new

    write_new(args.out, render_view(args.bundle, args.view, ending=Path(args.out).suffix.lower()))
    say(f"{args.out}: {args.view} of {args.bundle}")
    return 0
