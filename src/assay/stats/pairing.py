"""Who is compared with whom among the groups of a grouping: one rule for rates and for every other number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from assay.record.estimate import Estimate, Shape
from assay.record.policy import DecideOn

Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]


class Ranked(Protocol):
    """A group that has a number."""

    @property
    def name(self) -> str:
        """Of the group."""

    @property
    def rows(self) -> int:
        """All its people."""

    @property
    def size(self) -> int:
        """Those behind the number: what the minimum counts."""


R = TypeVar("R", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the groups of one grouping."""

    name: str
    """Of the estimates."""
    shape: Shape
    grouping: str
    confidence: float
    minimum: int
    """Least size of a group that is judged by the usual interval and may be the reference."""
    decide_on: DecideOn = "interval"
    reference: str = "highest"
    """`highest`, `largest` or a group."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Group → justification: estimated, but no reference and not judged."""
    of: str | None = None
    """Of what, where the same is asked of several things: a class."""
    family: int = 1
    """How many such questions one claim is made of; a grouping has that many times its comparisons."""
    better: Literal["high", "low"] | None = "high"
    """Which side is better for the people of a group; None where nobody can say, and either side is found."""
    named: bool = False
    """`reference` is a group, even one that is called `highest`."""

    def may_be_reference(self, group: Ranked) -> bool:
        """A statistic that the law defines as a point takes every group as it is."""
        return self.decide_on == "estimate" or group.size >= self.minimum

    def undefined(self, why: str, kind: Kind = "estimate_undefined") -> Estimate:
        """The whole grouping, without a value."""
        return Estimate(
            name=self.name, shape=self.shape, grouping=self.grouping, of=self.of,
            undefined=f"{self.grouping}: {why}", undefined_as=kind,
        )  # fmt: skip

    def undefined_group(self, name: str, n: int, share: float | None, why: str, kind: Kind) -> Estimate:
        """One group, without a value."""
        return Estimate(
            name=self.name, shape=self.shape, grouping=self.grouping, of=self.of, group=name,
            undefined=why, undefined_as=kind, n=n, share=share,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pairing(Generic[R]):
    """Who is compared with whom, or why nobody is."""

    pairs: tuple[tuple[R, R], ...] = ()
    reference: R | None = None
    """Of the headline."""
    comparisons: int = 1
    few: bool = False
    """No group reaches the minimum."""
    undefined: Estimate | None = None
    """Why the grouping as a whole is not compared."""


def pair_up(ranked: Sequence[R], question: Question, *, most: int, counted: str) -> Pairing[R]:
    """The pairs, each group before what it is compared with. `ranked`: by falling number, no two alike in order.

    `highest`: of every pair of groups at or above the minimum the lower one with the higher, and every smaller group
    with each of them; for a statistic decided by its point, every group with the highest. Another reference: every
    other group with it. More than `most` pairs are too many to be read. `counted`: what members of a group are, or do,
    that stand behind the number: "in which anybody counts towards the rate".
    """
    if question.reference == "highest" and not question.named:
        return _each_with_each(ranked, question, most)
    if not ranked:
        return Pairing()
    if question.reference == "largest" and not question.named:
        reference: R | None = min(ranked, key=lambda group: (-group.rows, -group.size))
    else:
        reference = next((group for group in ranked if group.name == question.reference), None)
    if reference is None:
        why = f"there is no reference group {question.reference!r} {counted}"
        return Pairing(undefined=question.undefined(why, "evidence_missing"))
    if not question.may_be_reference(reference):
        why = f"the reference group {reference.name} has {reference.size}, fewer than {question.minimum}"
        return Pairing(undefined=question.undefined(why, "sample_too_small"))
    pairs = tuple((group, reference) for group in ranked if group is not reference)
    return Pairing(pairs, reference, max(len(pairs), 1) * question.family)


def _each_with_each(ranked: Sequence[R], question: Question, most: int) -> Pairing[R]:
    eligible = [group for group in ranked if question.may_be_reference(group)]
    if not eligible:
        return Pairing(few=True)
    highest = eligible[0]
    if question.decide_on == "estimate":
        pairs = [(group, highest) for group in ranked if group is not highest]
    else:
        pairs = [(low, high) for place, high in enumerate(eligible) for low in eligible[place + 1 :]]
        pairs += [(few, many) for few in ranked if few.size < question.minimum for many in eligible]
        if len(pairs) > most:
            why = f"{len(ranked)} groups are too many to compare each with each; name a reference, or `largest`"
            return Pairing(undefined=question.undefined(why))
    return Pairing(tuple(pairs), highest, max(len(ranked) * (len(ranked) - 1) // 2, 1) * question.family)
