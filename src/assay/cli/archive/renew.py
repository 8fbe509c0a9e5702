"""`assay archive renew`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.sign import add_authority, add_material
from assay.cli.terminal import printable, say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "renew",
        help="add a timestamp to a signed bundle, so that it can be verified longer",
        description="Add a timestamp to the PDF report and one over the whole bundle. Do it before the certificates of "
        "the last timestamp expire; what was signed before is then proven to be older.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder of a signed audit")
    add_authority(parser, required=True)
    add_material(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Add the timestamps and say where they are."""
    from assay.api import renew

    say(f"{printable(str(renew(args.bundle, tsa=args.tsa, trust=args.trust)))}: timestamped")
    return 0
