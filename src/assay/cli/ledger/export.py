"""`assay ledger export`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.ledger.arguments import add_address, add_key
from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "export",
        help="write a ledger as plain files",
        description="Write all entries as lines of JSON, a checkpoint, and a program of twenty lines that makes the "
        "root again. Without the key, the checkpoint is the last one that the ledger keeps.",
    )
    add_address(parser)
    parser.add_argument(
        "--out", type=given, metavar="DIR", required=True, help="folder to write, which must not be there yet"
    )
    add_key(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files."""
    from assay.api import export_ledger

    written, covered = export_ledger(args.address, args.out, key=args.key)
    say(f"{args.out}: {written} entries, of which the checkpoint covers {covered}; VERIFY.txt says how to check them")
    return 0
