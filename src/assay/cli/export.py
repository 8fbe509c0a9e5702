"""`assay export`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.outputs import add_outputs, printed, refuse_impossible, write_outputs
from assay.cli.terminal import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        help="write a bundle for other programs: SARIF, JUnit XML, OSCAL, and more",
        description="Write the record and the gate of a bundle for other programs. Nothing is measured, and the exit "
        "code is not that of the gate.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder of an audit, or its .asice file")
    add_outputs(parser, required=True)
    parser.add_argument(
        "--manifest", type=given, metavar="FILE", help="the manifest, where it lies below the working directory"
    )
    parser.add_argument(
        "--policy",
        type=given,
        action="append",
        default=[],
        metavar="FILE",
        help="a policy file, where it lies below the working directory: results are shown at its lines; repeatable",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the outputs."""
    from assay.api import load_recorded

    refuse_impossible(args.output)
    recorded = load_recorded(
        args.bundle, base=args.base, manifest=args.manifest, policies=args.policy, report=args.report
    )
    write_outputs(args.output, recorded, args.bundle)
    for one in args.output:
        if one.file is not None:
            say(f"{one.file}: {one.format} of {args.bundle}", error=printed(args.output))
    return 0
