"""Estimates that criteria name, compared with those that the check gives, and thresholds on the side that is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assay.checks.registry import Good, find
from assay.errors import PolicyError
from assay.policy.demands import criterion_loc, shown
from assay.record.policy import Criterion
from assay.source import Loc, Source, nearest

if TYPE_CHECKING:
    from assay.policy.load import LoadedPolicy

_RISES, _FALLS = ("at_least", "above"), ("at_most", "below")
"""Operators with a bound from below, and from above."""


def estimate_problems(
    source: Source, index: int, control: dict[str, Any], gives: Mapping[str, Good]
) -> Iterator[PolicyError]:
    """An error for each criterion, as it is written, of an estimate that the check does not give."""
    given = control.get("criterion")
    criteria: list[Any] = given if isinstance(given, list) else [given]
    for number, criterion in enumerate(criteria):
        name = criterion.get("estimate") if isinstance(criterion, dict) else None
        if isinstance(name, str) and name not in gives:
            item: Loc = (number,) if isinstance(given, list) else ()
            where = source.place(("controls", index, "criterion", *item, "estimate"))
            what = f"`{control['check']}` gives no estimate `{name}`, as it is asked here"
            yield PolicyError(what, where=where, hint=nearest(name, gives))


def doubtful_thresholds(policy: LoadedPolicy) -> Iterator[str]:
    """A sentence for each threshold that the best estimate there is would miss; its author may have a reason."""
    for control in policy.policy.controls:
        if control.check is None or control.id not in policy.checked:
            continue
        gives = find(control.check).gives(policy.parameters(control))
        for number, criterion in enumerate(control.criteria):
            name = criterion.estimate or next(iter(gives))
            if why := _missed(criterion, gives[name]):
                place = policy.line((*criterion_loc(policy, control.id, number), criterion.operator))
                asked = f"`{criterion.operator}: {shown(criterion.threshold)}`"
                yield f"{control.id} ({place}): {asked} refuses the best {name}: {why}"


def _missed(criterion: Criterion, good: Good) -> str:
    """What is good, where the criterion does not accept it."""
    operator, threshold = criterion.operator, criterion.threshold
    if good == "higher" and operator in _FALLS:
        return "higher is better"
    if good == "lower" and operator in _RISES:
        return "lower is better"
    if isinstance(good, str) or good is None or threshold is None or operator in ("margin", "significance"):
        return ""
    if isinstance(threshold, tuple):
        accepted = threshold[0] <= good <= threshold[1]
    else:
        accepted = {
            "at_least": good >= threshold,
            "at_most": good <= threshold,
            "above": good > threshold,
            "below": good < threshold,
            "equals": good == threshold,
        }[operator]
    return "" if accepted else f"{shown(float(good))} is best"
