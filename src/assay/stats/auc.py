"""The area under the ROC curve and its variance, from counts at each distinct score."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.proportion import clopper_pearson, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]

ENOUGH = 10
"""Events and non-events below which the normal approximation is not trusted."""


@dataclass(frozen=True, slots=True)
class Auc:
    """The chance that an event has a higher score than a non-event, ties counting half."""

    value: float
    variance: float
    """DeLong's; 0 where nothing varies, infinite with a single event or non-event."""
    events: int
    nonevents: int


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


def _spread(counts: Counts, placements: npt.NDArray[np.float64], mean: float) -> float:
    n = int(counts.sum())
    return float(counts @ (placements - mean) ** 2) / (n - 1) / n if n > 1 else float("inf")


def auc_interval(found: Auc, confidence: float) -> Interval:
    """The wider, at each end, of DeLong's interval on the logit scale and Newcombe's score interval.

    DeLong's alone lies above the true area far too often when the area is high (Wald 9 to 16 %, logit 4 to 7 % instead
    of 2.5 % at areas of 0.8 to 0.98 with 10 to 200 events); Newcombe's alone trusts a model of the scores.
    Where neither can be trusted (fewer than 10 events or non-events, or a variance of 0) the bound is one over the m =
    min(events, non-events) disjoint pairs that the data hold, which are independent: Clopper–Pearson where all of them
    are ordered alike (AUC 0 or 1), Hoeffding's inequality for U-statistics otherwise. Never of zero width.

    Source: DeLong et al. 1988; Newcombe 2006, method 5.
    """
    pairs = min(found.events, found.nonevents)
    if pairs >= ENOUGH and found.variance > 0:
        (low, high), (score_low, score_high) = _logit(found, confidence), _score(found, confidence)
        low, high, method = min(low, score_low), max(high, score_high), "DeLong (logit) and Newcombe, the wider"
    elif found.value in (0.0, 1.0):
        low, high = clopper_pearson(round(found.value) * pairs, pairs, confidence)
        method = "Clopper-Pearson over disjoint pairs"
    else:
        half, method = sqrt(log(2 / (1 - confidence)) / (2 * pairs)), "Hoeffding over disjoint pairs"
        low, high = max(found.value - half, 0.0), min(found.value + half, 1.0)
    return Interval(low=low, high=high, confidence=confidence, method=method)


def _logit(found: Auc, confidence: float) -> tuple[float, float]:
    odds = found.value / (1 - found.value)
    spread = exp(normal_quantile(confidence) * sqrt(found.variance) / (found.value * (1 - found.value)))
    return odds / (odds + spread), odds * spread / (1 + odds * spread)


def _score(found: Auc, confidence: float) -> tuple[float, float]:
    """The areas from which the found one lies no more than z standard errors away, the error taken at that area."""
    z, half = normal_quantile(confidence), (found.events + found.nonevents) / 2 - 1

    def agrees(area: float) -> bool:
        inner = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
        return abs(found.value - area) <= z * sqrt(area * (1 - area) * inner / (found.events * found.nonevents))

    limits = []
    for inside, outside in ((found.value, 0.0), (found.value, 1.0)):
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if agrees(middle) else (inside, middle)
        limits.append(inside)
    return limits[0], limits[1]


def roc_points(events: Counts, nonevents: Counts, most: int = 101) -> list[tuple[float, float]]:
    """At most `most` points of the curve, from (0, 0) to (1, 1): share of non-events, share of events above a cut."""
    import numpy as np

    hits = np.concatenate([[0], np.cumsum(events[::-1])]) / events.sum()
    alarms = np.concatenate([[0], np.cumsum(nonevents[::-1])]) / nonevents.sum()
    kept = np.unique(np.linspace(0, len(hits) - 1, min(most, len(hits))).round().astype(int))
    return [(float(x), float(y)) for x, y in zip(alarms[kept], hits[kept], strict=True)]
