"""Grades: whether their probabilities come true, how people move between them, how many stand in one.

Source of the formulas: ECB, Instructions for reporting the validation results of internal models, February 2019,
section 2.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


def jeffreys_p(events: int, n: int, probability: float) -> float:
    """How far the events speak against a probability that is too low: the distribution of the rate, given them and
    Jeffreys' prior, at that probability. Small where there are more events than it lets expect; 1 without events, where
    none speaks against it, although the distribution is small at a probability near 0. Section 2.5.3.1.
    """
    from scipy.special import betainc

    return float(betainc(events + 0.5, n - events + 0.5, probability)) if events else 1.0


def exact_p(events: int, n: int, probability: float) -> float:
    """That so many events or more occur at that probability, by the binomial distribution."""
    from scipy.special import betainc

    return float(betainc(events, n - events + 1, probability)) if events else 1.0


def jeffreys_interval(events: int, n: int, confidence: float) -> tuple[float, float]:
    """The equal-tailed interval of the same distribution; it reaches to 0 without events, to 1 without others.

    Source: Brown, Cai and DasGupta 2001.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    a, b = events + 0.5, n - events + 0.5
    low = 0.0 if events == 0 else float(betaincinv(a, b, tail))
    high = 1.0 if events == n else float(betaincinv(a, b, 1 - tail))
    return low, high


def bandwidths(tables: Floats) -> tuple[Floats, Floats]:
    """Of tables (…, before, now), ordered from best to worst: how far those moved who moved to a worse grade, and to a
    better one, over the farthest that a move from their grade could lead. nan where nobody moved so. Section 2.5.5.1.
    """
    import numpy as np

    k = tables.shape[-1]
    place = np.arange(k)
    steps = np.abs(place[:, None] - place[None, :])
    farthest = np.maximum(k - 1 - place, place)[:, None]
    found = []
    for side in (np.triu(np.ones((k, k)), 1), np.tril(np.ones((k, k)), -1)):
        moved, most = ((tables * side * weight).sum(axis=(-2, -1)) for weight in (steps, farthest))
        found.append(np.divide(moved, most, out=np.full(most.shape, np.nan), where=most > 0))
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Step:
    """Of those who had one grade: how many came to stand in another, and in its neighbour nearer to the first."""

    before: int
    now: int
    nearer: int
    count: int
    nearer_count: int
    n: int

    @property
    def excess(self) -> float:
        """By how much the farther grade is the more frequent one; positive where it should not be."""
        return (self.count - self.nearer_count) / self.n

    @property
    def p_value(self) -> float:
        """That the farther grade is no more frequent than the nearer one: exact, of those who stand in one of both."""
        return exact_p(self.count, self.count + self.nearer_count, 0.5)

    @property
    def z_p_value(self) -> float | None:
        """The same by the normal distribution, which is too small where few moved; None where all stand in one of both.

        Section 2.5.5.2.
        """
        own, nearer = self.count / self.n, self.nearer_count / self.n
        variance = own * (1 - own) + nearer * (1 - nearer) + 2 * own * nearer
        return NormalDist().cdf((nearer - own) / math.sqrt(variance / self.n)) if variance else None


def steps(counts: Counts) -> list[Step]:
    """Every grade but the one that people had, with its neighbour nearer to that, or that itself; none where nobody
    stands in either.
    """
    found = []
    k = len(counts)
    for before in range(k):
        n = int(counts[before].sum())
        for now in range(k):
            if now == before:
                continue
            nearer = now - 1 if now > before else now + 1
            own, other = int(counts[before, now]), int(counts[before, nearer])
            if own + other:
                found.append(Step(before, now, nearer, own, other, n))
    return found


def concentration(tables: Floats) -> Floats:
    """Of the people in each of K grades (…, K): 0 where all hold as many, 1 where one holds everybody.

    1 + ln(Σ R²) / ln K, with the shares R: the Herfindahl index on a logarithmic scale. nan of nobody. Section 2.5.5.3.
    """
    import numpy as np

    total = tables.sum(axis=-1, keepdims=True)
    shares = np.divide(tables, total, out=np.full(tables.shape, np.nan), where=total > 0)
    found: Floats = 1 + np.log((shares * shares).sum(axis=-1)) / math.log(tables.shape[-1])
    return found


def variation(counts: Sequence[int]) -> float:
    """The coefficient of variation of the numbers of people in the grades: √(K Σ (R − 1/K)²)."""
    k, n = len(counts), sum(counts)
    return math.sqrt(k * math.fsum((each / n - 1 / k) ** 2 for each in counts))


def concentration_p(now: Sequence[int], before: Sequence[int]) -> float | None:
    """That the grades are no more concentrated now than before; None where they are not concentrated at all.

    Section 2.5.5.3.
    """
    current, first = variation(now), variation(before)
    if not current:
        return None
    error = math.sqrt(current * current * (0.5 + current * current))
    return 1 - NormalDist().cdf(math.sqrt(len(now) - 1) * (current - first) / error)
