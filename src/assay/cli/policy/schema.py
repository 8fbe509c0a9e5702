"""`assay policy schema`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "schema",
        help="print the JSON Schema of policies and other files, for editors",
        description="Print a JSON Schema (draft 2020-12). A file whose first line is "
        "`# yaml-language-server: $schema=policy.schema.json` is completed and explained by editors.",
    )
    parser.add_argument(
        "--of",
        metavar="KIND",
        default="policy",
        help="policy (default), manifest, waivers, attestations, sign-offs, catalogue, policy-tests, survivors, lock "
        "or trust",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the schema."""
    from assay.api import schema_of

    say(json.dumps(schema_of(args.of), indent=2, ensure_ascii=False))
    return 0
