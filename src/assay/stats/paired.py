"""Two ways to decide about the same people, compared: their rates, and the lowest ratio of rates between groups.

Who is decided about alike by both says nothing of the difference, so intervals come from the paired counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from assay.record.estimate import Interval
from assay.stats.proportion import clopper_pearson, normal_quantile, wilson

BLOCK = 1 << 22
"""Differences held at a time."""


@dataclass(frozen=True, slots=True)
class Paired:
    """People by what the first and the second way say of them."""

    both: int
    first: int
    """Only the first says yes."""
    second: int
    neither: int

    @property
    def n(self) -> int:
        """All of them."""
        return self.both + self.first + self.second + self.neither

    @property
    def first_rate(self) -> float:
        """Share of yes by the first way."""
        return (self.both + self.first) / self.n

    @property
    def second_rate(self) -> float:
        """Share of yes by the second way."""
        return (self.both + self.second) / self.n


def paired_difference_interval(pairs: Paired, confidence: float) -> Interval:
    """Of the first rate minus the second: Wilson limits of both, put together with their correlation.

    Never of zero width. Source: Newcombe 1998 (paired), method 10.
    """
    a, b, c, d, n = pairs.both, pairs.first, pairs.second, pairs.neither, pairs.n
    own, other = pairs.first_rate, pairs.second_rate
    low, high = wilson(a + b, n, confidence)
    other_low, other_high = wilson(a + c, n, confidence)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    agreement = a * d - b * c
    corrected = max(agreement - n / 2, 0.0) if agreement > 0 else agreement
    phi = corrected / sqrt(product) if product else 0.0

    def width(one: float, two: float) -> float:
        return sqrt(max(one * one - 2 * phi * one * two + two * two, 0.0))

    return Interval(
        low=max(own - other - width(own - low, other_high - other), -1.0),
        high=min(own - other + width(high - own, other - other_low), 1.0),
        confidence=confidence,
        method="Newcombe, paired",
    )


def exact_paired_difference_interval(pairs: Paired, confidence: float) -> Interval:
    """The same from the Clopper–Pearson limits of the shares of whom only the first, and only the second, says yes, at
    1 − α/2 each, so that both cover together: for few people.
    """
    each = 1 - (1 - confidence) / 2
    (low, high), (other_low, other_high) = (
        clopper_pearson(count, pairs.n, each) for count in (pairs.first, pairs.second)
    )
    return Interval(
        low=low - other_high, high=high - other_low, confidence=confidence, method="Clopper-Pearson, paired"
    )


def mcnemar(pairs: Paired) -> float:
    """The exact two-sided p-value that the first says yes alone as often as the second alone; 1 where neither does.

    Source: McNemar 1947, by the binomial distribution.
    """
    from scipy.stats import binomtest

    apart = pairs.first + pairs.second
    return min(float(binomtest(pairs.first, apart, 0.5).pvalue), 1.0) if apart else 1.0


def lowest_ratio(rates: Sequence[float]) -> float | None:
    """The lowest rate over the highest; None where all are 0."""
    highest = max(rates)
    return min(rates) / highest if highest else None


def gain_in_lowest_ratio(groups: Sequence[Paired], confidence: float) -> Interval:
    """Of the lowest ratio by the second way minus that by the first.

    A minimum over groups has no simple distribution, and a bootstrap of it is biased. But the gain is
    min over j, max over i of (ratio j by the second way − ratio i by the first), i and j any ordered pair of groups.
    Each of these differences has an interval, so the gain lies between the min-max of their lower ends and that of
    their upper ends; for neither end do more than k(k − 1) of them, those of one j or one i, have to hold together
    (Bonferroni). Each is linearised, with half a person added to each of the four counts of a group, so that none has
    zero width (Agresti and Min 2005). Neither way may say no to everybody. At least as wide as stated, never narrower.
    """
    import numpy as np

    k = len(groups)
    n = np.array([group.n + 2.0 for group in groups])
    both = np.array([group.both + 0.5 for group in groups]) / n
    rates = [both + np.array([getattr(group, way) + 0.5 for group in groups]) / n for way in ("first", "second")]
    exact = [np.array([getattr(group, f"{way}_rate") for group in groups]) for way in ("first", "second")]
    together = (both - rates[0] * rates[1]) / n
    values, slopes, spreads = [], [], []
    for rate, seen in zip(rates, exact, strict=True):
        over, under = np.array([(g, h) for g in range(k) for h in range(k) if g != h and seen[h] > 0]).T
        slope = np.zeros((len(over), k))
        slope[np.arange(len(over)), over] = 1 / rate[under]
        slope[np.arange(len(over)), under] = -rate[over] / rate[under] ** 2
        values.append(seen[over] / seen[under])
        slopes.append(slope)
        spreads.append((slope**2) @ (rate * (1 - rate) / n))
    z = normal_quantile(1 - (1 - confidence) / (k * (k - 1)))
    low, high = np.inf, np.inf
    step = max(BLOCK // len(values[0]), 1)
    for begin in range(0, len(values[1]), step):
        part = slice(begin, begin + step)
        difference = values[1][part, None] - values[0][None, :]
        shared = (slopes[1][part] * together) @ slopes[0].T
        half = z * np.sqrt(np.maximum(spreads[1][part, None] + spreads[0][None, :] - 2 * shared, 0))
        low, high = (
            min(end, float((difference + side * half).max(axis=1).min())) for end, side in ((low, -1), (high, 1))
        )
    return Interval(
        low=max(low, -1.0), high=min(high, 1.0), confidence=confidence, method="min-max of paired differences"
    )
