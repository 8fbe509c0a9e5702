"""`assay ledger …`: one file per part."""

from __future__ import annotations

from typing import Any

from assay.cli.ledger import check, export, log, new, prove


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser(
        "ledger",
        help="make, list, prove, check and export a ledger",
        description="Work with a ledger: the append-only log of policies, plans, audits, waivers and sign-offs. "
        "ADDRESS is the path of an SQLite file or postgresql://user@host:port/database; the password of a server "
        "is taken from PGPASSWORD or ~/.pgpass.",
    )
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    for part in (check, export, log, new, prove):
        part.add_to(parts)
