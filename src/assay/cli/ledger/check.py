"""`assay ledger check`."""

from __future__ import annotations

import argparse
from base64 import b64encode
from typing import Any

from assay.cli.arguments import given
from assay.cli.ledger.arguments import add_address
from assay.cli.terminal import printable, say

EXIT = {"consistent": 0, "inconsistent": 1, "not_evaluated": 3}


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "check",
        help="find out whether a ledger was changed",
        description="Make the tree of a ledger again from all its entries, and compare it with the hashes it stores "
        "and with the checkpoints that others have kept. Exit code: 0 consistent · 1 not · 2 unreadable · 3 there is "
        "no checkpoint to compare it with.",
    )
    add_address(parser)
    parser.add_argument(
        "--against", type=given, nargs="+", action="extend", default=[], metavar="CHECKPOINT|BUNDLE",
        help="what was kept: a checkpoint, a proof, an export, a bundle",
    )  # fmt: skip
    parser.add_argument("--trust", type=given, metavar="FILE", help="trust file whose `ledgers` are the known keys")
    parser.add_argument(
        "--verifier", type=given, action="append", default=[], metavar="KEY",
        help="known verifier key, as `assay ledger new` prints it; repeatable",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the ledger, and say what it was compared with."""
    from assay.api import check_ledger

    found = check_ledger(args.address, against=args.against, trust=args.trust, verifiers=args.verifier)
    for problem in found.problems:
        say(printable(f"{args.address}: {problem}"))
    say(printable(f"{args.address}: {found.origin}, {found.size} entries, root {b64encode(found.root).decode()}"))
    for one in found.compared:
        if not one.own or one.key_known:
            signed = "signed by a known key" if one.key_known else "its signature was not checked: log key not known"
            say(printable(f"  compared with {one.name}, {one.size} entries; {signed}"))
    say(_sentence(found.verdict, found.size - found.covered))
    return EXIT[found.verdict]


def _sentence(verdict: str, newer: int) -> str:
    if verdict == "inconsistent":
        return "NOT CONSISTENT"
    if verdict == "not_evaluated":
        return "not evaluated: no checkpoint was given, and none of its own is signed by a key that was given"
    return f"consistent; {newer} entries are newer than each of these checkpoints" if newer else "consistent"
