"""`assay policy lock`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "lock",
        help="hold what a policy extends to the bytes of today",
        description="Write FILE's lock beside it: every pack that it extends, by version and digest. From then on "
        "another version or other bytes are an error.",
        epilog="exit codes: 0 written, or up to date · 2 invalid, or stale with --check · 3 cannot be written",
    )
    parser.add_argument("file", metavar="FILE", type=given, help="policy file, or its folder")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the lock is up to date")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the lock, or compare it."""
    from assay.api import lock_policy

    path = lock_policy(args.file, check=args.check)
    say(f"{path}: {'up to date' if args.check else 'written'}")
    return 0
