"""Arguments that several parts of `assay ledger` take."""

from __future__ import annotations

import argparse

from assay.cli.arguments import given

DEFAULT = "reports/ledger.sqlite"


def add_address(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Where the ledger lies."""
    parser.add_argument(
        "address", type=given, metavar="ADDRESS", nargs="?" if optional else None, default=DEFAULT,
        help="path of the ledger, or postgresql://user@host:port/database"
        + (f" (default: {DEFAULT})" if optional else ""),
    )  # fmt: skip


def add_key(parser: argparse.ArgumentParser) -> None:
    """`--key`."""
    parser.add_argument(
        "--key", type=given, metavar="FILE",
        help="private key of the ledger (default: ADDRESS.key; a ledger on a server has none)",
    )  # fmt: skip
