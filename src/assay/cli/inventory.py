"""`assay inventory`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given, moment
from assay.cli.terminal import printable, say

CLEAN, UNCLEAN = 0, 1


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 99999")
    return int(text)


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "inventory",
        help="list all models of a folder: owners, audits, what is overdue",
        description="List every manifest below a folder: owner, tier, stage, last audit, what is overdue, open "
        "findings, upstream models, model files that no manifest names, manifests that do not load.",
    )
    parser.add_argument("folder", type=given, metavar="DIR", help="folder that holds the manifests")
    parser.add_argument(
        "--reports", type=given, metavar="DIR", help="where audits are written (default: DIR/reports, else ./reports)"
    )
    parser.add_argument(
        "--policy",
        type=given,
        action="append",
        default=[],
        metavar="FILE|PACK",
        help="also decide the metadata controls of this policy for every model; repeatable",
    )
    parser.add_argument("--at", type=moment, metavar="TIME", help="clock of what is overdue: 2026-03-31 (default: now)")
    parser.add_argument(
        "--review-after", type=positive, metavar="DAYS", help="a document reviewed longer ago than this is overdue"
    )
    parser.add_argument("--verify", action="store_true", help="verify the newest bundle of every model, which is slow")
    parser.add_argument(
        "--format", choices=("table", "csv", "json", "html"), default="table", help="what to write (default: table)"
    )
    parser.add_argument("--out", type=given, metavar="FILE", help="write to a new file instead of the terminal")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit 1 where a manifest is invalid or doubled, a model file unregistered, something overdue or unread, "
        "or models read each other in a circle",
    )
    parser.add_argument("--jobs", type=positive, metavar="N", help="processes (default: one for each core)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Take stock and print it."""
    from assay.api import inventory, render_inventory, write_new
    from assay.cli.progress import Bar

    with Bar(args.interruption.check) as bar:
        stock = inventory(
            args.folder,
            reports=args.reports,
            policies=args.policy,
            at=args.at,
            review_days=args.review_after,
            verify_bundles=args.verify,
            jobs=args.jobs,
            progress=bar,
        )
    text = render_inventory(stock, args.format)
    if args.out:
        write_new(args.out, text)
        say(f"{args.out}: {printable(render_inventory(stock, 'table').splitlines()[-1])}")
    else:
        say("\n".join(printable(line) for line in text.splitlines()) if args.format == "table" else text.rstrip("\n"))
    return UNCLEAN if args.strict and not stock.is_clean else CLEAN
