"""`assay policy check`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.cli.terminal import printable, say
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.record.policy import Policy


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "check",
        help="read policies, what they extend and their locks, and say every error with its place",
        description="Read policies, all that they extend, and their locks. Every error is told at once, with its "
        "place; what is worth a look, such as a missing lock, is a warning.",
        epilog="exit codes: 0 all can be used · 2 one cannot",
    )
    parser.add_argument("files", metavar="FILE|PACK", nargs="+", help="policy file or name of a pack")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read every file; each error has a place and a hint. What is worth a look goes to stderr too."""
    from assay.api import load_family, policy_warnings

    wrong = 0
    for name in args.files:
        try:
            own, family = load_family(name)
        except AssayError as error:
            say(str(error), error=True)
            wrong += 1
            continue
        counts = _counts(own.policy, [one.policy for one in family])
        say(f"{name}: {own.policy.id} {own.policy.version}, {counts}, {own.digest}")
        for warning in policy_warnings(own, datetime.now(UTC).date()):
            say(printable(f"{name}: warning: {warning}"), error=True)
    return 2 if wrong else 0


def _counts(own: Policy, family: list[Policy]) -> str:
    controls = [(policy is own, control.status == "planned") for policy in family for control in policy.controls]
    mine, inherited, planned = (controls.count(kind) for kind in ((True, False), (False, False), (True, True)))
    more = (f" and {inherited} inherited" if inherited else "") + (f", {planned} planned" if planned else "")
    return f"{mine} controls{more}"
