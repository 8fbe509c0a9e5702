"""`assay policy docs`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "docs",
        help="print the control list of policies in Markdown",
        description="Print every control of the policies, and of all that they extend, for people who read no YAML.",
        epilog="exit codes with --check: 0 the file is current · 1 it is not · 2 a policy or the file cannot be read",
    )
    parser.add_argument("names", metavar="FILE|PACK", nargs="+", type=given, help="policy file or name of a pack")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", metavar="FILE", type=given, help="write it there; only a control list is written over")
    where.add_argument("--check", metavar="FILE", type=given, help="only say whether the file is what would be written")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print, write or compare the list."""
    from assay.api import policy_docs, policy_docs_are_current, write_policy_docs

    if args.check:
        if policy_docs_are_current(args.names, args.check):
            say(f"{args.check}: current")
            return 0
        say(f"{args.check}: not current\n  assay policy docs {' '.join(args.names)} --out {args.check}", error=True)
        return 1
    if args.out:
        write_policy_docs(args.names, args.out)
        say(f"{args.out}: written")
        return 0
    say(policy_docs(args.names).removesuffix("\n"))
    return 0
