"""`assay waiver list`."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given, moment
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.api import ListedWaiver

HEADINGS = ("waiver", "control", "groups", "approver", "signed by", "last day", "left", "state")


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "list",
        help="list waivers, the one that ends first at the top",
        description="List the waivers of files and folders by their last day. Whether a waiver fits a model, only an "
        "audit says.",
    )
    parser.add_argument("paths", type=given, metavar="FILE|DIR", nargs="+", help="waiver file, or folder of them")
    parser.add_argument("--at", type=moment, metavar="TIME", help="clock of the waivers (default: now)")
    parser.add_argument("--json", action="store_true", help="print JSON for other programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List the waivers."""
    from assay.api import list_waivers

    listed = list_waivers(args.paths, at=args.at or datetime.now(UTC))
    if args.json:
        say(json.dumps([_plain(one) for one in listed], indent=2, ensure_ascii=False))
        return 0
    if not listed:
        say("no waivers")
        return 0
    rows = [HEADINGS, *(_row(one) for one in listed)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(one: ListedWaiver) -> tuple[str, ...]:
    waiver = one.waiver
    groups = "; ".join(f"{name}: {', '.join(_several(group))}" for name, group in waiver.groups.items()) or "all"
    approver = waiver.approver.name or waiver.approver.id
    signed = ", ".join(one.signed_by) or "nobody"
    told = (waiver.id, waiver.control, groups, approver, signed, str(waiver.expires), str(one.days_left), one.state)
    return tuple(printable(text) for text in told)


def _plain(one: ListedWaiver) -> dict[str, Any]:
    waiver = one.waiver
    return {
        "id": waiver.id,
        "control": waiver.control,
        "groups": {name: _several(group) for name, group in waiver.groups.items()},
        "approver": waiver.approver.name or waiver.approver.id,
        "signed_by": one.signed_by,
        "expires": str(waiver.expires),
        "days_left": one.days_left,
        "in_time": one.in_time,
        "state": one.state,
        "reason": waiver.reason,
        "file": one.file,
    }


def _several(group: str | tuple[str, ...]) -> tuple[str, ...]:
    return (group,) if isinstance(group, str) else group
