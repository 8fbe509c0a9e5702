"""`assay ledger new`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.ledger.arguments import add_address, add_key
from assay.cli.terminal import printable, say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "new",
        help="make an empty ledger and its key",
        description="Make an empty ledger and the key that signs its checkpoints, and print the verifier key that "
        "belongs into trust files. Nothing that is there is overwritten.",
    )
    add_address(parser, optional=True)
    parser.add_argument(
        "--origin", type=given, metavar="NAME", required=True,
        help="name of the ledger, which nobody else has and which never changes: example.com/model-risk",
    )  # fmt: skip
    add_key(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the ledger and its key."""
    from assay.api import new_ledger

    verifier, key = new_ledger(args.address, origin=args.origin, key=args.key)
    say(printable(f"{args.address}: an empty ledger; its key is {key}, which nobody else should read"))
    say(f"verifier key, for `ledgers:` of trust files:\n{verifier}")
    return 0
