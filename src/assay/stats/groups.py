"""Rates of groups compared: who is compared with whom, by which interval, at which level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.record.estimate import DesignRate, Estimate, Interval
from assay.stats.comparison import (
    difference_interval,
    exact_difference_interval,
    exact_ratio_interval,
    level_of_each,
    ratio_interval,
)
from assay.stats.design import scaled
from assay.stats.pairing import Kind, Pairing, Question, pair_up

_INTERVALS = {
    ("ratio", False): ratio_interval,
    ("ratio", True): exact_ratio_interval,
    ("difference", False): difference_interval,
    ("difference", True): exact_difference_interval,
}
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
    def size(self) -> int:
        """Those who count."""
        return self.denominator

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
        return (question.undefined(why), *alone, *(_excluded(g, Pairing(), known, question) for g in aside))
    empty = tuple(
        _of_group(g, known, question, f"nobody of {g.name} counts towards the rate") for g in kept if not g.denominator
    )
    ranked = sorted((g for g in kept if g.denominator), key=lambda g: (-g.rate, -g.denominator, g.name))
    plan = pair_up(ranked, question, most=MOST_PAIRS, counted="in which anybody counts towards the rate")
    undefined: tuple[Estimate, ...] = () if plan.undefined is None else (plan.undefined,)
    if plan.few:
        few = f"fewer than {question.minimum} count towards the rate in every group"
        undefined = tuple(_of_group(group, known, question, few) for group in ranked)
    reference = plan.reference
    if question.shape == "ratio" and reference is not None and not reference.rate:
        plan, undefined = Pairing(), _nobody(reference, ranked, known, question)
    # two rates of 0 have no ratio; both are compared with the highest
    pairs = [(g, r) for g, r in plan.pairs if question.shape != "ratio" or r.rate]
    compared = tuple(_compare(g, r, plan, known, question) for g, r in pairs)
    return compared + undefined + empty + tuple(_excluded(g, plan, known, question) for g in aside)


def _compare(
    group: GroupCounts, reference: GroupCounts, plan: Pairing[GroupCounts], known: int, question: Question
) -> Estimate:
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


def _excluded(group: GroupCounts, plan: Pairing[GroupCounts], known: int, question: Question) -> Estimate:
    if plan.reference is None or not group.denominator:
        estimate = _of_group(group, known, question, "there is nothing to compare")
    else:
        estimate = _compare(group, plan.reference, plan, known, question)
    judged = {"worse_only": False, "high_is_worse": False}  # it is not
    return estimate.model_copy(update={"excluded": question.excluded[group.name], **judged})


def _of_group(
    group: GroupCounts, known: int, question: Question, why: str, kind: Kind = "sample_too_small"
) -> Estimate:
    """Without a value; with the counts of its rate, where it has one."""
    share = group.rows / known if known else None
    estimate = question.undefined_group(group.name, group.denominator, share, why, kind)
    counted = group.weights is None and group.denominator > 0
    counts = {"numerator": group.numerator, "denominator": group.denominator} if counted else {}
    return estimate.model_copy(update={**counts, "design": group.design})


def _nobody(
    reference: GroupCounts, ranked: Sequence[GroupCounts], known: int, question: Question
) -> tuple[Estimate, ...]:
    why = f"the rate of {reference.name} is 0, so there is no ratio to it"
    return (
        question.undefined(why),
        *(_of_group(group, known, question, why, "estimate_undefined") for group in ranked),
    )


def _too_few(kept: Sequence[GroupCounts]) -> str:
    return f"only one group ({kept[0].name})" if kept else "no row has a known group"
