"""Intervals of the ratio and the difference of two independent rates, in closed form and defined at 0/n and n/n.

MOVER recovers the variances of a comparison from the limits of its two rates (Donner and Zou 2012; Newcombe 1998 for
the difference). The exact variants combine the extreme limits of both rates.
"""

from __future__ import annotations

from math import hypot, sqrt

from assay.record.estimate import Interval
from assay.stats.proportion import clopper_pearson, wilson

Rate = tuple[float, float]
"""Numerator and denominator, which is above 0. They need not be whole: effective ones, or counts grown in thought."""
Limits = tuple[float, float]


def ratio_interval(group: Rate, reference: Rate, confidence: float) -> Interval:
    """MOVER-R from Wilson limits. Exchanging the rates gives the reciprocal. A reference of 0: no upper bound."""
    own, other = wilson(*group, confidence), wilson(*reference, confidence)
    low, high = mover_ratio(group[0] / group[1], own, reference[0] / reference[1], other)
    return Interval(low=low, high=high, confidence=confidence, method="MOVER-R, Wilson")


def mover_ratio(value: float, limits: Limits, other: float, other_limits: Limits) -> tuple[float, float | None]:
    """Limits of value / other from the limits of both, for independent estimates that are not negative."""
    (low, high), (other_low, other_high) = limits, other_limits
    product = value * other
    return (
        _smaller_root(product, low * (2 * value - low), other_high * (2 * other - other_high), low / other_high),
        _larger_root(product, high * (2 * value - high), other_low * (2 * other - other_low)),
    )


def _smaller_root(product: float, own: float, other: float, degenerate: float) -> float:
    """The smaller root of other·r² − 2·product·r + own = 0, without cancellation."""
    below = product + sqrt(max(product * product - own * other, 0.0))
    return own / below if below else degenerate


def _larger_root(product: float, own: float, other: float) -> float | None:
    if other <= 0:
        return None
    return (product + sqrt(max(product * product - own * other, 0.0))) / other


def difference_interval(group: Rate, reference: Rate, confidence: float) -> Interval:
    """Newcombe's hybrid score interval: MOVER-D from Wilson limits."""
    own, other = wilson(*group, confidence), wilson(*reference, confidence)
    low, high = mover_difference(group[0] / group[1], own, reference[0] / reference[1], other)
    return Interval(low=low, high=high, confidence=confidence, method="Newcombe, Wilson")


def mover_difference(value: float, limits: Limits, other: float, other_limits: Limits) -> Limits:
    """Limits of value − other from the limits of both, for independent estimates."""
    difference = value - other
    return (
        difference - hypot(value - limits[0], other_limits[1] - other),
        difference + hypot(limits[1] - value, other - other_limits[0]),
    )


def exact_ratio_interval(group: Rate, reference: Rate, confidence: float) -> Interval:
    """From the Clopper–Pearson limits of both rates at 1 − α/2 each, so that both cover together at 1 − α."""
    (low, high), (other_low, other_high) = _both_exact(group, reference, confidence)
    return Interval(
        low=low / other_high,
        high=high / other_low if other_low else None,
        confidence=confidence,
        method="Clopper-Pearson",
    )


def exact_difference_interval(group: Rate, reference: Rate, confidence: float) -> Interval:
    """From the Clopper–Pearson limits of both rates at 1 − α/2 each, so that both cover together at 1 − α."""
    (low, high), (other_low, other_high) = _both_exact(group, reference, confidence)
    return Interval(low=low - other_high, high=high - other_low, confidence=confidence, method="Clopper-Pearson")


def _both_exact(group: Rate, reference: Rate, confidence: float) -> tuple[Limits, Limits]:
    each = level_of_each(confidence)
    return clopper_pearson(*group, each), clopper_pearson(*reference, each)


def level_of_each(confidence: float) -> float:
    """The level of the limits of two rates which cover both together at `confidence`: 1 − α/2, by Bonferroni."""
    return 1 - (1 - confidence) / 2
