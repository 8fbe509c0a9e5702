"""`assay diff`."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.record.comparison import AuditDifference
    from assay.record.comparison_words import Section

SAME, WORSE = 0, 1
LINES = 12
"""Lines of a section; the files of `-o` hold more."""


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "diff",
        help="compare two audits: newly failing, fixed, lost evidence, changed policy, moved estimates",
        description="Say what differs between two audits, worst first, by policy, control and group. Each is a bundle, "
        "an .asice file, or an audit.json alone, which has no gate: then gates and waivers are left out.",
        epilog="exit codes: 0 nothing got worse · 1 something is newly failing, newly in error or newly inconclusive, "
        "also by a control that came; evidence or a control is gone; or the gate, or a control at it, was open and is "
        "closed, whatever the cause: a waiver that expired, too · 2 unreadable · 3 the file cannot be written.",
    )
    parser.add_argument("old", type=given, metavar="OLD", help="the earlier audit")
    parser.add_argument("new", type=given, metavar="NEW", help="the later audit")
    parser.add_argument("-o", "--out", type=given, metavar="FILE", help="also write a new file: .md, .html or .json")
    parser.add_argument("--json", action="store_true", help="print the whole difference as one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare, print, and write the file that was asked for."""
    from assay.api import diff, render_diff, write_new

    found = diff(args.old, args.new)
    if args.out:
        write_new(args.out, render_diff(found, Path(args.out).suffix.lower()))
    say(render_diff(found, ".json").removesuffix("\n") if args.json else told(found))
    return WORSE if found.worse else SAME


def told(difference: AuditDifference) -> str:
    """The difference for a terminal."""
    from assay.record.comparison_words import gates, headline, sections, side, warnings

    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 160))
    gate = gates(difference)
    lines = [*warnings(difference), f"old: {side(difference.old)}", f"new: {side(difference.new)}"]
    lines += [f"gate: {gate}"] if gate else []
    lines = [printable(line) for line in lines]
    for section in sections(difference):
        lines += ["", f"{section.title} ({len(section.lines)})", *_lines(section, width)]
    return "\n".join([*lines, "", f"{headline(difference)}."])


def _lines(section: Section, width: int) -> list[str]:
    from assay.record.comparison_words import cut

    shown, more = cut(section.lines, 0 if section.quiet else LINES)
    rows = []
    for line in shown:
        rows += textwrap.wrap(
            printable(f"{line.name}: {line.change}"), width, initial_indent="  ", subsequent_indent="    "
        )
        why = textwrap.wrap(printable(line.why), width - 6)
        rows += [f"      {row}" for row in why[:2]]
        if len(why) > 2:
            rows[-1] += " …"
    return [*rows, *([f"  … {more} more" if shown else "  not shown here; see -o"] if more else [])]
