"""`assay plan`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import add_stage_and_time, given
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.record.study import PlannedComparison, StudyPlan

_SIZE = re.compile(r"(.+?)=([0-9]{1,12})(?:,|$)")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "plan",
        help="say how many people a policy needs to be decided, before any data are read",
        description="Say for each control that compares rates of groups how many people each group needs, and what a "
        "number of people can show. Policy and manifest alone are read.",
    )
    parser.add_argument("subject", type=given, metavar="MANIFEST", help="model.yaml")
    parser.add_argument(
        "--policy",
        type=given,
        action="append",
        metavar="FILE|PACK",
        help="policy file or name of a pack; repeatable (default: baseline)",
    )
    parser.add_argument(
        "--rate", type=_share, default=0.3, metavar="RATE", help="assumed rate of the reference group (default: 0.3)"
    )
    parser.add_argument(
        "--power", type=_share, default=0.8, metavar="POWER", help="how likely one comparison is to be decided (0.8)"
    )
    parser.add_argument(
        "--people",
        type=_people,
        action="append",
        default=[],
        metavar="N|GROUPING:GROUP=N,…",
        help="sizes of the groups, e.g. sex:f=500,m=700, or 500 for every group; repeatable",
    )
    parser.add_argument("--out", type=given, metavar="FILE|-", help="write the plan as JSON, - for the terminal")
    parser.add_argument(
        "--ledger",
        type=given,
        metavar="ADDRESS",
        help="ledger to write policies and plan into: a path, or postgresql://user@host/db (default: "
        "reports/ledger.sqlite, where there is one)",
    )
    add_stage_and_time(parser, stage_default="lifecycle.stage of the manifest, else production")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the plan, and write it where it is asked for."""
    from assay.api import BASELINE, study_plan, write_new

    sizes = _once(args.people)
    found, entry = study_plan(
        args.subject,
        policies=args.policy or [BASELINE],
        rate=args.rate,
        power=args.power,
        people={grouping: groups for grouping, groups in sizes.items() if grouping is not None},
        each=sizes.get(None),
        stage=args.stage,
        at=args.at,
        ledger=args.ledger,
    )
    text = found.model_dump_json(indent=2) + "\n"
    if args.out == "-":
        say(text.rstrip("\n"))
        return 0
    if args.out is not None:
        write_new(args.out, text)
    for line in _lines(found):
        say(printable(line))
    if entry is not None:
        say(f"ledger: entry {entry}")
    return 0


def _lines(found: StudyPlan) -> Iterator[str]:
    yield f"assumed: a rate of {found.rate:g} in the reference group; power {found.power:g} for each comparison"
    if not found.comparisons:
        yield "no control compares rates of groups by an interval"
    for one in found.comparisons:
        yield ""
        yield from _comparison(one)
    for control, why in found.left_out:
        yield ""
        yield f"{control}: {why}"


def _comparison(one: PlannedComparison) -> Iterator[str]:
    yield f"{one.control}  {one.title}"
    yield f"  {one.estimate.replace('_', ' ')}, {one.requirement}; {one.confidence:g} interval; counted: {one.counted}"
    for needed in one.needed:
        truth = f"  if the group's rate is {needed.true_ratio:g} times the reference's"
        if needed.people is None:
            yield f"{truth}: no number of people decides"
        else:
            yield f"{truth}: {needed.people:,} people in each group to {needed.decides}"
    for group in one.groups:
        pair = f"  {group.grouping}: {group.group} ({group.people:,}) against {group.reference}"
        pair += f" ({group.reference_people:,})"
        if group.group == group.reference:
            pair = f"  {group.grouping}: two groups of {group.people:,} each, one comparison"
        if group.shows is None:
            yield f"{pair}: fewer than the minimum of {one.minimum}, never a pass"
        else:
            likely = "cannot pass" if group.power_to_pass is None else f"a pass has power {group.power_to_pass:.2f}"
            yield f"{pair}: if equal, {likely}, and {_bound(one.shape, group.shows)} can be shown"
        if group.finds is not None:
            yield f"    a {one.shape} of {group.finds:.3g} would be found to fail"


def _bound(shape: str, shown: float) -> str:
    return f"a ratio of at least {shown:.3g}" if shape == "ratio" else f"a difference of at most {shown:.3g}"


def _share(text: str) -> float:
    """A number between 0.001 and 0.999: nearer to 0 or 1 the approximation says nothing."""
    try:
        read = float(text)
    except ValueError:
        read = 0.0
    if not 0.001 <= read <= 0.999:
        raise argparse.ArgumentTypeError(f"{text!r} is no number between 0.001 and 0.999; write e.g. 0.3")
    return read


def _once(given_sizes: list[tuple[str | None, Any]]) -> dict[str | None, Any]:
    """The sizes by grouping; AssayError for a grouping, or the size of every group, that is given twice."""
    from assay.errors import AssayError

    sizes = dict(given_sizes)
    if len(sizes) < len(given_sizes):
        twice = next(name for name, _ in given_sizes if sum(name == other for other, _ in given_sizes) > 1)
        told = "the size of every group" if twice is None else f"sizes of {twice[:80]!r}"
        raise AssayError(f"--people gives {told} twice", hint="Give each once, all groups in one: sex:f=500,m=700")
    return sizes


def _people(text: str) -> tuple[str | None, Any]:
    """`sex:f=500,m=700`, or `500`."""
    if re.fullmatch(r"[0-9]{1,12}", text):
        return None, int(text)
    grouping, colon, groups = text.partition(":")
    found = _SIZE.findall(groups)
    if not colon or not grouping or not found or sum(len(name) + len(n) + 2 for name, n in found) != len(groups) + 1:
        raise argparse.ArgumentTypeError(f"{text!r} names no sizes; write e.g. sex:f=500,m=700, or 500")
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{text!r} names a group twice")
    return grouping, {name: int(n) for name, n in found}
