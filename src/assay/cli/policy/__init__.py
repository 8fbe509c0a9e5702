"""`assay policy …`: one file per part."""

from __future__ import annotations

from typing import Any

from assay.cli.policy import check, diff, docs, lock, matrix, new, schema, show, test
from assay.cli.policy import list as list_


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser(
        "policy", help="write, check, test and compare policies", description="Work with policies."
    )
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    for part in (check, diff, docs, list_, lock, matrix, new, schema, show, test):
        part.add_to(parts)
