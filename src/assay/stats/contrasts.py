"""Groups compared by a number that is no rate: who is compared with whom, at which level.

The same rules as for rates (stats/groups.py), but for small groups: there is no exact method for such numbers, so that
a group under the minimum has an interval of its own and no simultaneous one, and is never found to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from assay.record.estimate import Estimate, Interval
from assay.stats.groups import Question

Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]


@dataclass(frozen=True, slots=True)
class Member:
    """A group with the number by which groups are ranked."""

    name: str
    value: float | None
    """None: there is none, and `why`."""
    n: int
    """People behind it."""
    rows: int
    """All its people."""
    why: str = ""
    kind: Kind = "sample_too_small"


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups compared."""

    value: float | None
    interval: Callable[[float], Interval | None] = lambda confidence: None  # noqa: ARG005
    """At a level; None where there is no error to see."""
    why: str = ""
    kind: Kind = "estimate_undefined"
    method: str | None = None


Compare = Callable[[Member, Member], Contrast]
MOST_PAIRS = 5_000
"""Comparisons of one grouping: 100 groups each with each. Beyond it a reference has to be named."""


def compare_members(members: Sequence[Member], question: Question, compare: Compare) -> tuple[Estimate, ...]:
    """The estimates of one grouping; never empty, and nothing that cannot be computed has a value.

    `highest`: of every pair of groups at or above the minimum the lower one compared with the higher, and every smaller
    group with each of them. Another reference: every other group with it. The order of `members` does not matter.
    """
    everybody = sum(member.rows for member in members)
    if len(members) < 2:
        told = f"only one group ({members[0].name})" if members else "no row has a known group"
        return (_whole(question, told),)
    undefined = [
        _undefined(member, question, everybody, member.why, member.kind)
        for member in sorted(members, key=lambda each: each.name)
        if member.value is None
    ]
    ranked = sorted(
        (member for member in members if member.value is not None), key=lambda m: (-(m.value or 0.0), -m.n, m.name)
    )
    pairs, reference, few = _pairs(ranked, question)
    if isinstance(few, Estimate):
        return (few, *undefined)
    fixed = question.reference != "highest"
    comparisons = (len(pairs) if fixed else len(ranked) * (len(ranked) - 1) // 2) or 1
    made = [_compared(a, b, b is reference, comparisons * question.family, everybody, question, compare)
            for a, b in pairs]  # fmt: skip
    return (*made, *(_undefined(m, question, everybody, few, "sample_too_small") for m in ranked if few), *undefined)


def _pairs(
    ranked: Sequence[Member], question: Question
) -> tuple[list[tuple[Member, Member]], Member | None, str | Estimate]:
    """Who is compared with whom, the reference of the headline, and why nobody is."""
    if question.reference == "highest":
        eligible = [m for m in ranked if question.decide_on == "estimate" or m.n >= question.minimum]
        if not eligible:
            return [], None, f"fewer than {question.minimum} people in every group"
        if question.decide_on == "estimate":
            return [(m, eligible[0]) for m in ranked if m is not eligible[0]], eligible[0], ""
        pairs = [(low, high) for place, high in enumerate(eligible) for low in eligible[place + 1 :]]
        pairs += [(small, large) for small in ranked if small.n < question.minimum for large in eligible]
        if len(pairs) > MOST_PAIRS:
            why = f"{len(ranked)} groups are too many to compare each with each; name a reference, or `largest`"
            return [], None, _whole(question, why)
        return pairs, eligible[0], ""
    if question.reference == "largest":
        reference = min(ranked, key=lambda m: (-m.rows, -m.n, m.name), default=None)
    else:
        reference = next((m for m in ranked if m.name == question.reference), None)
    if reference is None:
        if not ranked:
            return [], None, ""
        why = f"there is no reference group {question.reference!r} for which there is a number"
        return [], None, _whole(question, why, "evidence_missing")
    if question.decide_on != "estimate" and reference.n < question.minimum:
        why = f"the reference group {reference.name} has {reference.n}, fewer than {question.minimum}"
        return [], None, _whole(question, why, "sample_too_small")
    return [(m, reference) for m in ranked if m is not reference], reference, ""


def _compared(
    group: Member,
    reference: Member,
    headline: bool,
    comparisons: int,
    everybody: int,
    question: Question,
    compare: Compare,
) -> Estimate:
    found = compare(group, reference)
    small = min(group.n, reference.n) < question.minimum
    interval = simultaneous = None
    if found.value is not None:
        interval = found.interval(question.confidence)
        simultaneous = None if small else found.interval(1 - (1 - question.confidence) / comparisons)
    return Estimate(
        name=question.name,
        shape=question.shape,
        grouping=question.grouping,
        of=question.of,
        group=group.name,
        reference=reference.name,
        value=found.value,
        undefined=found.why if found.value is None else None,
        undefined_as=found.kind,
        n=group.n,
        interval=interval,
        simultaneous=simultaneous,
        comparisons=comparisons,
        headline=headline,
        share=group.rows / everybody if everybody else None,
        method=found.method,
    )


def _undefined(member: Member, question: Question, everybody: int, why: str, kind: Kind) -> Estimate:
    return Estimate(
        name=question.name,
        shape=question.shape,
        grouping=question.grouping,
        of=question.of,
        group=member.name,
        undefined=why,
        undefined_as=kind,
        n=member.n,
        share=member.rows / everybody if everybody else None,
    )


def _whole(question: Question, why: str, kind: Kind = "estimate_undefined") -> Estimate:
    return Estimate(
        name=question.name,
        shape=question.shape,
        grouping=question.grouping,
        of=question.of,
        undefined=f"{question.grouping}: {why}",
        undefined_as=kind,
    )
