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
        description="Draw the gate of a signed bundle again for another stage or time, with what people have decided "
        "since. With --trust, signatures count: those of the bundle, and those beside the files of decisions. Nothing "
        "is measured or written.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder or .asice of a signed audit")
    parser.add_argument(
        "--waivers",
        type=given,
        action="append",
        metavar="FILE",
        help="waivers instead of those of the bundle; repeatable",
    )
    parser.add_argument(
        "--attestations",
        type=given,
        action="append",
        default=[],
        metavar="FILE",
        help="what people attest, from `assay attest`; repeatable",
    )
    parser.add_argument(
        "--sign-offs",
        type=given,
        action="append",
        default=[],
        metavar="FILE",
        help="what people sign off, from `assay sign-off`; repeatable",
    )
    parser.add_argument("--trust", type=given, metavar="FILE", help="trust file: whom to believe (default: nobody)")
    add_stage_and_time(parser, stage_default="the stage of the bundle's gate")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw the gate again."""
    from assay.api import gate, why_unverified
    from assay.cli.summary import told

    files = {"waivers": args.waivers, "attestations": args.attestations, "sign_offs": args.sign_offs}
    drawn = gate(args.bundle, stage=args.stage, at=args.at, **files, trust=args.trust)
    unchecked = (
        why_unverified(args.bundle, **files, trust=args.trust)
        if args.trust
        else ["trust not checked: no --trust given; nobody's signature counts as verified"]
    )
    say("\n".join([*told(drawn), *unchecked]))
    return drawn.exit_code
