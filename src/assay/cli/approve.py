"""`assay approve`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given
from assay.cli.sign import add_note_and_time, sign_bundle
from assay.cli.signing import add_signing
from assay.cli.terminal import printable, say
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.api import Reviewed


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "approve",
        help="show what a bundle says, and sign it as approver",
        description="Check a bundle, print what is approved, and add a signature that means approval. It is a further "
        "person's: `assay sign` makes the first one.",
    )
    parser.add_argument("path", type=given, metavar="BUNDLE", help="folder of a signed audit")
    add_signing(parser, required=True)
    add_note_and_time(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what is approved, and sign it."""
    from assay.api import review

    reviewed = review(args.path)
    if not reviewed.is_signed:
        hint = "whoever made it signs first: `assay sign`"
        raise AssayError("nobody has signed the bundle, so there is nothing to approve", where=args.path, hint=hint)
    say("\n".join(told_of(reviewed)))
    return sign_bundle(args, "approver", shown=reviewed)


def told_of(reviewed: Reviewed) -> list[str]:
    """What somebody who approves has to have seen."""
    from assay.cli.summary import MARKS, counted, told

    audit, gate = reviewed.audit, reviewed.gate
    subject = audit.subject
    lines = [
        f"{subject.name}, version {subject.version} ({subject.id}); audit {audit.id}",
        f"SHA-256 of audit.json: {gate.audit.removeprefix('sha256:')}",
    ]
    effects = {line.finding: line for line in gate.lines}
    for finding in audit.findings:
        if finding.outcome in ("fail", "inconclusive", "error"):
            waived = effects[finding.id].waived_by
            flag = f" (waived by {waived})" if waived else ""
            lines.append(f"{MARKS[finding.outcome]} {finding.outcome}{flag} {finding.id}: {finding.sentence}")
    lines += [counted(audit, gate), *told(gate)]
    lines += [
        f"signature {one.number}, {one.meaning}: {one.name}, {one.claimed:%Y-%m-%d %H:%M} UTC by their own clock"
        for one in reviewed.verification.signatures
    ]
    lines.append("whether to believe who signed was not checked: `assay verify --trust` says it")
    return [printable(line) for line in lines]
