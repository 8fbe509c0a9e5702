"""`assay init`."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say
from assay.errors import AssayError

MOST_FIELDS, MOST_CONTROLS = 60, 4


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "init",
        help="write a starting manifest from what is there",
        description="Write model.yaml from what lies in a folder: data file, model, git checkout, lock file, "
        "documents. What nobody has said is a blank in a comment, with the controls that ask for it.",
    )
    parser.add_argument(
        "folder", type=given, nargs="?", default=".", metavar="FOLDER", help="the model's folder (default: .)"
    )
    parser.add_argument(
        "--data", type=given, metavar="FILE", help="CSV or Parquet file of scored people: the test data"
    )
    parser.add_argument("--model", type=given, metavar="FILE", help="the model's file")
    parser.add_argument(
        "--policy",
        type=given,
        action="append",
        metavar="FILE|PACK",
        help="policy whose blanks are marked; repeatable (default: baseline)",
    )
    parser.add_argument("--out", type=given, metavar="FILE", help="what to write (default: model.yaml in FOLDER)")
    parser.add_argument("--label", metavar="COLUMN=VALUE", help="what happened, and its favourable value: repaid=yes")
    parser.add_argument(
        "--decision", metavar="COLUMN=VALUE", help="what was decided, and its favourable value: decision=approve"
    )
    parser.add_argument(
        "--score", metavar="COLUMN[=VALUE]", help="the model's probability, and of which label value: pd=no"
    )
    parser.add_argument(
        "--groups", metavar="NAME,…", help="columns to compare people by, numbers with edges: sex,age:25,35,45,60"
    )
    parser.set_defaults(run=run)  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Write the manifest and say what the policies still miss."""
    from assay.api import BASELINE, start_manifest, write_new

    out = Path(args.out) if args.out else Path(args.folder) / "model.yaml"
    if out.exists() or out.is_symlink():
        raise AssayError("the file is there already", where=str(out), hint="Give another name with --out.")
    made = start_manifest(
        args.folder,
        out=out,
        policies=args.policy or [BASELINE],
        data=args.data,
        model=args.model,
        label=args.label,
        decision=args.decision,
        score=args.score,
        groups=args.groups,
    )
    write_new(out, made.text)
    say(f"{printable(str(out))}: {made.facts} facts, {made.blanks} blanks; candidates stand in its comments")
    say(_counted(made))
    if made.missing:
        say("missing, and which controls ask for it:")
        for field, controls in list(made.missing.items())[:MOST_FIELDS]:
            names = [f"{one.id} ({one.outcome})" for one in controls[:MOST_CONTROLS]]
            more = [f"{len(controls) - MOST_CONTROLS} more"] if len(controls) > MOST_CONTROLS else []
            say(f"  {printable(field):<36} {printable(', '.join(names + more))}")
        if len(made.missing) > MOST_FIELDS:
            say(f"  and {len(made.missing) - MOST_FIELDS} more fields")
    named = {one.id for controls in made.missing.values() for one in controls}
    for one in made.standings:
        if one.outcome in ("fail", "inconclusive", "error") and one.id not in named:
            say(f"{one.outcome}: {printable(one.id)}: {printable(one.sentence)}")
    return 0


def _counted(made: Any) -> str:
    """`6 controls by the manifest alone: 1 fail, 5 not applicable; 2 need an audit`."""
    from assay.record.finding import WORST_FIRST

    outcomes = Counter(one.outcome for one in made.standings)
    parts = [f"{outcomes[name]} {name.replace('_', ' ')}" for name in WORST_FIRST if outcomes[name]]
    waiting = f"; {outcomes[None]} need an audit" if outcomes[None] else ""
    return f"{len(made.standings)} controls by the manifest alone: {', '.join(parts) or 'none decided'}{waiting}"
