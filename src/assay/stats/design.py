"""A rate of people who have sampling weights, or of whom some stand in several rows, and how many people it is worth.

The effective number is that of a simple random sample whose rate would vary as much: p(1 − p) over the variance of the
rate (Korn and Graubard 1998; Kish 1965 for the design effect). Wilson's and Clopper and Pearson's limits are then taken
at the effective number, as Korn and Graubard do for the latter; Dean and Pagano 2015 compare both. It is never more
than the people that count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from assay.record.estimate import DesignRate
from assay.stats.proportion import normal_quantile

LEAST_GROUPS = 10
"""Random groups of entities below which the spread between them is not trusted."""


def weighted_rate(part: tuple[float, float], whole: tuple[float, float], people: int) -> DesignRate:
    """The rate Σw of the part over Σw of the whole, each given as (Σw, Σw²), of independent people.

    The variance is the linearised one, Σw²(y − p)² / (Σw)². Where everybody or nobody is in the part that is 0; there
    the effective number is Kish's (Σw)²/Σw². Equal weights give the number of people.
    """
    rate = min(part[0] / whole[0], 1.0)
    spread = part[1] * (1 - rate) ** 2 + max(whole[1] - part[1], 0.0) * rate**2
    seen = rate * (1 - rate) * whole[0] * whole[0] / spread if 0 < rate < 1 and spread else _kish(whole[0], whole[1])
    return DesignRate(rate=rate, people=people, effective=min(seen, float(people)), weighted=True)


def clustered_rate(groups: Sequence[tuple[float, float]], people: int, *, weighted: bool) -> DesignRate:
    """The rate Σ of the parts over Σ of the wholes of random groups of entities, each given as (part, whole).

    Counts of people, or sums of their weights. The variance is that between the k groups in which anybody counts: of a
    ratio, k/(k − 1) · Σ(part − p · whole)² / (Σ whole)² (Wolter 2007, chapters 2 and 6). Where there is nothing to see
    of it, because everybody or nobody is in the part or k is below LEAST_GROUPS, each group counts as one person:
    nobody can agree more than that with the others of the group.
    """
    present = [(part, whole) for part, whole in groups if whole > 0]
    k, total = len(present), math.fsum(whole for _, whole in present)
    rate = min(math.fsum(part for part, _ in present) / total, 1.0)
    if 0 < rate < 1 and k >= LEAST_GROUPS:
        spread = math.fsum((part - rate * whole) ** 2 for part, whole in present) * k / (k - 1)
        seen = rate * (1 - rate) * total * total / spread if spread else math.inf
    else:
        seen = _kish(total, math.fsum(whole * whole for _, whole in present))
    return DesignRate(rate=rate, people=people, effective=min(seen, float(people)), groups=k, weighted=weighted)


def _kish(total: float, squares: float) -> float:
    """(Σw)²/Σw²; 1, the least it can be, where the weights are so small that their squares are rounded away."""
    return total * total / squares if squares else 1.0


def scaled(design: DesignRate, confidence: float) -> tuple[float, float]:
    """Numerator and denominator for an interval.

    The spread between k random groups is known with k − 1 degrees of freedom only: the effective number shrinks by
    (z/t)², so that an interval by the normal quantile is as wide as one by Student's (Korn and Graubard 1998).
    """
    number = design.effective
    if design.groups is not None:
        from scipy.special import stdtrit

        t = float(stdtrit(max(design.groups - 1, 1), (1 + confidence) / 2))
        number *= (normal_quantile(confidence) / t) ** 2
    return design.rate * number, number
