"""`assay sign-off`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.arguments import given
from assay.cli.attest import add_person
from assay.cli.signing import add_signing, signer_of
from assay.cli.terminal import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "sign-off",
        help="decide to go on with an inconclusive control",
        description="Write a signed decision to go on with an inconclusive control of a bundle, where its policy says "
        "`on_inconclusive: sign_off`. A fail can be waived, never signed off. `assay gate --sign-offs FILE` takes it; "
        "it holds for this very audit.",
    )
    parser.add_argument("bundle", type=given, metavar="BUNDLE", help="folder or .asice of an audit")
    parser.add_argument("control", type=given, metavar="CONTROL", help="inconclusive control: retail-credit/FAIR-01")
    add_person(parser, "who decides; no owner of the model or of the policy")
    parser.add_argument("--reason", type=given, required=True, metavar="TEXT", help="why to go on")
    parser.add_argument("--out", type=given, required=True, metavar="FILE", help="file to write; it must not be there")
    add_signing(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the sign-off and its signature."""
    from assay.api import person, sign_off

    who = person(args.by, name=args.name)
    written = sign_off(args.bundle, args.control, by=who, reason=args.reason, out=args.out, sign=signer_of(args))
    for path in written:
        say(f"{path}: written")
    if args.sign is None:
        say("not signed: it opens no production gate")
    return 0
