"""How many people would turn an undecided comparison into a pass or a fail."""

from __future__ import annotations

import math

from assay.record.estimate import Estimate, Interval
from assay.record.policy import Criterion, SmallGroups
from assay.verdict.region import Region, region

CEILING = 1e9


def people_to_decide(estimate: Estimate, criterion: Criterion, small_groups: SmallGroups) -> int | None:
    """People of the group at which the interval would lie wholly on the side where the point lies.

    Assumes that the rates stay and every group grows alike: a bound at distance d from the value comes to d/√f when
    there are f times as many people (on the log scale for a ratio). None where no number of people decides, because
    the value is the threshold itself or is unbounded.
    """
    good = region(criterion, estimate)
    value, own = estimate.value, estimate.interval
    size = estimate.denominator if estimate.denominator is not None else estimate.n
    if good is None or value is None or own is None or size == 0:
        return None
    point = estimate.exact if estimate.exact is not None else value
    passes = good.holds(point)
    interval = own if passes else estimate.simultaneous or own
    factor = _growth(value, interval, good, passes=passes, logarithmic=estimate.shape == "ratio")
    if factor is None or factor * size > CEILING:
        return None
    return max(math.ceil(factor * size), small_groups.minimum)


def _growth(value: float, interval: Interval, good: Region, *, passes: bool, logarithmic: bool) -> float | None:
    low = None if good.low is None else float(good.low)
    high = None if good.high is None else float(good.high)
    if passes:  # both bounds of the interval have to come inside
        pairs = [(interval.low, low), (interval.high, high)]
        growths = [_factor(value, end, bound, logarithmic) for end, bound in pairs if bound is not None]
    else:  # the bound of the interval next to the good side has to leave it
        below = low is not None and value < low
        growths = [_factor(value, interval.high if below else interval.low, low if below else high, logarithmic)]
    known = [growth for growth in growths if growth is not None]
    return max(known) if len(known) == len(growths) and known else None


def _factor(value: float, end: float | None, bound: float | None, logarithmic: bool) -> float | None:
    if end is None or bound is None:
        return None
    if logarithmic:
        if min(value, end, bound) <= 0:
            return None
        value, end, bound = math.log(value), math.log(end), math.log(bound)
    if value == bound:
        return None
    return max(((end - value) / (bound - value)) ** 2, 1.0)
