"""Two-sided p-values of the hypothesis that two rates are the same, and their adjustment for several comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import erfc, sqrt

from assay.record.estimate import DesignRate

Counts = tuple[int, int]
"""How many of how many; the second is above 0."""

Rate = tuple[float, float]
"""The same, of effective numbers or of counts."""

LEAST_IN_A_CELL = 10
"""Favourable people, and others, of each group from which on the normal approximation is taken."""
MOST_OF_BOSCHLOO = 1000
"""People of both groups together beyond which the unconditional test takes too long."""
MOST_WORK_OF_BOSCHLOO = 2 * MOST_OF_BOSCHLOO**2
"""Squares of the people of each pair, added up, beyond which the tests of a grouping take too long together."""
_LEAST_WORK = 100**2


def standard_deviations(group: Rate, reference: Rate) -> float | None:
    """The z of two proportions, with the pooled variance. None where all have the same outcome."""
    (k, n), (other, m) = group, reference
    pooled = (k + other) / (n + m)
    if k + other in (0, n + m):
        return None
    return (k / n - other / m) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))


def z_test(group: Rate, reference: Rate) -> float:
    """The p-value of that z; 1 where all have the same outcome. Source: Fleiss, Levin and Paik 2003, section 3.1."""
    z = standard_deviations(group, reference)
    return 1.0 if z is None else erfc(abs(z) / sqrt(2))


def effective(design: DesignRate) -> Rate:
    """The effective numbers of a rate."""
    return design.rate * design.effective, design.effective


def design_test(group: DesignRate, reference: DesignRate) -> float:
    """The p-value of the z of two proportions at effective numbers, by Student's distribution where people are grouped.

    With one degree of freedom this is Rao and Scott's corrected chi-squared, with a design effect for each group; the
    degrees of freedom of the spread between k random groups, k - 1, are joined as Welch 1938 and Satterthwaite 1946 do.
    Source: Rao and Scott 1987 (rates of independent groups with a design effect each).
    """
    from scipy.special import stdtr

    z = standard_deviations(effective(group), effective(reference))
    if z is None:
        return 1.0
    spread = [(1 / one.effective, one.groups) for one in (group, reference)]
    uncertain = sum(v * v / max(k - 1, 1) for v, k in spread if k is not None)
    if not uncertain:
        return erfc(abs(z) / sqrt(2))
    return _within(2 * float(stdtr(sum(v for v, _ in spread) ** 2 / uncertain, -abs(z))))


def are_many(group: Rate, reference: Rate) -> bool:
    """Whether each of the four cells has at least 10 people, or is worth as many."""
    return all(min(k, n - k) >= LEAST_IN_A_CELL for k, n in (group, reference))


def fisher(group: Counts, reference: Counts) -> float:
    """Fisher's exact test: all tables with the same margins that are no likelier than this one."""
    from scipy.stats import fisher_exact

    return _within(float(fisher_exact(_table(group, reference)).pvalue))


def boschloo(group: Counts, reference: Counts) -> float:
    """Boschloo's exact test, for which the number of favourable decisions is not fixed: twice the smaller side."""
    from scipy.stats import boschloo_exact

    return _within(float(boschloo_exact(_table(group, reference)).pvalue))


def is_affordable(pairs: Iterable[tuple[Counts, Counts]]) -> bool:
    """Whether Boschloo's test can be made of all these pairs, each of them small enough: about 20 seconds at most."""
    work = (max((n + m) ** 2, _LEAST_WORK) for (_, n), (_, m) in pairs if n + m <= MOST_OF_BOSCHLOO)
    return sum(work) <= MOST_WORK_OF_BOSCHLOO


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
