"""Groups compared by a number that is no rate: who is compared with whom, at which level.

The same rules as for rates (stats/groups.py), but for small groups: there is no exact method for such numbers, so that
a group under the minimum has an interval of its own and no simultaneous one, and is never found to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.record.estimate import Estimate, Interval
from assay.stats.pairing import Kind, Question, pair_up


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

    @property
    def size(self) -> int:
        """The people behind it."""
        return self.n


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
        return (question.undefined(told),)

    def undefined(member: Member, why: str, kind: Kind) -> Estimate:
        return question.undefined_group(
            member.name, member.n, member.rows / everybody if everybody else None, why, kind
        )

    without = [
        undefined(member, member.why, member.kind)
        for member in sorted(members, key=lambda each: each.name)
        if member.value is None
    ]
    ranked = sorted(
        (member for member in members if member.value is not None), key=lambda m: (-(m.value or 0.0), -m.n, m.name)
    )
    found = pair_up(ranked, question, most=MOST_PAIRS, counted="for which there is a number")
    if found.undefined is not None:
        return (found.undefined, *without)
    few = f"fewer than {question.minimum} people in every group"
    small = (undefined(member, few, "sample_too_small") for member in ranked if found.few)
    made = (
        _compared(a, b, b is found.reference, found.comparisons, everybody, question, compare) for a, b in found.pairs
    )
    return (*made, *small, *without)


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
