"""Rates of groups compared: who is compared with whom, by which interval, at which level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from assay.record.estimate import DesignRate, Estimate, Interval
from assay.record.policy import DecideOn
from assay.stats.comparison import (
    difference_interval,
    exact_difference_interval,
    exact_ratio_interval,
    level_of_each,
    ratio_interval,
)
from assay.stats.design import scaled

_INTERVALS = {
    ("ratio", False): ratio_interval,
    ("ratio", True): exact_ratio_interval,
    ("difference", False): difference_interval,
    ("difference", True): exact_difference_interval,
}
_Undefined = Literal["estimate_undefined", "sample_too_small", "evidence_missing"]
MOST_PAIRS = 20_000
"""Comparisons of one grouping: 200 groups each with each make 25 MB of a record. Beyond it a reference is named."""
_ROUNDING = Fraction(1, 2**50)
"""By how much, relative to itself, a rate of sums of weights can be off because these are rounded."""


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """A group: `numerator` of the `denominator` members that count; `rows` are all its people. Each is one of them,
    whatever their weights; where people have weights or stand in several rows, `design` tells what the rate is worth.
    """

    name: str
    numerator: int
    denominator: int
    rows: int
    design: DesignRate | None = None
    weights: tuple[float, float] | None = None
    """Sums of the sampling weights of the numerator and of the denominator."""

    @property
    def rate(self) -> Fraction:
        """Exact: of counts, or of the sums of weights as they are. Raises ZeroDivisionError where nobody counts.

        A weighted rate that is the rate of the counts but for the rounding of its sums, as of equal weights, is that:
        2 of 5 people of weight 0.1 are 2/5, so that a tie with another group or with the threshold stays one.
        """
        counted = Fraction(self.numerator, self.denominator)
        if self.weights is None:
            return counted
        weighted = Fraction(self.weights[0]) / Fraction(self.weights[1])
        return counted if abs(weighted - counted) <= _ROUNDING * counted else weighted

    def at(self, confidence: float) -> tuple[float, float]:
        """Numerator and denominator for an interval: counts, or effective numbers."""
        return (self.numerator, self.denominator) if self.design is None else scaled(self.design, confidence)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the groups of one grouping."""

    name: str
    """Of the estimates."""
    shape: Literal["ratio", "difference"]
    grouping: str
    confidence: float
    minimum: int
    """Least denominator of a group that is judged by the usual interval and may be the reference."""
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
    """Which rate is better for the people of a group; None where nobody can say, and either side is found."""

    def may_be_reference(self, group: GroupCounts) -> bool:
        """A statistic that the law defines as a point takes every group as it is."""
        return self.decide_on == "estimate" or group.denominator >= self.minimum


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who is compared with whom, or why nobody is."""

    pairs: tuple[tuple[GroupCounts, GroupCounts], ...] = ()
    reference: GroupCounts | None = None
    comparisons: int = 1
    undefined: tuple[Estimate, ...] = ()


def compare_groups(groups: Sequence[GroupCounts], question: Question) -> tuple[Estimate, ...]:
    """The estimates of one grouping; never empty, and nothing that cannot be computed has a value.

    `highest`: every pair of groups at or above the minimum, the lower rate over the higher one, and every smaller group
    against each of them. Another reference: every other group against it. The order of `groups` does not matter.
    Where the grouping as a whole has nothing to compare, each group still has its counts, without a value.
    """
    known = sum(group.rows for group in groups)
    kept = sorted((g for g in groups if g.name not in question.excluded), key=lambda g: g.name)
    aside = sorted((g for g in groups if g.name in question.excluded), key=lambda g: g.name)
    if len(kept) < 2:
        why = _too_few(kept)
        alone = tuple(_of_group(g, known, question, why, "estimate_undefined") for g in kept)
        return (_whole(question, why), *alone, *(_excluded(g, _Plan(), known, question) for g in aside))
    empty = tuple(
        _of_group(g, known, question, f"nobody of {g.name} counts towards the rate") for g in kept if not g.denominator
    )
    ranked = sorted((g for g in kept if g.denominator), key=lambda g: (-g.rate, -g.denominator, g.name))
    plan = (
        _against_highest(ranked, known, question)
        if question.reference == "highest"
        else _fixed(ranked, known, question)
    )
    compared = tuple(_compare(g, r, plan, known, question) for g, r in plan.pairs)
    return compared + plan.undefined + empty + tuple(_excluded(g, plan, known, question) for g in aside)


def _against_highest(ranked: list[GroupCounts], known: int, question: Question) -> _Plan:
    eligible = [group for group in ranked if question.may_be_reference(group)]
    if not eligible:
        few = f"fewer than {question.minimum} count towards the rate in every group"
        return _Plan(undefined=tuple(_of_group(group, known, question, few) for group in ranked))
    highest = eligible[0]
    if question.shape == "ratio" and not highest.rate:
        return _Plan(undefined=_nobody(highest, ranked, known, question))
    if question.decide_on == "estimate":
        pairs = [(group, highest) for group in ranked if group is not highest]
    else:
        pairs = [(low, high) for place, high in enumerate(eligible) for low in eligible[place + 1 :]]
        pairs += [(few, many) for few in ranked if few.denominator < question.minimum for many in eligible]
        if len(pairs) > MOST_PAIRS:
            why = f"{len(ranked)} groups are too many to compare each with each; name a reference, or `largest`"
            return _Plan(undefined=(_whole(question, why),))
    if question.shape == "ratio":  # two rates of 0 have no ratio; both are compared with the highest
        pairs = [(group, reference) for group, reference in pairs if reference.rate]
    return _Plan(tuple(pairs), highest, max(len(ranked) * (len(ranked) - 1) // 2, 1) * question.family)


def _fixed(ranked: list[GroupCounts], known: int, question: Question) -> _Plan:
    if not ranked:
        return _Plan()
    reference: GroupCounts | None
    if question.reference == "largest":
        reference = min(ranked, key=lambda g: (-g.rows, -g.denominator, -g.rate, g.name))
    else:
        reference = next((group for group in ranked if group.name == question.reference), None)
    if reference is None:
        why = f"there is no reference group {question.reference!r} in which anybody counts towards the rate"
        return _Plan(undefined=(_whole(question, why, "evidence_missing"),))
    if not question.may_be_reference(reference):
        why = f"the reference group {reference.name} has {reference.denominator}, fewer than {question.minimum}"
        return _Plan(undefined=(_whole(question, why, "sample_too_small"),))
    if question.shape == "ratio" and not reference.rate:
        return _Plan(undefined=_nobody(reference, ranked, known, question))
    pairs = tuple((group, reference) for group in ranked if group is not reference)
    return _Plan(pairs, reference, max(len(pairs), 1) * question.family)


def _compare(group: GroupCounts, reference: GroupCounts, plan: _Plan, known: int, question: Question) -> Estimate:
    small = min(group.denominator, reference.denominator) < question.minimum
    ratio, counted = question.shape == "ratio", group.weights is None
    worse_only = (
        question.decide_on == "interval"
        and question.reference == "highest"
        and group.denominator < question.minimum
        and question.better is not None
    )

    def interval(confidence: float) -> Interval:
        level = level_of_each(confidence) if small else confidence  # at which the limits of both rates are taken
        return _INTERVALS[question.shape, small](group.at(level), reference.at(level), confidence)

    return Estimate(
        name=question.name,
        shape=question.shape,
        grouping=question.grouping,
        of=question.of,
        group=group.name,
        reference=reference.name,
        value=float(group.rate / reference.rate if ratio else group.rate - reference.rate),
        n=group.denominator,
        numerator=group.numerator if counted else None,
        denominator=group.denominator if counted else None,
        reference_numerator=reference.numerator if counted else None,
        reference_denominator=reference.denominator if counted else None,
        design=group.design,
        reference_design=reference.design,
        interval=interval(question.confidence),
        simultaneous=interval(1 - (1 - question.confidence) / plan.comparisons),
        comparisons=plan.comparisons,
        worse_only=worse_only,
        high_is_worse=worse_only and question.better == "low",
        headline=reference is plan.reference,
        share=group.rows / known,
        method=_method(group, ratio=ratio),
    )


def _method(group: GroupCounts, *, ratio: bool) -> str:
    told = "ratio of two" if ratio else "difference of two"
    if group.design is None:
        return f"{told} rates"
    weighted = "weighted rates" if group.design.weighted else "rates"
    spread = "" if group.design.groups is None else ", spread between random groups of entities"
    return f"{told} {weighted}, effective numbers{spread}"


def _excluded(group: GroupCounts, plan: _Plan, known: int, question: Question) -> Estimate:
    if plan.reference is None or not group.denominator:
        estimate = _of_group(group, known, question, "there is nothing to compare")
    else:
        estimate = _compare(group, plan.reference, plan, known, question)
    judged = {"worse_only": False, "high_is_worse": False}  # it is not
    return estimate.model_copy(update={"excluded": question.excluded[group.name], **judged})


def _of_group(
    group: GroupCounts, known: int, question: Question, why: str, kind: _Undefined = "sample_too_small"
) -> Estimate:
    """Without a value; with the counts of its rate, where it has one."""
    counted = group.weights is None and group.denominator > 0
    return Estimate(
        name=question.name,
        shape=question.shape,
        grouping=question.grouping,
        of=question.of,
        group=group.name,
        undefined=why,
        undefined_as=kind,
        n=group.denominator,
        numerator=group.numerator if counted else None,
        denominator=group.denominator if counted else None,
        design=group.design,
        share=group.rows / known if known else None,
    )


def _whole(question: Question, why: str, kind: _Undefined = "estimate_undefined") -> Estimate:
    return Estimate(
        name=question.name,
        shape=question.shape,
        grouping=question.grouping,
        of=question.of,
        undefined=f"{question.grouping}: {why}",
        undefined_as=kind,
    )


def _nobody(
    reference: GroupCounts, ranked: Sequence[GroupCounts], known: int, question: Question
) -> tuple[Estimate, ...]:
    why = f"the rate of {reference.name} is 0, so there is no ratio to it"
    return (
        _whole(question, why),
        *(_of_group(group, known, question, why, "estimate_undefined") for group in ranked),
    )


def _too_few(kept: Sequence[GroupCounts]) -> str:
    return f"only one group ({kept[0].name})" if kept else "no row has a known group"
