"""`assay policy check|schema`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assay.cli.terminal import say
from assay.errors import AssayError


def add_to(commands: Any) -> None:
    """Add the command and its parts."""
    parser = commands.add_parser(
        "policy", help="check policy files, print their schema", description="Work with policies."
    )
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    check = parts.add_parser("check", help="read policies and say every error with its place")
    check.add_argument("files", metavar="FILE|PACK", nargs="+", help="policy file or name of a pack")
    check.set_defaults(run=run_check)
    schema = parts.add_parser("schema", help="print the JSON Schema of policy files, for editors")
    schema.set_defaults(run=run_schema)


def run_check(args: argparse.Namespace) -> int:
    """Read every file; each error has a place and a hint."""
    from assay.api import load_policy

    wrong = 0
    for name in args.files:
        try:
            loaded = load_policy(name)
        except AssayError as error:
            say(str(error), error=True)
            wrong += 1
            continue
        policy = loaded.policy
        say(f"{name}: {policy.id} {policy.version}, {len(policy.controls)} controls, {loaded.digest}")
    return 2 if wrong else 0


def run_schema(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the schema."""
    from assay.api import policy_schema

    say(json.dumps(policy_schema(), indent=2, ensure_ascii=False))
    return 0
