"""A rate of people who have sampling weights, or of whom some stand in several rows, and how many people it is worth.

The effective number is that of a simple random sample whose rate would vary as much: p(1 − p) over the variance of the
rate (Korn and Graubard 1998; Kish 1965 for the design effect). Wilson's and Clopper and Pearson's limits are then taken
at the effective number, as Korn and Graubard do for the latter; Dean and Pagano 2015 compare both. It is never more
than the people that count, nor, of people who stand alone, than Kish's number, which their weights alone leave.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from assay.record.estimate import DesignRate
from assay.stats.proportion import normal_quantile

LEAST_GROUPS = 10
"""Random groups of entities below which the spread between them is not trusted."""
NOTHING = 1e-12
"""Relative size below which a difference of sums is rounding."""


def weighted_rate(part: tuple[float, float], whole: tuple[float, float], people: int) -> DesignRate:
    """The rate Σw of the part over Σw of the whole, each given as (Σw, Σw²), of independent people.

    The variance is the linearised one, Σw²(y − p)² / (Σw)². The effective number is never more than Kish's, for a few
    heavy people who happen to agree with the rest make the variance look small; where everybody or nobody is in the
    part there is no variance to see, and it is Kish's. Equal weights give exactly the number of people.
    """
    rate = min(part[0] / whole[0], 1.0)
    spread = part[1] * (1 - rate) ** 2 + max(whole[1] - part[1], 0.0) * rate**2
    worth = kish(whole[0], whole[1], people)
    if 0 < rate < 1 and spread and worth < people:
        worth = min(rate * (1 - rate) * whole[0] * whole[0] / spread, worth)
    return DesignRate(rate=rate, people=people, effective=worth, weighted=True)


def clustered_rate(groups: Sequence[tuple[float, float]], people: int, *, weighted: bool) -> DesignRate:
    """The rate Σ of the parts over Σ of the wholes of random groups of entities, each given as (part, whole).

    Counts of people, or sums of their weights. The variance is that of the delete-a-group jackknife over the k groups
    in which anybody counts, (k − 1)/k · Σ(p without the group − p)² (Kott 2001; Wolter 2007, chapter 4). A group with
    the share h of the whole moves the rate by (part − p · whole) / (Σ whole · (1 − h)): one that holds most people
    makes the rate, so what it differs from it by is small, but without it the rate is another. Where there is no
    spread to see, because everybody or nobody is in the part or k is below LEAST_GROUPS, each group counts as one
    person: nobody can agree more than that with the others of the group.
    """
    present = [(part, whole) for part, whole in groups if whole > 0]
    k, total = len(present), math.fsum(whole for _, whole in present)
    rate = min(math.fsum(part for part, _ in present) / total, 1.0)
    if 0 < rate < 1 and k >= LEAST_GROUPS:
        moved = ((part - rate * whole) / max(1 - whole / total, NOTHING) for part, whole in present)
        spread = math.fsum(each * each for each in moved) * (k - 1) / k
        seen = rate * (1 - rate) * total * total / spread if spread else math.inf
    else:
        seen = kish(total, math.fsum(whole * whole for _, whole in present), k)
    return DesignRate(rate=rate, people=people, effective=min(seen, float(people)), groups=k, weighted=weighted)


def kish(total: float, squares: float, most: int) -> float:
    """(Σw)²/Σw² of `most` weights: exactly as many where all are equal but for rounding. Source: Kish 1965.

    0 where they are nothing; 1, the least of any others, where their squares are rounded away.
    """
    if not squares:
        return 1.0 if total else 0.0
    worth = total * total / squares
    return float(most) if worth >= most * (1 - NOTHING) else worth


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
