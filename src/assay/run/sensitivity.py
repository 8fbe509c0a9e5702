"""How far a judgement is from another one: which threshold would change it, and how many people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal

from assay.record.estimate import Estimate, Interval
from assay.record.finding import Judgement, Outcome
from assay.record.policy import Criterion, SmallGroups
from assay.run.compared import same
from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from assay.stats.proportion import clopper_pearson, wilson
from assay.verdict.judge import outcome_of
from assay.verdict.region import region

MOST = 200
"""Judgements of a finding that are looked at, the leading one first."""
BESIDE = 1e-9
"""How far beside a number a threshold is tried, relative to the number."""
LARGEST_LEVEL = 0.5
"""Of a test."""
_ONE_NUMBER = ("at_least", "at_most", "above", "below", "margin", "significance")
FEW = 200
"""People among whom every count is looked at: hardly any of them may pass, and the search miss those that do."""


def with_sensitivity(
    judgements: Sequence[Judgement],
    leading: Judgement | None,
    estimates: Mapping[str, Estimate],
    criteria: Sequence[Criterion],
    small_groups: SmallGroups,
) -> tuple[Judgement, ...]:
    """The judgements, where those that decide say at which threshold and with how many people they would be others.

    Those are the leading one, and all that fail or are inconclusive, up to MOST of them.
    """
    first = None if leading is None else (leading.estimate, leading.criterion)
    decide = [at for at, one in enumerate(judgements) if one.outcome in ("fail", "inconclusive")]
    decide.sort(key=lambda at: (judgements[at].estimate, judgements[at].criterion) != first)
    passed = (at for at, one in enumerate(judgements) if one.outcome == "pass")
    decide += [at for at in passed if (judgements[at].estimate, judgements[at].criterion) == first]
    told = {}
    for at in decide[:MOST]:
        estimate, criterion = estimates[judgements[at].estimate], criteria[judgements[at].criterion]
        if outcome_of(estimate, criterion, small_groups) == judgements[at].outcome:  # else something else decides
            told[at] = judgements[at].model_copy(
                update={
                    "flips_at": flips_at(estimate, criterion, small_groups),
                    "people_to_flip": people_to_flip(estimate, criterion, small_groups),
                }
            )
    return tuple(told.get(at, one) for at, one in enumerate(judgements))


def flips_at(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> dict[Outcome, float]:
    """Every other outcome → the threshold nearest to the given one beyond which it would be that.

    The outcome is a step function of the threshold. Its steps can only lie at the value, at the ends of the intervals,
    and where one of these is the mirrored bound of a comparison judged on both sides; of a test, at the p-value.
    Thresholds beyond equality, which would be judged on one side instead of two, are no answer; nor is there one where
    the criterion has two numbers, or none.
    """
    threshold, good = criterion.threshold, region(criterion, estimate)
    if criterion.operator not in _ONE_NUMBER or not isinstance(threshold, (int, float)) or good is None:
        return {}
    sides = good.low is None, good.high is None
    equal = {"ratio": 1.0, "difference": 0.0}.get(estimate.shape) if criterion.sides == "two" else None

    def crosses(step: float) -> bool:
        return equal is not None and criterion.operator in _ONE_NUMBER[:4] and (step - equal) * (threshold - equal) < 0

    start = outcome_of(estimate, criterion, small_groups)
    found: dict[Outcome, float] = {}
    for step in sorted(_steps(estimate, criterion.operator), key=lambda step: abs(step - threshold)):
        for beyond in (1, -1) if step == threshold else (1 if step > threshold else -1,):
            moved = criterion.model_copy(update={criterion.operator: step + beyond * max(abs(step), BESIDE) * BESIDE})
            other = region(moved, estimate)
            if other is None or (other.low is None, other.high is None) != sides or crosses(step):
                continue
            outcome = outcome_of(estimate, moved, small_groups)
            if outcome != start:
                found.setdefault(outcome, step)
    return found


def people_to_flip(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> int | None:
    """The least number of people of the group who, had each of them fared otherwise, would make it another outcome.

    The group stays as large as it is and the reference as it is; the intervals are those of the new counts. None where
    the number is not made of counts, where its intervals are not those that are computed here, where a test decides, or
    where nobody would.
    """
    if criterion.significance is not None:
        return None
    again = _counted(estimate, criterion, small_groups)
    k, n = estimate.numerator, estimate.denominator
    good = region(criterion, estimate)
    if again is None or k is None or n is None or good is None:
        return None
    start = outcome_of(estimate, criterion, small_groups)

    @cache
    def differs(hits: int) -> bool:
        other = again(hits)
        return other is not None and outcome_of(other, criterion, small_groups) != start

    middle = k if good.low is None or good.high is None else _hits(estimate, float(good.low), float(good.high))
    up = _first(differs, k, _upwards(k, middle, n))
    least = max(k - (up - k), 0) if differs(up) else 0
    down = _first(differs, k, _downwards(k, middle, least))
    found = min((abs(place - k) for place in (up, down) if differs(place)), default=n)
    for near in range(1, found if n <= FEW else 0):
        if any(differs(place) for place in (k - near, k + near) if 0 <= place <= n):
            return near
    return found if any(differs(place) for place in (k - found, k + found) if 0 <= place <= n) else None


def _steps(estimate: Estimate, operator: str) -> Iterator[float]:
    """Thresholds at which the outcome may change."""
    if operator == "significance":
        p = estimate.p_value if estimate.p_adjusted is None else estimate.p_adjusted
        yield from () if p is None or p > LARGEST_LEVEL else (p,)
        return
    ends = [estimate.value]
    for interval in (estimate.interval, estimate.simultaneous):
        ends += [interval.low, interval.high] if interval is not None else []
    for end in dict.fromkeys(end for end in ends if end is not None):
        mirrored = [1 / end] if estimate.shape == "ratio" and end else []
        mirrored += [-end] if estimate.shape == "difference" else []
        if operator != "margin":
            yield from (end, *mirrored)
        elif estimate.shape == "ratio":
            yield from (1 - bound for bound in (end, *mirrored) if 0 < bound < 1)
        elif end:
            yield abs(end)


def _upwards(k: int, middle: int, n: int) -> list[int]:
    return [place for place in dict.fromkeys((min(max(middle, k), n), n)) if place > k]


def _downwards(k: int, middle: int, least: int) -> list[int]:
    return [place for place in dict.fromkeys((max(min(middle, k), least), least)) if place < k]


def _first(differs: Callable[[int], bool], k: int, pivots: Sequence[int]) -> int:
    """The place nearest to k that differs, or the last pivot. Up to each pivot in turn, what differs goes on to."""
    near = k
    for pivot in pivots:
        if differs(pivot):
            far = pivot
            while abs(far - near) > 1:
                between = (near + far) // 2
                near, far = (near, between) if differs(between) else (between, far)
            return far
        near = pivot
    return near


def _hits(estimate: Estimate, low: float, high: float) -> int:
    """At how many hits the value lies in the middle of what is acceptable: there a pass is likeliest."""
    n = estimate.denominator or 0
    if estimate.shape == "value":
        return round((low + high) / 2 * n)
    rate = (estimate.reference_numerator or 0) / (estimate.reference_denominator or 1)
    wanted = rate * (low * high) ** 0.5 if estimate.shape == "ratio" and low * high > 0 else rate + (low + high) / 2
    return round(min(max(wanted, 0.0), 1.0) * n)


def _counted(
    estimate: Estimate, criterion: Criterion, small_groups: SmallGroups
) -> Callable[[int], Estimate | None] | None:
    """The estimate by the hits of its group; None where that does not give the recorded one for its own hits."""
    k, n, own = estimate.numerator, estimate.denominator, estimate.interval
    if k is None or not n or (own is None and estimate.basis == "sample"):
        return None
    makers = [_compared(estimate, criterion, small_groups)] if estimate.reference_denominator else []
    if estimate.shape == "value" and estimate.reference_denominator is None:
        makers = [_rate(estimate, limits) for limits in (wilson, clopper_pearson)]
    for maker in makers:
        made = maker(k)
        if made is not None and _alike(made, estimate):
            return maker
    return None


def _alike(made: Estimate, recorded: Estimate) -> bool:
    pairs = ((made.interval, recorded.interval), (made.simultaneous, recorded.simultaneous))
    ends = (((a.low, a.high), (b.low, b.high)) if a and b else (a, b) for a, b in pairs)
    return same(made.value, recorded.value) and all(same(one, other) for one, other in ends)


def _compared(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> Callable[[int], Estimate | None]:
    """A comparison of two rates of counts."""
    n, others = estimate.denominator or 0, estimate.reference_denominator or 0
    other = GroupCounts("reference", estimate.reference_numerator or 0, others, others)
    confidence = estimate.interval.confidence if estimate.interval else criterion.confidence
    shape: Literal["ratio", "difference"] = "difference" if estimate.shape == "difference" else "ratio"
    question = Question(
        estimate.name, shape, "", confidence, small_groups.minimum, "estimate", other.name, family=estimate.comparisons
    )  # fmt: skip

    def make(hits: int) -> Estimate | None:
        found = compare_groups((GroupCounts("group", hits, n, n), other), question)[0]
        if found.value is None:
            return None
        return estimate.model_copy(
            update={
                "numerator": hits,
                "value": found.value,
                "interval": found.interval,
                "simultaneous": found.simultaneous if estimate.simultaneous else None,
            }
        )

    return make


def _rate(
    estimate: Estimate, limits: Callable[[float, float, float], tuple[float, float]]
) -> Callable[[int], Estimate | None]:
    """A rate of its own."""
    n = estimate.denominator or 0

    def interval(hits: int, given: Interval | None) -> Interval | None:
        if given is None:
            return None
        low, high = limits(hits, n, given.confidence)
        return given.model_copy(update={"low": low, "high": high})

    def make(hits: int) -> Estimate | None:
        ends = interval(hits, estimate.interval), interval(hits, estimate.simultaneous)
        return estimate.model_copy(
            update={"numerator": hits, "value": hits / n, "interval": ends[0], "simultaneous": ends[1]}
        )

    return make
