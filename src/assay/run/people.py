"""How many people would turn an undecided comparison into a pass or a fail."""

from __future__ import annotations

import math

from assay.record.estimate import DesignRate, Estimate, Interval
from assay.record.policy import Criterion, SmallGroups
from assay.stats.comparison import difference_interval, ratio_interval
from assay.stats.design import scaled
from assay.verdict.region import Region, region

CEILING = 1e9
_TOTALS = ("shortfall", "inversions")
"""Estimates in people, or in places of an order: they grow with the data, so that no number of people decides them."""


def people_to_decide(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> int | None:
    """People of the group at which the interval would lie wholly on the side where the point lies.

    Assumes that the rates stay and every group grows alike, and effective numbers with the people. A comparison of two
    rates is computed again with grown numbers; any other interval has a bound at distance d from the value come to d/√f
    when there are f times as many people; a bound of bins is part of d that stays.
    None where no number of people decides, because the value is the threshold itself, or as near to it as the bound of
    bins, or is unbounded; and where a p-value would have to decide.
    """
    good = region(criterion, estimate)
    value, own = estimate.value, estimate.interval
    if estimate.name in _TOTALS:
        return None
    size = estimate.denominator if estimate.denominator is not None else estimate.n
    if good is None or good.empty or value is None or own is None or size == 0:
        return None
    passes = good.holds(estimate.exact if estimate.exact is not None else value)
    if criterion.significance is not None and not passes:
        return None
    if estimate.reference_denominator or estimate.reference_design:
        factor = _grown(estimate, good, own, size, passes=passes)
    else:
        interval = own if passes else estimate.simultaneous or own
        factor = _growth(value, interval, good, estimate.bound or 0.0, passes=passes)
    if factor is None or factor * size > CEILING:
        return None
    return max(math.ceil(factor * size), small_groups.minimum)


def _grown(estimate: Estimate, good: Region, own: Interval, size: int, *, passes: bool) -> float | None:
    """The least factor at which a comparison of two rates is decided, by doubling and halving."""
    interval = ratio_interval if estimate.shape == "ratio" else difference_interval
    family = estimate.simultaneous or own
    confidence, wanted = (own.confidence, "pass") if passes else (family.confidence, "fail")
    group = _rate(estimate.design, estimate.numerator, estimate.denominator, confidence)
    reference = _rate(
        estimate.reference_design, estimate.reference_numerator, estimate.reference_denominator, confidence
    )

    def decided(factor: float) -> bool:
        grown = [(k * factor, n * factor) for k, n in (group, reference)]
        return good.answer(interval(grown[0], grown[1], confidence)) == wanted

    high = 1.0
    while not decided(high):
        high *= 2
        if high * size > CEILING:
            return None
    low = high / 2
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return max(high, 1.0)


def _rate(design: DesignRate | None, k: int | None, n: int | None, confidence: float) -> tuple[float, float]:
    """Numerator and denominator of a rate for an interval: counts, or effective numbers."""
    return (k or 0, n or 0) if design is None else scaled(design, confidence)


def _growth(value: float, interval: Interval, good: Region, stays: float, *, passes: bool) -> float | None:
    low = None if good.low is None else float(good.low)
    high = None if good.high is None else float(good.high)
    if passes:  # both bounds of the interval have to come inside
        pairs = [(interval.low, low), (interval.high, high)]
        growths = [_factor(value, end, bound, stays) for end, bound in pairs if bound is not None]
    else:  # the bound of the interval next to the good side has to leave it
        below = low is not None and value < low
        growths = [_factor(value, interval.high if below else interval.low, low if below else high, stays)]
    known = [growth for growth in growths if growth is not None]
    return max(known) if len(known) == len(growths) and known else None


def _factor(value: float, end: float | None, bound: float | None, stays: float) -> float | None:
    if end is None or bound is None or abs(bound - value) <= stays:
        return None
    return max((max(abs(end - value) - stays, 0.0) / (abs(bound - value) - stays)) ** 2, 1.0)
