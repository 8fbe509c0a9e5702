"""`assay archive pack`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "pack",
        help="write a signed bundle as one file (.asice)",
        description="Write a signed bundle as one file, an ASiC-E container (.asice). The same bundle always gives the "
        "same bytes. The bundle stays as it is.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder of a signed audit")
    parser.add_argument("--out", type=given, metavar="FILE", help="where it is written (default: BUNDLE.asice)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the archive and say where it is."""
    from assay.api import pack

    say(printable(str(pack(args.bundle, out=args.out))))
    return 0
