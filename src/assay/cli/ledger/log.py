"""`assay ledger log`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from assay.cli.ledger.arguments import add_address
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.record.ledger import Entry

HEADINGS = ("index", "made", "kind", "name", "digest", "gate")
SHOWN = len("sha256:") + 12


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "log",
        help="list the entries of a ledger, the newest last",
        description="List the entries of a ledger, the newest last. Whether they are still what they were, `assay "
        "ledger check` says.",
    )
    add_address(parser, optional=True)
    parser.add_argument("--json", action="store_true", help="print whole entries as JSON, one a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List the entries."""
    from assay.api import ledger_entries

    rows = []
    for index, entry in ledger_entries(args.address):
        if args.json:
            say(json.dumps({"index": index, "entry": entry.model_dump(mode="json")}))
        else:
            rows.append(_row(index, entry))
    if args.json:
        return 0
    if not rows:
        say("no entries")
        return 0
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    for row in (HEADINGS, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(index: int, entry: Entry) -> tuple[str, ...]:
    made = f"{entry.made:%Y-%m-%d %H:%M:%S}Z"
    told = (str(index), made, entry.kind, entry.name, entry.digest[:SHOWN], entry.gate or "")
    return tuple(printable(text) for text in told)
