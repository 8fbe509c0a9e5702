"""`assay explain`."""

from __future__ import annotations

import argparse
from typing import Any

from assay.cli.terminal import say


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain",
        help="print what a check measures, how, and its limits",
        description="Print the published text of a check: requirement, method, evidence, limits, source, parameters, "
        "estimates.",
    )
    parser.add_argument(
        "check", metavar="CHECK", nargs="?", help="e.g. fairness.impact_ratio; all checks where it is left out"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the text that the report publishes too."""
    from assay.api import check_names, find_check
    from assay.record.described import descriptions

    if args.check is None:
        say("\n".join(check_names()))
        return 0
    check = find_check(args.check)
    say(f"{check.id} (version {check.version})\n\n{check.docstring}\n\nParameters:")
    told = descriptions(check.parameters)
    for name, field in check.parameters.model_fields.items():
        default = (
            "required" if field.is_required() else f"default {_shown(field.get_default(call_default_factory=True))}"
        )
        what = " ".join(told.get(name, "").split())
        say(f"  {field.alias or name} ({default}){': ' if what else ''}{what}")
    say("\nEstimates, and which are better:")
    for name, better in check.listed():
        say(f"  {name}{': ' if better else ''}{better}")
    return 0


def _shown(value: object) -> str:
    """A default as it is written in YAML."""
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
