"""`assay waiver new`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import day, given
from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "new",
        help="begin a waiver for a control of a bundle",
        description="Begin a waiver for a control that fails or is inconclusive in a bundle. The file does not load "
        "until somebody fills in what is marked FILL IN.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder of an audit")
    parser.add_argument("control", type=given, metavar="CONTROL", help="control to waive: retail-credit/FAIR-01")
    parser.add_argument(
        "--group", type=_group, action="append", default=[], metavar="G=…",
        help="group to cover, as age_band=18-24; repeatable (default: every group that stands in the way)",
    )  # fmt: skip
    parser.add_argument("--expires", type=day, metavar="DAY", help="last day on which it holds, UTC: 2026-06-30")
    parser.add_argument("--out", type=given, metavar="FILE", help="file to write, which must not be there yet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the beginning of a waiver, or write it to a new file."""
    from assay.api import draft_waiver, write_new

    groups: dict[str, list[str]] = {}
    for grouping, group in args.group:
        groups.setdefault(grouping, []).append(group)
    text = draft_waiver(args.bundle, args.control, groups=groups, expires=args.expires)
    if args.out is None:
        say(text.removesuffix("\n"))
        return 0
    write_new(args.out, text)
    say(f"{args.out}: fill in what is marked FILL IN, then `assay waiver check {args.out}`")
    return 0


def _group(text: str) -> tuple[str, str]:
    grouping, equals, group = text.partition("=")
    if not grouping or not equals or not group:
        raise argparse.ArgumentTypeError(f"{text!r} is not a group; write e.g. age_band=18-24")
    return grouping, group
