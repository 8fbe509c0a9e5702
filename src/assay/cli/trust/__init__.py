"""`assay trust …`: one file per part."""

from __future__ import annotations

from typing import Any

from assay.cli.trust import check, new


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser(
        "trust",
        help="begin and check the file that says whom you believe",
        description="Work with trust files: which authorities, people and ledgers the reader of a report believes.",
    )
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    for part in (check, new):
        part.add_to(parts)
