"""`assay gate`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import add_stage_and_time, given
from assay.cli.terminal import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "gate",
        help="draw the gate of a bundle again, without measuring",
        description="Draw the gate of a signed bundle again for another stage, time or set of waivers. Nothing is "
        "measured or written.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder of a signed audit")
    parser.add_argument(
        "--waivers",
        type=given,
        action="append",
        metavar="FILE",
        help="waivers instead of those of the bundle; repeatable",
    )
    add_stage_and_time(parser, stage_default="the stage of the bundle's gate")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw the gate again."""
    from assay.api import gate
    from assay.cli.summary import told

    drawn = gate(args.bundle, stage=args.stage, at=args.at, waivers=args.waivers)
    say("\n".join(told(drawn)))
    return drawn.exit_code
