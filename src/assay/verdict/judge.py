"""One estimate against one criterion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from assay.record.estimate import Estimate, Interval
from assay.record.finding import Judgement, Outcome, Reason
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.region import NOTHING, Answer, Region, region
from assay.verdict.words import bounds, number, p_value, requirement, span, subject_of


@dataclass(frozen=True)
class _Decision:
    """An answer; its words are found when they are asked for, which most of a search for another answer never are."""

    outcome: Outcome
    reason: Reason | None
    words: Callable[[], str]
    by_interval: Outcome | None = None


def judge(estimate: Estimate, criterion: Criterion, index: int, small_groups: SmallGroups) -> Judgement:
    """Compare, exactly where the estimate is made of counts, by interval unless the policy says otherwise."""
    decided = _decision(estimate, criterion, small_groups)
    return Judgement(
        estimate=estimate.id,
        criterion=index,
        outcome=decided.outcome,
        reason=decided.reason,
        sentence=f"{subject_of(estimate)}{decided.words()}",
        by_interval=decided.by_interval,
    )


def outcome_of(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> Outcome:
    """The outcome of `judge` alone."""
    return _decision(estimate, criterion, small_groups).outcome


def _decision(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> _Decision:
    if estimate.excluded is not None:
        return _Decision("not_applicable", None, lambda: f" is left out: {estimate.excluded}")
    if estimate.undefined is not None:
        return _Decision("inconclusive", estimate.undefined_as, lambda: f": {estimate.undefined}")
    good = region(criterion, estimate)

    def shown() -> str:
        return f" is {number(estimate.value, *bounds(criterion))}"

    if good is None:
        return _Decision("pass", None, lambda: f"{shown()}; {requirement(good)}")
    if criterion.significance is not None:
        tested, reason, tested_words = _by_test(estimate, good, criterion, small_groups)
        return _Decision(tested, reason, lambda: f"{shown()} {tested_words()}")
    point: Answer = "pass" if good.holds(_point(estimate)) else "fail"
    if estimate.basis == "exact":
        return _Decision(point, None, lambda: f"{shown()}, required {requirement(good)}")
    by_interval, reason, interval_words = _by_interval(estimate, good, criterion, small_groups)
    if criterion.decide_on == "estimate":
        beside = f", the interval says {by_interval}" if estimate.interval is not None else ""
        return _Decision(
            point, None, lambda: f"{shown()}, required {requirement(good)}; the point decides{beside}", by_interval
        )
    return _Decision(by_interval, reason, lambda: f"{shown()} {interval_words()}, required {requirement(good)}")


def is_small(estimate: Estimate, small_groups: SmallGroups) -> bool:
    """Whether a denominator, or n where there is none, lies under the minimum."""
    return _size(estimate) < small_groups.minimum


def _size(estimate: Estimate) -> int:
    if estimate.denominator is None:
        return min(estimate.n, estimate.reference_design.people if estimate.reference_design else estimate.n)
    return min(estimate.denominator, estimate.reference_denominator or estimate.denominator)


def on_the_bad_side(estimate: Estimate, criterion: Criterion) -> bool:
    """Whether the point estimate alone would fail."""
    good = region(criterion, estimate)
    return good is not None and estimate.value is not None and not good.holds(_point(estimate))


def _by_interval(
    estimate: Estimate, good: Region, criterion: Criterion, small_groups: SmallGroups
) -> tuple[Answer, Reason | None, Callable[[], str]]:
    own, family = estimate.interval, estimate.simultaneous or estimate.interval
    if own is None or family is None:
        return "inconclusive", "estimate_unstable", lambda: "without an interval"

    def told() -> str:
        return _told(own, family, bounds(criterion))

    if is_small(estimate, small_groups):
        if estimate.simultaneous is not None and good.answer(estimate.simultaneous) == "fail":
            return "fail", None, lambda: f"{told()}; few, yet wholly beyond the limit"
        few = f"on {_size(estimate)}, fewer than the minimum of {small_groups.minimum}"
        return "inconclusive", "sample_too_small", lambda: f"{told()}, {few}"
    if good.answer(own) == "pass":
        return "pass", None, told
    if good.answer(family) == "fail":
        return "fail", None, told
    return "inconclusive", "interval_straddles", told


def _by_test(
    estimate: Estimate, good: Region, criterion: Criterion, small_groups: SmallGroups
) -> tuple[Answer, Reason | None, Callable[[], str]]:
    """The interval within the margin passes; otherwise a p-value at or under the level fails; anything else is open."""
    level, own = criterion.significance, estimate.interval
    p = estimate.p_value if estimate.p_adjusted is None else estimate.p_adjusted
    assert level is not None  # noqa: S101  the caller has asked
    few, told = is_small(estimate, small_groups), "without an interval"
    if own is not None:
        told = f"({span(own, *bounds(criterion))})"
        if not few and good.answer(own) == "pass":
            words = f"{told}, required {requirement(good)}{'' if p is None else f'; {p_value(p, level)}'}"
            return "pass", None, lambda: words
    if p is None:
        reason: Reason = "sample_too_small" if few else estimate.undefined_as
        words = f"{told}, without a p-value" + (f", on {_size(estimate)}" if few else "")
        return "inconclusive", reason, lambda: words
    adjusted = f", adjusted for {estimate.comparisons} comparisons" if estimate.comparisons > 1 else ""
    told = f"{told}, {p_value(p, level)}{adjusted}"
    if p <= level and not (estimate.worse_only and _no_worse(estimate)):
        beside = "" if good is NOTHING else f", required {requirement(good)}"
        return "fail", None, lambda: f"{told}: significant at {level:g}{beside}"
    if p > level:
        told += f": not significant at {level:g}"
    else:
        told += ": on the better side" if estimate.group is None else ": better off, by a group under the minimum"
    if few:
        return "inconclusive", "sample_too_small", lambda: f"{told}, on {_size(estimate)}"
    shown = "and not shown to be" if good is not NOTHING else "which does not show that they are"
    return "inconclusive", "interval_straddles", lambda: f"{told}, {shown} {requirement(good)}"


def _no_worse(estimate: Estimate) -> bool:
    """Whether the group is as well off as the other one, or better, by the point."""
    equality = 1 if estimate.shape == "ratio" else 0
    return _point(estimate) <= equality if estimate.high_is_worse else _point(estimate) >= equality


def _told(own: Interval, family: Interval, numbers: tuple[float, ...]) -> str:
    if family is own or family == own:
        return f"({span(own, *numbers)})"
    return f"({span(own, *numbers)}; with all comparisons {span(family, *numbers)})"


def _point(estimate: Estimate) -> Fraction | float:
    exact = estimate.exact
    if exact is not None:
        return exact
    assert estimate.value is not None  # noqa: S101  callers have handled the undefined
    return estimate.value
