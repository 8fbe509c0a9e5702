"""`assay archive …`: one file per part."""

from __future__ import annotations

from typing import Any

from assay.cli.archive import pack, renew, unpack


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser(
        "archive",
        help="pack, unpack and renew a signed bundle",
        description="Keep a signed bundle, pass it on, and renew its timestamps.",
    )
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    for part in (pack, renew, unpack):
        part.add_to(parts)
