"""`assay policy new`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "new",
        help="write the first draft of a policy, with tests that hold",
        description="Write a folder with a policy, its tests, a README and the schema for editors. It loads at once.",
    )
    parser.add_argument("id", metavar="ID", type=given, help="id of the policy and name of the folder: card-lending")
    parser.add_argument("--extends", metavar="PACK", type=given, help="pack whose controls all hold too")
    parser.add_argument(
        "--out", metavar="DIR", type=given, default=".", help="folder to make it in (default: this one)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the folder; nothing is written over."""
    from assay.api import new_policy

    folder = new_policy(args.id, out=args.out, extends=args.extends)
    say(f"{folder}: policy.yaml, tests/{args.id}.yaml, README.md, policy.schema.json")
    say(f"next: assay policy test {folder}")
    return 0
