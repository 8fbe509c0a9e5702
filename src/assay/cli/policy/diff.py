"""`assay policy diff`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "diff",
        help="say which controls of a policy became looser, stricter or other",
        description="Compare two policies control by control, with all that they extend. What is looser comes first.",
        epilog="exit codes: 0 both can be read, whatever differs · 2 invalid",
    )
    parser.add_argument("old", metavar="OLD", type=given, help="policy file or name of a pack, as it was")
    parser.add_argument("new", metavar="NEW", type=given, help="policy file or name of a pack, as it is")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every control that differs; the loosened ones first."""
    from assay.api import policy_differences

    found = policy_differences(args.old, args.new)
    if args.json:
        say(json.dumps([difference.model_dump(mode="json") for difference in found], indent=2, ensure_ascii=False))
        return 0
    for difference in found:
        places = " → ".join(dict.fromkeys(place for place in (difference.before, difference.after) if place))
        say(printable(f"{difference.kind:<8}  {difference.name}  {difference.title} ({places})"))
        for facet in difference.facets:
            say(printable(f"            {facet}"))
    counts = {kind: [one.kind for one in found].count(kind) for kind in dict.fromkeys(one.kind for one in found)}
    say(", ".join(f"{count} {kind}" for kind, count in counts.items()) or "no difference")
    return 0
