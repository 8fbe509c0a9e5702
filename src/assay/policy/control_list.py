"""Policies as a control list for readers: Markdown, the same bytes for the same policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from assay.checks.registry import find
from assay.policy.load import LoadedPolicy
from assay.record.asked import AskedStatement
from assay.record.condition import AllOf, AnyOf, Condition, Not, Test
from assay.record.in_force import InForce
from assay.record.policy import (
    STAGES,
    TIERS,
    AnswerByTier,
    Control,
    Criterion,
    Enforcement,
    EnforcementByStage,
    Parameter,
)
from assay.verdict.phrases import claim

MARK = "<!-- Written by `assay policy docs`; changes made here are lost. -->"
"""The first line, by which a control list is told from a file that somebody wrote."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&~$])")
_LIST = re.compile(r"^(\s*)([-+=]|[0-9]+[.)])")


def control_list(policies: Sequence[LoadedPolicy]) -> str:
    """All controls of the policies, each policy under a heading of its own."""
    blocks = [MARK, *(block for policy in policies for block in _policy(policy))]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Foreign text on one line, which Markdown shows as it is written."""
    flat = " ".join(text.split())
    return _LIST.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", _SPECIAL.sub(r"\\\1", flat))


def _policy(loaded: LoadedPolicy) -> Iterator[str]:
    policy = loaded.policy
    yield f"# {escaped(policy.title)}"
    lines = [f"- `{policy.id}` {policy.version}, {policy.status}", *_in_force(policy)]
    if policy.owners:
        lines.append(f"- Owners: {escaped(', '.join(policy.owners))}")
    if policy.signatures:
        lines.append(f"- No production gate opens without the signatures: {', '.join(policy.signatures)}")
    if policy.review_by:
        lines.append(f"- To be reviewed by {policy.review_by}")
    lines += [f"- Extends `{parent.pack}` {escaped(parent.version)}" for parent in policy.extends]
    if policy.applies_to is not None:
        lines.append(f"- Applies to a model where {_condition(policy.applies_to)}")
    yield "\n".join(lines)
    if policy.description:
        yield escaped(policy.description)
    if policy.parameters:
        rows = [_parameter(name, parameter) for name, parameter in policy.parameters.items()]
        yield "\n".join(["| parameter | value | bounds | a child may | what it is |", "|---|---|---|---|---|", *rows])
    asked = [control for control in policy.controls if control.status != "planned"]
    planned = [control for control in policy.controls if control.status == "planned"]
    for control in asked:
        yield from _control(loaded, control)
    if planned:
        yield "## Planned, not yet asked"
        yield "\n".join(f"- {control.id}: {escaped(control.title)}{_cited(control)}" for control in planned)


def _in_force(rule: InForce) -> list[str]:
    said = [
        ("Jurisdiction: ", rule.jurisdiction and escaped(rule.jurisdiction)),
        ("Binds: ", rule.roles and ", ".join(rule.roles)),
        ("Holds from ", rule.applies_from),
        ("Holds until ", rule.applies_until),
        ("Superseded by ", rule.superseded_by and escaped(rule.superseded_by)),
        ("Compared with the law on ", rule.verified_on),
    ]
    return [f"- {words}{value}" for words, value in said if value]


def _parameter(name: str, parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    bounds = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
    direction = {"up": "raise it", "down": "lower it", None: "not move it"}[parameter.tighten]
    told = ", ".join(bound for bound in bounds if bound)
    return f"| `{name}` | {parameter.default:g} | {told} | {direction} | {escaped(parameter.description or '')} |"


def _control(loaded: LoadedPolicy, control: Control) -> Iterator[str]:
    yield f"## {control.id}: {escaped(control.title)}"
    if control.description:
        yield escaped(control.description)
    lines = [] if control.status == "current" else [f"- Status: {control.status}"]
    lines += _in_force(control)
    if control.when is not None:
        lines.append(f"- Asked where {_condition(control.when)}")
    if control.require is not None:
        lines.append(f"- Requires that {_condition(control.require)}")
    if control.check is not None:
        lines += _measured(loaded, control)
    if control.attest is not None:
        lines += _attested(control.attest)
    lines.append(f"- Severity {control.severity}; a fail: {_enforced(control.enforcement)}")
    lines.append(f"- Inconclusive: {_answered(control)}")
    if not control.waivable:
        lines.append("- No waiver covers it")
    for cite in control.cites:
        lines.append(f"- Cites {escaped(cite.ref)}: {escaped(loaded.citations.get(cite.ref, ''))}")
    for change in (change for change in loaded.tightened if change.control == control.id):
        told = f"{change.what} {change.after} in the place of {change.before}"
        lines.append(f"- Tightened by {escaped(change.by)}: {escaped(told)}")
    yield "\n".join(lines)


def _measured(loaded: LoadedPolicy, control: Control) -> Iterator[str]:
    check = find(control.check or "")
    yield f"- Measures `{check.id}`: {escaped(check.docstring.partition(chr(10) * 2)[0])}"
    given = loaded.parameters(control)
    names = {name: info.alias or name for name, info in type(given).model_fields.items()}
    shown = [f"{escaped(names[name])}: {_value(getattr(given, name))}" for name in names if name in control.with_]
    if shown:
        yield f"- With {'; '.join(shown)}"
    for criterion in control.criteria:
        note = f" ({escaped(criterion.note)})" if criterion.note else ""
        yield f"- Passes when {_criterion(criterion)}. Source: {criterion.source}{note}"
    first = control.criteria[0]
    by = f"the whole {first.confidence * 100:g} % interval" if first.decide_on == "interval" else "the point estimate"
    yield f"- Decided by {by}"
    if hasattr(given, "groups"):
        groups, share = control.small_groups, control.small_groups.maximum_unassessed * 100
        yield (
            f"- A group under {groups.minimum} people is judged by an exact interval and never passes; intersections "
            f"with together at most {share:g} % of the people may stay undecided"
        )
    for name in ("maximum_unlabelled", "maximum_undecided", "maximum_unknown"):
        if name in control.model_fields_set:
            yield f"- Inconclusive where more than {getattr(control, name) * 100:g} % are {name[8:]}"


def _attested(asked: AskedStatement) -> Iterator[str]:
    yield f"- Asks a person to attest: {escaped(asked.statement)}"
    yield f"- Who may: {escaped(', '.join(asked.roles)) if asked.roles else 'anybody'}"
    if asked.evidence == "required":
        yield "- Only with a file that shows it"
    if asked.maximum_days is not None:
        yield f"- Counts for {asked.maximum_days} days after it was made"


def _value(value: Any) -> str:
    if isinstance(value, (Test, AllOf, AnyOf, Not)):
        return _condition(value)
    if isinstance(value, tuple):
        return ", ".join(_value(member) for member in value)
    return f"{value:g}" if isinstance(value, float) else escaped(str(value))


def _criterion(criterion: Criterion) -> str:
    name = f"`{criterion.estimate}`" if criterion.estimate else "the estimate"
    threshold = criterion.threshold
    if threshold is None:
        return f"{name} is published; there is no pass mark"
    words = {"equals": "exactly", "at_least": "at least", "at_most": "at most"}.get(criterion.operator)
    sides = ", judged on this side only" if criterion.sides == "one" else ""
    if criterion.operator == "significance":
        return f"never by a p-value: {name} fails where it is at most {threshold:g}, and is open otherwise"
    if criterion.operator == "margin":
        fails = f"; fails otherwise where the p-value is at most {criterion.significance:g}"
        return f"{name} is within {threshold:g} of equality{'' if criterion.significance is None else fails}"
    if isinstance(threshold, tuple):
        return f"{name} lies between {threshold[0]:g} and {threshold[1]:g}{sides}"
    return f"{name} is {words or criterion.operator} {threshold:g}{sides}"


def _enforced(enforcement: Enforcement | EnforcementByStage) -> str:
    if isinstance(enforcement, str):
        return enforcement
    return ", ".join(f"{getattr(enforcement, stage)} in {stage}" for stage in STAGES)


def _answered(control: Control) -> str:
    answer = control.on_inconclusive
    if answer is None:
        return "as a fail"
    if not isinstance(answer, AnswerByTier):
        return answer
    named = [f"{given} from tier {tier} on" for tier in TIERS if (given := getattr(answer, tier)) is not None]
    return ", ".join([*named, f"else {answer.otherwise or 'as a fail'}"])


def _cited(control: Control) -> str:
    return f" ({', '.join(escaped(cite.ref) for cite in control.cites)})" if control.cites else ""


def _condition(condition: Condition) -> str:
    """What the condition says; `today` is no day of the calendar here."""
    return escaped(claim(condition, date.min).replace(f" ({date.min.isoformat()})", ""))
