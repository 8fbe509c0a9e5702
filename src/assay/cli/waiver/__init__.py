"""`assay waiver …`: one file per part."""

from __future__ import annotations

from typing import Any

from assay.cli.waiver import check, list, new  # noqa: A004  the parts are called what the command line calls them


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser("waiver", help="begin, check and list waivers", description="Work with waivers.")
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    for part in (check, list, new):
        part.add_to(parts)
