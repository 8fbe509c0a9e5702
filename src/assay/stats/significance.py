"""Two-sided p-values of the hypothesis that two rates are the same, and their adjustment for several comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

Counts = tuple[int, int]
"""How many of how many; the second is above 0."""

LEAST_IN_A_CELL = 10
"""Favourable people, and others, of each group from which on the normal approximation is taken."""
MOST_OF_BOSCHLOO = 1000
"""People of both groups together beyond which the unconditional test takes too long."""


def standard_deviations(group: Counts, reference: Counts) -> float | None:
    """The z of two proportions, with the pooled variance. None where all have the same outcome."""
    (k, n), (other, m) = group, reference
    pooled = (k + other) / (n + m)
    if k + other in (0, n + m):
        return None
    return (k / n - other / m) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))


def z_test(group: Counts, reference: Counts) -> float:
    """The p-value of that z; 1 where all have the same outcome. Source: Fleiss, Levin and Paik 2003, section 3.1."""
    z = standard_deviations(group, reference)
    return 1.0 if z is None else erfc(abs(z) / sqrt(2))


def are_many(group: Counts, reference: Counts) -> bool:
    """Whether each of the four cells has at least 10 people."""
    return all(min(k, n - k) >= LEAST_IN_A_CELL for k, n in (group, reference))


def fisher(group: Counts, reference: Counts) -> float:
    """Fisher's exact test: all tables with the same margins that are no likelier than this one."""
    from scipy.stats import fisher_exact

    return _within(float(fisher_exact(_table(group, reference)).pvalue))


def boschloo(group: Counts, reference: Counts) -> float:
    """Boschloo's exact test, for which the number of favourable decisions is not fixed: twice the smaller side."""
    from scipy.stats import boschloo_exact

    return _within(float(boschloo_exact(_table(group, reference)).pvalue))


def holm(p_values: Sequence[float], comparisons: int) -> list[float]:
    """Each adjusted for `comparisons` in all, of which some may have no p-value. Source: Holm 1979."""
    adjusted, most = [0.0] * len(p_values), 0.0
    for done, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        most = max(most, min(1.0, (comparisons - done) * p_values[at]))
        adjusted[at] = most
    return adjusted


def _table(group: Counts, reference: Counts) -> list[list[int]]:
    return [[k, n - k] for k, n in (group, reference)]


def _within(p: float) -> float:
    return min(max(p, 0.0), 1.0)
