"""`assay archive …`: one file per part."""

from __future__ import annotations

from typing import Any

from assay.cli.archive import pack, unpack


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser(
        "archive", help="pack and unpack a signed bundle", description="Keep a signed bundle and pass it on."
    )
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    for part in (pack, unpack):
        part.add_to(parts)
