"""Intervals of one rate from its counts."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist


def normal_quantile(confidence: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(k: float, n: float, confidence: float) -> tuple[float, float]:
    """The score interval of k out of n, whole or not. It never has zero width and never leaves [0, 1].

    Raises ValueError unless 0 ≤ k ≤ n and n > 0. Source: Wilson 1927.
    """
    _require_counts(k, n)
    z = normal_quantile(confidence)
    rate, weight = k / n, z * z / n
    middle = (rate + weight / 2) / (1 + weight)
    half = z * sqrt(rate * (1 - rate) / n + weight / (4 * n)) / (1 + weight)
    return (0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half)


def clopper_pearson(k: float, n: float, confidence: float) -> tuple[float, float]:
    """The exact interval of k out of n: it covers at least as often as it says, for every whole n.

    Other numbers are effective ones, for which Korn and Graubard 1998 use the same quantiles of the beta distribution.

    Raises ValueError unless 0 ≤ k ≤ n and n > 0. Source: Clopper and Pearson 1934.
    """
    from scipy.special import betaincinv

    _require_counts(k, n)
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def _require_counts(k: float, n: float) -> None:
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"no rate: {k} of {n}")
