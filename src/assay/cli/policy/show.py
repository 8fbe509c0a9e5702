"""`assay policy show`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say

if TYPE_CHECKING:
    from assay.record.policy import Control, Parameter, Policy, Tightened


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "show",
        help="print a policy, what it extends and what it tightens",
        description="Print each control of a policy and of all that it extends: severity, title, check, threshold, "
        "enforcement, and what was tightened by whom.",
    )
    parser.add_argument("name", metavar="FILE|PACK", type=given, help="policy file or name of a pack")
    parser.add_argument(
        "--resolved",
        action="store_true",
        help="print the policy and all that it extends as YAML, each value with the file and line it came from",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a summary, or the flattened policies."""
    from assay.api import load_family, render_policies

    if args.resolved:
        say(render_policies(args.name).rstrip("\n"))
        return 0
    own, family = load_family(args.name)
    for line in _summary(own.policy, own.tightened, locked=own.locked):
        say(printable(line))
    for one in family:
        if one is not own:
            say(f"\ninherited from {one.policy.id} {one.policy.version}")
            for line in _controls(one.policy, one.tightened, f"{one.policy.id}/"):
                say(printable(line))
    return 0


def _summary(policy: Policy, tightened: tuple[Tightened, ...], *, locked: bool) -> Iterator[str]:
    yield f"{policy.id} {policy.version}: {policy.title}"
    yield from (f"  {name}: {text}" for name, text in _facts(policy, locked=locked) if text)
    if policy.parameters:
        yield "parameters"
        width = max(len(name) for name in policy.parameters)
        yield from (f"  {name:<{width}}  {_parameter(parameter)}" for name, parameter in policy.parameters.items())
    if policy.controls:
        yield "controls"
        yield from _controls(policy, tightened, "")


def _facts(policy: Policy, *, locked: bool) -> Iterator[tuple[str, str]]:
    by = f", superseded by {policy.superseded_by}" if policy.superseded_by else ""
    yield "status", f"{policy.status}{by}"
    dates = (("from", policy.applies_from), ("until", policy.applies_until))
    yield "in force", " ".join(f"{word} {day}" for word, day in dates if day)
    yield "jurisdiction", policy.jurisdiction or ""
    yield "binds", ", ".join(policy.roles or ())
    yield "compared with the law", str(policy.verified_on or "never")
    yield "review by", str(policy.review_by or "")
    yield "owners", ", ".join(policy.owners)
    yield "signatures", ", ".join(policy.signatures)
    parents = ", ".join(f"{extension.pack} {extension.version}" for extension in policy.extends)
    yield "extends", parents + (", locked" if locked else "")


def _parameter(parameter: Parameter) -> str:
    bounds = (("at least", parameter.minimum), ("at most", parameter.maximum))
    told = [f"{parameter.default:g}", *(f"{word} {number:g}" for word, number in bounds if number is not None)]
    return ", ".join([*told, *([f"may go {parameter.tighten}"] if parameter.tighten else [])])


def _controls(policy: Policy, tightened: tuple[Tightened, ...], prefix: str) -> Iterator[str]:
    changed: dict[str, list[str]] = {}
    for one in tightened:
        told = f"{one.what} {one.before} → {one.after}, by {one.by} ({one.place})"
        changed.setdefault(one.control, []).append(told)
    width = max((len(control.id) for control in policy.controls), default=0) + len(prefix)
    for control in policy.controls:
        yield f"  {prefix + control.id:<{width}}  {control.severity:<8}  {control.title} [{_asks(control)}]"
        yield from (f"  {'':<{width}}  tightened: {text}" for text in changed.get(control.id, ()))


def _asks(control: Control) -> str:
    """What is asked in a few words, and what the gate does about it."""
    if control.status == "planned":
        return "planned"
    criteria = "; ".join(
        f"{c.estimate + ' ' if c.estimate else ''}{c.operator}{'' if c.threshold is None else f' {c.threshold}'}"
        for c in control.criteria
    )
    asked = f"{control.check} {criteria}" if control.check else "attest" if control.attest else "require"
    by_stage = control.enforcement if isinstance(control.enforcement, str) else "by stage"
    return f"{asked}, {by_stage}" + (f", {control.status}" if control.status != "current" else "")
