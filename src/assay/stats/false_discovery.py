"""One-sided tests of slices, and their adjustment by the share of false discoveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from assay.record.estimate import Interval

Counts = tuple[int, int]
"""How many of how many; the second is above 0."""


def benjamini_hochberg(p_values: Sequence[float], comparisons: int) -> list[float]:
    """Each adjusted for `comparisons` in all, of which some may have no p-value: the least q at which it is found.

    The p-value of rank k, the least being 1, times comparisons / k; and no larger than that of any later rank. Source:
    Benjamini and Hochberg 1995.
    """
    adjusted, least = [0.0] * len(p_values), 1.0
    ordered = sorted(range(len(p_values)), key=lambda at: p_values[at])
    for rank in range(len(ordered), 0, -1):
        at = ordered[rank - 1]
        least = min(least, p_values[at] * comparisons / rank)
        adjusted[at] = least
    return adjusted


def fisher_greater(group: Counts, other: Counts) -> float:
    """The chance of so large a count in the group, or a larger one, where all tables have these margins and the rates
    are the same. Source: Fisher 1935.
    """
    from scipy.stats import hypergeom

    (k, n), (j, m) = group, other
    return min(max(float(hypergeom.sf(k - 1, n + m, k + j, n)), 0.0), 1.0)


@dataclass(frozen=True)
class Mean:
    """Of independent numbers: how many, their mean, and its squared standard error."""

    people: int
    mean: float
    variance: float

    @classmethod
    def of(cls, people: int, total: float, squares: float) -> Mean:
        """From two people or more, their sum and the sum of their squares."""
        mean = total / people
        return cls(people, mean, max(squares - people * mean * mean, 0.0) / (people - 1) / people)


def welch_greater(group: Mean, other: Mean) -> float | None:
    """The one-sided p-value of Welch's test that the mean of the group is no larger; None without any spread.

    Source: Welch 1947.
    """
    from scipy.special import stdtr

    error, freedom = _welch(group, other)
    return None if not error else float(stdtr(freedom, -(group.mean - other.mean) / error))


def welch_interval(group: Mean, other: Mean, confidence: float) -> Interval | None:
    """Of the difference of two means; None without any spread."""
    from scipy.special import stdtrit

    error, freedom = _welch(group, other)
    if not error:
        return None
    half = error * float(stdtrit(freedom, (1 + confidence) / 2))
    difference = group.mean - other.mean
    return Interval(low=difference - half, high=difference + half, confidence=confidence, method="Welch")


def _welch(group: Mean, other: Mean) -> tuple[float, float]:
    """The standard error of the difference, and Satterthwaite's degrees of freedom."""
    both = group.variance + other.variance
    if not both > 0:
        return 0.0, 1.0
    shares = sum((each.variance / both) ** 2 / (each.people - 1) for each in (group, other))
    return sqrt(both), 1 / shares
