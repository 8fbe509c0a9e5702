"""The largest of several differences of rates, with an interval that holds whichever of them is the largest.

All differences are bounded together, |d* - d| <= c · se, with c the quantile of the largest studentised difference in a
parametric bootstrap of the counts (Romano and Wolf 2005); the largest absolute difference then lies between the largest
of their lower bounds and the largest of their upper ones. The percentile bootstrap of a maximum is biased upwards and
never used. Where a rate rests on few hits or misses its standard error is not to be trusted: Newcombe's intervals at
1 - alpha/m take the place of all, Clopper and Pearson's for groups under the minimum.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from assay.record.estimate import DesignRate, Estimate, Interval
from assay.stats.comparison import Rate, difference_interval, exact_difference_interval, level_of_each
from assay.stats.design import scaled

REPLICATES = 4_000
LEAST_EVENTS = 10
"""Hits, and misses, of every rate for which the studentised bootstrap is used."""


class Sample(NamedTuple):
    """A rate of a group, and how many people it is worth."""

    rate: str
    group: str
    k: float
    n: float

    @property
    def variance(self) -> float:
        """Of the rate."""
        return self.k / self.n * (1 - self.k / self.n) / self.n


Pair = tuple[Sample, Sample]


def largest_difference(compared: Sequence[Estimate], confidence: float, minimum: int) -> Interval:
    """The interval of the largest absolute value of these differences, which hold counts or effective numbers."""
    pairs = [_pair(estimate, confidence) for estimate in compared]
    critical = None
    if all(min(each.k, each.n - each.k) >= LEAST_EVENTS for pair in pairs for each in pair):
        critical = critical_value(pairs, confidence)
    if critical is None or any(people(estimate) < minimum for estimate in compared):
        each = 1 - (1 - confidence) / len(compared)
        bounded = [_bounded(estimate, each, minimum) for estimate in compared]
        methods = dict.fromkeys(interval.method for interval in bounded)
        limits = [(one.low or 0.0, one.high or 0.0) for one in bounded]  # a difference has both ends
        return _largest(limits, confidence, f"largest of {' and '.join(methods)}, all together")
    limits = []
    for own, other in pairs:
        difference, half = own.k / own.n - other.k / other.n, critical * math.sqrt(own.variance + other.variance)
        limits.append((difference - half, difference + half))
    return _largest(limits, confidence, f"max-t, {REPLICATES} bootstrap samples")


def _largest(limits: Sequence[tuple[float, float]], confidence: float, method: str) -> Interval:
    low = max(max(low, -high, 0.0) for low, high in limits)
    high = min(max(max(-low, high) for low, high in limits), 1.0)
    return Interval(low=min(low, 1.0), high=high, confidence=confidence, method=method)


def people(estimate: Estimate) -> int:
    """The people of the smaller denominator of a comparison."""
    own = estimate.design.people if estimate.design else estimate.denominator
    other = estimate.reference_design.people if estimate.reference_design else estimate.reference_denominator
    return min(own or 0, other or 0)


def critical_value(pairs: Sequence[Pair], confidence: float) -> float | None:
    """The quantile of the largest |d* - d| / se* over all pairs; None where the replicates are too few for the level.

    The random numbers follow from the counts alone: neither the names of the groups nor their order changes anything.
    """
    import numpy as np

    place = math.ceil(confidence * (REPLICATES + 1))
    if place > REPLICATES:
        return None
    often = Counter(sample for pair in pairs for sample in pair)
    samples = sorted(often, key=lambda sample: (sample.rate, -often[sample], sample.k, sample.n))
    told = repr([(sample.rate, often[sample], f"{sample.k:.9g}", f"{sample.n:.9g}") for sample in samples])
    random = np.random.default_rng(int.from_bytes(sha256(told.encode()).digest()[:8], "big"))
    rates, spreads = {}, {}
    for sample in samples:
        n = max(round(sample.n), 1)
        drawn = random.binomial(n, sample.k / sample.n, REPLICATES) / n
        rates[sample], spreads[sample] = drawn - sample.k / sample.n, drawn * (1 - drawn) / n
    largest = np.zeros(REPLICATES)
    with np.errstate(divide="ignore", invalid="ignore"):
        for own, other in pairs:
            squared = np.square(rates[own] - rates[other]) / (spreads[own] + spreads[other])
            np.fmax(largest, squared, out=largest)  # 0 / 0 says nothing
    critical = math.sqrt(np.partition(largest, place - 1)[place - 1])
    return critical if math.isfinite(critical) else None


def _pair(estimate: Estimate, confidence: float) -> Pair:
    own = _at(estimate.design, estimate.numerator, estimate.denominator, confidence)
    other = _at(estimate.reference_design, estimate.reference_numerator, estimate.reference_denominator, confidence)
    return (
        Sample(estimate.name, estimate.group or "", *own),
        Sample(estimate.name, estimate.reference or "", *other),
    )


def _bounded(estimate: Estimate, confidence: float, minimum: int) -> Interval:
    small = people(estimate) < minimum
    own, other = _pair(estimate, level_of_each(confidence) if small else confidence)
    interval = exact_difference_interval if small else difference_interval
    return interval((own.k, own.n), (other.k, other.n), confidence)


def _at(design: DesignRate | None, k: int | None, n: int | None, confidence: float) -> Rate:
    return (k or 0, n or 0) if design is None else scaled(design, confidence)
