"""The area under the ROC curve and its variance, from counts at each distinct score."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
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
    """DeLong's Wald interval, cut to [0, 1]; never of zero width.

    Where it cannot be trusted (fewer than 10 events or non-events, or a variance of 0) the bound is one over the m =
    min(events, non-events) disjoint pairs that the data hold, which are independent: Clopper–Pearson where all of them
    are ordered alike (AUC 0 or 1), Hoeffding's inequality for U-statistics otherwise.
    """
    pairs = min(found.events, found.nonevents)
    if pairs >= ENOUGH and found.variance > 0:
        half, method = normal_quantile(confidence) * sqrt(found.variance), "DeLong"
    elif found.value in (0.0, 1.0):
        low, high = clopper_pearson(round(found.value) * pairs, pairs, confidence)
        return Interval(low=low, high=high, confidence=confidence, method="Clopper-Pearson over disjoint pairs")
    else:
        half, method = sqrt(log(2 / (1 - confidence)) / (2 * pairs)), "Hoeffding over disjoint pairs"
    low, high = max(found.value - half, 0.0), min(found.value + half, 1.0)
    return Interval(low=low, high=high, confidence=confidence, method=method)


def roc_points(events: Counts, nonevents: Counts, most: int = 101) -> list[tuple[float, float]]:
    """At most `most` points of the curve, from (0, 0) to (1, 1): share of non-events, share of events above a cut."""
    import numpy as np

    hits = np.concatenate([[0], np.cumsum(events[::-1])]) / events.sum()
    alarms = np.concatenate([[0], np.cumsum(nonevents[::-1])]) / nonevents.sum()
    kept = np.unique(np.linspace(0, len(hits) - 1, min(most, len(hits))).round().astype(int))
    return [(float(x), float(y)) for x, y in zip(alarms[kept], hits[kept], strict=True)]
