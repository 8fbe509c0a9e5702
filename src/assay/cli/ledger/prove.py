"""`assay ledger prove`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.ledger.arguments import add_address, add_key
from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "prove",
        help="prove that an entry is in a ledger",
        description="Prove that an entry is in a ledger, under a checkpoint signed now. The proof "
        "(c2sp.org/tlog-proof) is checked without the ledger: with the entry, and with the verifier key.",
    )
    add_address(parser)
    parser.add_argument(
        "which", type=given, metavar="INDEX|DIGEST",
        help="index of the entry, or the digest of what it is about (sha256:…; the newest such entry)",
    )  # fmt: skip
    add_key(parser)
    parser.add_argument("--out", type=given, metavar="FILE", help="file to write, which must not be there yet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the proof, or write it to a new file."""
    from assay.api import prove_entry, write_new

    proof = prove_entry(args.address, args.which, key=args.key).decode()
    if args.out is None:
        say(proof.removesuffix("\n"))
        return 0
    write_new(args.out, proof)
    say(f"{args.out}: proof of entry {proof.splitlines()[1].removeprefix('index ')}")
    return 0
