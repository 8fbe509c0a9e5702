"""`assay waiver check`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from assay.cli.arguments import given, moment
from assay.cli.terminal import printable, say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "check",
        help="read waiver files and say every error with its place",
        description="Read waiver files together and say every error with its place. With --policy, a waiver that can "
        "never hold is an error too: no such control, one that cannot be waived, an approver who owns the policy. "
        "What has expired, or soon will, is a warning. Exit code: 2 where there is an error, else 0.",
    )
    parser.add_argument("files", type=given, metavar="FILE", nargs="+", help="waiver file")
    parser.add_argument(
        "--policy", type=given, action="append", default=[], metavar="FILE|PACK",
        help="policy that the waivers are for; repeatable, name every policy that they speak of",
    )  # fmt: skip
    parser.add_argument("--at", type=moment, metavar="TIME", help="clock of the warnings (default: now)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read all files as one, and compare them with the policies and the clock."""
    from assay.api import check_waivers, signed_by

    files, remarks = check_waivers(args.files, policies=args.policy, at=args.at or datetime.now(UTC))
    for remark in remarks:
        kind = "" if remark.wrong else "warning: "
        say(printable(f"{remark.where}: {kind}{remark.what}"), error=True)
    for name, file in zip(args.files, files, strict=True):
        signed = f"signed by {', '.join(signers)}" if (signers := signed_by(name)) else "not signed"
        say(printable(f"{name}: {_counted(len(file.decisions))}, {file.digest}, {signed}"))
    return 2 if any(remark.wrong for remark in remarks) else 0


def _counted(number: int) -> str:
    return "1 waiver" if number == 1 else f"{number} waivers"
