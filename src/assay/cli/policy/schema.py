"""`assay policy schema`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assay.cli.terminal import say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser("schema", help="print the JSON Schema of policy files, for editors")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the schema."""
    from assay.api import policy_schema

    say(json.dumps(policy_schema(), indent=2, ensure_ascii=False))
    return 0
