"""The area under the ROC curve and its variance, from counts at each distinct score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, inf, log, sqrt
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.proportion import clopper_pearson, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]
    Numbers = Counts | npt.NDArray[np.float64]

ENOUGH = 10
"""Events and non-events below which the normal approximation is not trusted."""
EXPECTED = 5
"""Disjoint pairs of an event and a non-event that are expected to stand the wrong way round, below which DeLong's
interval is not trusted by itself: Cochran's rule for expected counts (1954)."""


@dataclass(frozen=True, slots=True)
class Auc:
    """The chance that an event has a higher score than a non-event, ties counting half."""

    value: float
    variance: float
    """DeLong's; 0 where nothing varies, infinite with a single event or non-event."""
    events: int
    nonevents: int
    bound: float = 0.0
    """How far the value can be from that of the scores themselves, where these were counted in bins."""
    effective: tuple[float, float] | None = None
    """How many independent people the events and the non-events are worth, where rows have weights or somebody stands
    in several."""
    groups: int | None = None
    """The random groups between which the variance was seen, where it was."""


def auc(events: Counts, nonevents: Counts) -> Auc:
    """Exact, in O(k) from the counts at k ascending scores. Shapes (k,); both sums are positive, else ValueError.

    Source: DeLong, DeLong and Clarke-Pearson 1988.
    """
    import numpy as np

    positives, negatives = int(events.sum()), int(nonevents.sum())
    if not positives or not negatives:
        raise ValueError("an AUC needs events and non-events")
    below = 2 * (np.cumsum(nonevents) - nonevents) + nonevents  # twice the non-events an event there beats
    above = 2 * (positives - np.cumsum(events)) + events  # twice the events that beat a non-event there
    value = int(events @ below) / (2 * positives * negatives)
    variance = _spread(events, below / (2 * negatives), value) + _spread(nonevents, above / (2 * positives), value)
    return Auc(value, variance, positives, negatives)


def auc_of_ranks(events: int, nonevents: int, twice_u: int, event_squares: int, nonevent_squares: int) -> Auc:
    """The same from sums over the scores: twice Mann and Whitney's U, and the squares of twice the placements."""
    from fractions import Fraction

    def spread(squares: int, own: int, other: int) -> float:
        if own < 2:
            return float("inf")
        return float((squares - Fraction(twice_u * twice_u, own)) / (4 * other * other * (own - 1) * own))

    variance = spread(event_squares, events, nonevents) + spread(nonevent_squares, nonevents, events)
    return Auc(twice_u / (2 * events * nonevents), variance, events, nonevents)


def _spread(counts: Counts, placements: npt.NDArray[np.float64], mean: float) -> float:
    n = int(counts.sum())
    return float(counts @ (placements - mean) ** 2) / (n - 1) / n if n > 1 else float("inf")


def auc_interval(found: Auc, confidence: float) -> Interval:
    """DeLong's interval on the logit scale; where little stands the wrong way round, Newcombe's where that is wider.

    The data hold m = min(events, non-events) disjoint pairs, which are independent, and m · min(AUC, 1 − AUC) of them
    are expected to stand the wrong way round. Below 5 the placements hardly vary and DeLong's variance is often far too
    small: the interval lies above a high area in up to 19 % of samples instead of 2.5 %. There each end is the wider of
    DeLong's and Newcombe's score interval. Newcombe's trusts a model of the scores, and holds the area in 87 to 99.9 %
    of samples of classes of unequal size and spread: it is never used alone, nor where DeLong's can be trusted.
    Where neither can be trusted (fewer than 10 events or non-events, or a variance of 0) the bound is one over the
    disjoint pairs: Clopper–Pearson where all of them are ordered alike (AUC 0 or 1), Hoeffding's inequality for
    U-statistics otherwise. Never of zero width.
    Where rows have weights or belong to the same people, their effective numbers stand in for the events and
    non-events, and the spread between k random groups counts for as much as k − 1 degrees of freedom allow. Where the
    scores were counted in bins, the interval is wider by the bound at both ends.

    Source: DeLong et al. 1988; Pepe 2003 (logit); Newcombe 2006, method 5; Cochran 1954; Korn and Graubard 1998.
    """
    if found.bound:
        inner = auc_interval(replace(found, bound=0.0), confidence)
        low, high = max((inner.low or 0.0) - found.bound, 0.0), min((inner.high or 0.0) + found.bound, 1.0)
        return inner.model_copy(
            update={"low": low, "high": high, "method": f"{inner.method}; wider by the bins' bound"}
        )
    found = _worth(found, confidence)
    pairs = max(int(min(_numbers(found))), 1)
    if pairs >= ENOUGH and 0 < found.variance < inf and 0 < found.value < 1:
        (low, high), method = _logit(found, confidence), "DeLong (logit)"
        if min(found.value, 1 - found.value) * min(_numbers(found)) < EXPECTED:
            score_low, score_high = _score(found, confidence)
            low, high, method = min(low, score_low), max(high, score_high), "DeLong (logit) and Newcombe, the wider"
    elif found.value in (0.0, 1.0):
        low, high = clopper_pearson(round(found.value) * pairs, pairs, confidence)
        method = "Clopper-Pearson over disjoint pairs"
    else:
        half, method = sqrt(log(2 / (1 - confidence)) / (2 * pairs)), "Hoeffding over disjoint pairs"
        low, high = max(found.value - half, 0.0), min(found.value + half, 1.0)
    return Interval(low=low, high=high, confidence=confidence, method=method)


def _numbers(found: Auc) -> tuple[float, float]:
    return found.effective or (found.events, found.nonevents)


def _worth(found: Auc, confidence: float) -> Auc:
    """Student's quantile in the place of the normal one, where the spread was seen between few groups."""
    if found.groups is None or found.effective is None or found.groups < 2:
        return found
    from scipy.special import stdtrit

    wider = (float(stdtrit(found.groups - 1, (1 + confidence) / 2)) / normal_quantile(confidence)) ** 2
    effective = (found.effective[0] / wider, found.effective[1] / wider)
    return replace(found, variance=found.variance * wider, effective=effective)


def _logit(found: Auc, confidence: float) -> tuple[float, float]:
    odds = found.value / (1 - found.value)
    spread = exp(normal_quantile(confidence) * sqrt(found.variance) / (found.value * (1 - found.value)))
    return odds / (odds + spread), odds * spread / (1 + odds * spread)


def _score(found: Auc, confidence: float) -> tuple[float, float]:
    """The areas from which the found one lies no more than z standard errors away, the error taken at that area."""
    events, nonevents = _numbers(found)
    z, half = normal_quantile(confidence), (events + nonevents) / 2 - 1

    def agrees(area: float) -> bool:
        inner = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
        return abs(found.value - area) <= z * sqrt(area * (1 - area) * inner / (events * nonevents))

    limits = []
    for inside, outside in ((found.value, 0.0), (found.value, 1.0)):
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if agrees(middle) else (inside, middle)
        limits.append(inside)
    return limits[0], limits[1]


def roc_points(events: Numbers, nonevents: Numbers, most: int = 101) -> list[tuple[float, float]]:
    """At most `most` points of the curve, from (0, 0) to (1, 1): share of non-events, share of events above a cut."""
    import numpy as np

    hits, alarms = (np.concatenate([[0], np.cumsum(each[::-1])]) for each in (events, nonevents))
    hits, alarms = hits / hits[-1], alarms / alarms[-1]
    kept = np.unique(np.linspace(0, len(hits) - 1, min(most, len(hits))).round().astype(int))
    return [(float(x), float(y)) for x, y in zip(alarms[kept], hits[kept], strict=True)]
