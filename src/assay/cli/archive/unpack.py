"""`assay archive unpack`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "unpack",
        help="write the files of an archive (.asice) as a folder",
        description="Write the files of an archive (.asice) as a folder. An archive that is not exactly as `assay "
        "archive pack` writes it is refused. Whether the files are intact is what `assay verify` says, of either.",
    )
    parser.add_argument("archive", type=given, metavar="FILE", help="archive of a bundle")
    parser.add_argument("--out", type=given, required=True, metavar="DIR", help="folder to be made")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the folder and say where it is."""
    from assay.api import unpack

    say(printable(str(unpack(args.archive, args.out))))
    return 0
