"""`assay report`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import say
from assay.record.report import LANGUAGES

VIEWS = ("full", "executive", "annex-iv", "fair-lending", "model-card", "ll144-summary")
PUBLIC = ("model-card", "ll144-summary")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "report",
        help="write a view of a bundle for one kind of reader, such as a one-page summary",
        description="Write a view of a bundle from its record alone; nothing is measured. full: the report of the "
        "bundle, written again. executive: one page for those who decide. annex-iv: the technical documentation that "
        "the EU AI Act asks for. fair-lending: what was compared for each protected attribute. model-card: a model "
        "card. ll144-summary: the summary of a bias audit that New York City asks to be published (6 RCNY 5-303), of "
        "an audit with the pack nyc-ll144. The last two may be published: groups of few people are withheld in them.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=given, help="folder of the audit, or its .asice file")
    parser.add_argument("--view", choices=VIEWS, required=True, help="what to write")
    parser.add_argument(
        "-o", "--out", metavar="FILE", type=given, required=True, help="new file to write: .html or .pdf"
    )
    parser.add_argument(
        "--minimum-cell",
        metavar="N",
        type=int,
        help="of a public view: withhold groups with a count under N, and those that would tell one (default: 5; "
        "0 withholds none)",
    )
    parser.add_argument(
        "--templates",
        metavar="DIR",
        type=given,
        help="folder whose templates and style sheets stand in for those of the same name; they run in a sandbox",
    )
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        help="language of the texts of assay: en or de (default: the one that the manifest asks for, else en); what "
        "the record says stays as it was written",
    )
    parser.add_argument(
        "--logo",
        metavar="FILE",
        type=given,
        help="PNG or JPEG that stands at the head of the view, at most 200 kB and 4 megapixels",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the view to a new file."""
    from assay.api import render_view, write_new

    ending = Path(args.out).suffix.lower()
    made = render_view(
        args.bundle,
        args.view,
        ending=ending,
        minimum_cell=args.minimum_cell,
        templates=args.templates,
        language=args.language,
        logo=args.logo,
    )
    write_new(args.out, made)
    seen = "may be published" if args.view in PUBLIC else "internal, not redacted"
    seen += f", with templates of {args.templates}" if args.templates else ""
    say(f"{args.out}: {args.view} of {args.bundle} ({seen})")
    return 0
