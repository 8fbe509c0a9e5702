"""`assay policy check`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.terminal import say
from assay.errors import AssayError


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser("check", help="read policies and say every error with its place")
    parser.add_argument("files", metavar="FILE|PACK", nargs="+", help="policy file or name of a pack")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read every file; each error has a place and a hint."""
    from assay.api import load_policy

    wrong = 0
    for name in args.files:
        try:
            loaded = load_policy(name)
        except AssayError as error:
            say(str(error), error=True)
            wrong += 1
            continue
        policy = loaded.policy
        say(f"{name}: {policy.id} {policy.version}, {len(policy.controls)} controls, {loaded.digest}")
    return 2 if wrong else 0
