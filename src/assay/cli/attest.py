"""`assay attest`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import day, given
from assay.cli.signing import add_signing, signer_of
from assay.cli.terminal import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "attest",
        help="state a fact that a control asks a person for",
        description="Write a signed statement of a fact that no program can see, for a control of a bundle that asks "
        "for one (`attest` in its policy). `assay gate --attestations FILE` takes it as the answer; it counts for this "
        "model, data and papers only.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder or .asice of an audit")
    parser.add_argument("control", type=given, metavar="CONTROL", help="control that asks: hiring/NOTICE-01")
    add_person(parser, "who says it")
    parser.add_argument("--role", type=given, metavar="ROLE", help="in which role, as the control asks for")
    parser.add_argument("--statement", type=given, required=True, metavar="TEXT", help="what is so, in your own words")
    answer = parser.add_mutually_exclusive_group(required=True)
    answer.add_argument("--holds", action="store_true", help="what the control asks for is so")
    answer.add_argument("--does-not-hold", action="store_true", help="it is not so: the control counts as a fail")
    parser.add_argument("--evidence", type=given, metavar="FILE", help="file that shows it, beside --out or below")
    parser.add_argument("--expires", type=day, required=True, metavar="DAY", help="last day on which it counts, UTC")
    parser.add_argument("--out", type=given, required=True, metavar="FILE", help="file to write; it must not be there")
    add_signing(parser)
    parser.set_defaults(run=run)


def add_person(parser: argparse.ArgumentParser, what: str) -> None:
    """`--by` and `--name`."""
    parser.add_argument("--by", type=given, required=True, metavar="ID", help=f"{what}: the id of a trust file")
    parser.add_argument("--name", type=given, metavar="NAME", help="their name, to be shown (default: the id)")


def run(args: argparse.Namespace) -> int:
    """Write the attestation and its signature."""
    from assay.api import attest, person

    written = attest(
        args.bundle,
        args.control,
        by=person(args.by, name=args.name, role=args.role),
        statement=args.statement,
        holds=args.holds,
        evidence=args.evidence,
        expires=args.expires,
        out=args.out,
        sign=signer_of(args),
    )
    for path in written:
        say(f"{path}: written")
    if args.sign is None:
        say("not signed: it opens no production gate")
    return 0
