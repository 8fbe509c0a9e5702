"""`assay policy matrix`."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.record.coverage import Coverage, CoveredInstrument, CoveringControl

WIDTH = 100


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "matrix",
        help="show which place of a law is asked for by which control, and what nobody asks for",
        description="Show every citable place of the instruments that the policies cite with its controls and, of an "
        "audit, their outcomes; places without control, controls without citation, evidence that no control reads.",
    )
    parser.add_argument("names", metavar="FILE|PACK", nargs="+", type=given, help="policy file or name of a pack")
    parser.add_argument("--audit", metavar="BUNDLE", type=given, help="bundle whose outcomes and manifest are shown")
    parser.add_argument("--manifest", metavar="FILE", type=given, help="manifest whose unread fields are shown")
    parser.add_argument("--json", action="store_true", help="print the matrix as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the matrix."""
    from assay.api import policy_matrix

    found = policy_matrix(args.names, audit=args.audit, manifest=args.manifest)
    if args.json:
        say(json.dumps(found.model_dump(mode="json"), indent=2, ensure_ascii=False))
    else:
        _tell(found)
    return 0


def _tell(found: Coverage) -> None:
    for note in found.notes:
        say(printable(f"note: {note}"))
    for coverage in found.instruments:
        _tell_instrument(coverage)
    _list("controls that cite nothing", [_shown(control) for control in found.uncited])
    if found.unread is not None:
        _list("evidence never read by any control", list(found.unread))


def _tell_instrument(coverage: CoveredInstrument) -> None:
    say(printable(f"{coverage.instrument}: {coverage.title} ({coverage.edition})"))
    named = [place for place in coverage.places if place.controls]
    width = max((len(place.ref) for place in named), default=0)
    for place in named:
        for number, control in enumerate(place.controls):
            say(printable(f"  {'' if number else place.ref:{width}}  {_shown(control)}"))
    absent = [place.ref.partition("/")[2] for place in coverage.places if not place.controls]
    say(f"  {coverage.covered} of {len(coverage.places)} places have a control")
    if absent:
        _list("  without control", absent)


def _shown(control: CoveringControl) -> str:
    return f"{control.control} {control.outcome or ('planned' if control.planned else '')}".rstrip()


def _list(heading: str, items: list[str]) -> None:
    text = printable(f"{heading}: {', '.join(items) or 'none'}")
    indent = " " * (len(heading) - len(heading.lstrip()) + 2)
    say(textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
