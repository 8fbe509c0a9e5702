"""Tests that two samples have one distribution, from counts at the same ascending values or bins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.distance import BOUNDED, massart
from assay.stats.null_tables import LARGEST_POOL, chi_squares, independent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

EXACT = 10_000
"""Rows up to which the law of the greatest distance is computed exactly, as scipy does."""
EXPECTED = 5
"""Rows that every value has to expect on both sides for the chi-square law to be trusted. Cochran 1954."""
LEVELS = 100
"""The most frequent values that are told apart; all others are one."""


@dataclass(frozen=True)
class Distance:
    """A distance, and how far it can be from that of the rows themselves, where these were counted in bins."""

    value: float
    bound: float


def ks(lows: Sequence[float], highs: Sequence[float], counts: Counts, against: Counts) -> Distance:
    """The greatest distance of two distribution functions at the ends of bins, of which none reaches into the next.

    Inside a bin that holds several values the distance may be larger, by no more than `bound`.
    """
    import numpy as np

    own, other = np.cumsum(counts), np.cumsum(against)
    n, m = int(own[-1]), int(other[-1])
    upto, upto_other = own / n, other / m
    value = float(np.abs(upto - upto_other).max())
    if n * m < 2**62:  # divided once, so that a tenth of the rows is a tenth
        value = int(np.abs(own * m - other * n).max()) / (n * m)
    before, before_other = (np.concatenate([[0.0], each[:-1]]) for each in (upto, upto_other))
    several = np.array(lows) < np.array(highs)
    reached = np.where(several, np.maximum(upto - before_other, upto_other - before), 0.0)
    return Distance(value, max(float(reached.max()) - value, 0.0))


def ks_p_value(value: float, counts: Counts, against: Counts) -> float:
    """How often the greatest distance is no smaller without drift: exact up to 10 000 rows, else by Kolmogorov's law of
    one sample of nm/(n + m) rows, both as scipy.stats.ks_2samp has them. Too large where values are tied, or counted in
    bins.
    """
    import warnings

    import numpy as np
    from scipy import stats

    n, m = int(counts.sum()), int(against.sum())
    if max(n, m) > EXACT:
        return float(min(max(stats.kstwo.sf(value, round(n / (n + m) * m)), 0.0), 1.0))
    place = np.arange(len(counts))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where the exact law cannot be computed it takes the other one
        return float(stats.ks_2samp(np.repeat(place, counts), np.repeat(place, against)).pvalue)


def wasserstein(lows: Sequence[float], highs: Sequence[float], counts: Counts, against: Counts) -> Distance:
    """The area between two distribution functions. Between bins it is exact; inside a bin that holds several values
    the two functions may take any way from its beginning to its end, and the middle is taken of what the area can be.
    """
    apart = _apart(lows, highs, counts, against)
    between = float(apart.between @ apart.gaps)
    smallest, largest = float(apart.least @ apart.widths), float(apart.most @ apart.widths)
    return Distance(between + (smallest + largest) / 2, (largest - smallest) / 2)


def wasserstein_interval(
    lows: Sequence[float], highs: Sequence[float], counts: Counts, against: Counts, unit: float
) -> Callable[[float], Interval]:
    """Of the area in a unit, by the level: both distribution functions lie nowhere farther from those of the samples
    than the inequality of Dvoretzky, Kiefer and Wolfowitz says (Massart 1990), and the area is added up with that at
    every place. So it holds whatever the distributions are, as far as values have been seen: those beyond the least
    and the greatest count as if they were these. What bins hide is in it.
    """
    apart, sizes = _apart(lows, highs, counts, against), (float(counts.sum()), float(against.sum()))

    def interval(confidence: float) -> Interval:
        import numpy as np

        off = massart(sizes, confidence)
        low = np.maximum(apart.between - off, 0.0) @ apart.gaps + np.maximum(apart.least - off, 0.0) @ apart.widths
        high = np.minimum(apart.between + off, 1.0) @ apart.gaps + np.minimum(apart.most + off, 1.0) @ apart.widths
        return Interval(low=float(low) / unit, high=float(high) / unit, confidence=confidence, method=BOUNDED)

    return interval


@dataclass(frozen=True)
class _Apart:
    """How far two distribution functions are apart, between bins and within them."""

    between: Floats
    gaps: Floats
    least: Floats
    most: Floats
    widths: Floats


def _apart(lows: Sequence[float], highs: Sequence[float], counts: Counts, against: Counts) -> _Apart:
    import numpy as np

    low, high = np.array(lows, dtype=np.float64), np.array(highs, dtype=np.float64)
    upto, upto_other = (np.cumsum(each) / each.sum() for each in (counts, against))
    before, before_other = (np.concatenate([[0.0], each[:-1]]) for each in (upto, upto_other))
    most = np.maximum(upto - before_other, upto_other - before)
    least = np.maximum(np.maximum(before - upto_other, before_other - upto), 0.0)
    return _Apart(np.abs(upto - upto_other)[:-1], low[1:] - high[:-1], least, most, high - low)


@dataclass(frozen=True)
class Association:
    """Pearson's chi-square of two samples over the same values."""

    statistic: float
    values: int
    """That were told apart."""
    rows: int
    p_value: float
    rest: float
    """Share of the rows beyond the values that were told apart, of the sample that has fewer of them."""
    exact: bool
    """Whether the p-value is of drawn tables: some values are too rare for the chi-square law."""

    @property
    def cramers_v(self) -> float:
        """Between 0 and 1: the square root of the statistic per row."""
        return min(sqrt(self.statistic / self.rows), 1.0)

    def interval(self, confidence: float) -> Interval:
        """Of Cramér's V, by inversion of the noncentral chi-square law. The lower limit is of a V of endlessly many
        rows. To the upper one is added what the statistic is without drift on average, its degrees of freedom, as V
        itself holds it: so the interval contains V. It is that of a statistic no lower than this mean. Source: Smithson
        2003 for the inversion.
        """
        from scipy.special import chndtr, chndtrinc

        freedom, tail = self.values - 1, (1 - confidence) / 2
        low = 0.0
        if chndtr(self.statistic, freedom, 0) > 1 - tail:
            low = float(chndtrinc(self.statistic, freedom, 1 - tail))
        high = float(chndtrinc(max(self.statistic, freedom), freedom, tail)) + freedom
        limits = (min(sqrt(each / self.rows), 1.0) for each in (low, high))
        return Interval(low=next(limits), high=next(limits), confidence=confidence, method="noncentral chi-square")


def association(counts: Sequence[int], against: Sequence[int]) -> Association | None:
    """Of two samples by value; None where all rows have one value. Both sums are positive.

    The 100 most frequent values are told apart, all others are one. The p-value is the chi-square law's where every
    value expects five rows on both sides, else that of tables dealt out anew.
    """
    import numpy as np
    from scipy.special import chdtrc

    rest = 0.0
    pairs = sorted(((n, m) for n, m in zip(counts, against, strict=True) if n + m), key=lambda pair: (-sum(pair), pair))
    if len(pairs) > LEVELS:
        beyond = tuple(sum(side) for side in zip(*pairs[LEVELS:], strict=True))
        rest = min(n / sum(side) for n, side in zip(beyond, (counts, against), strict=True))
        pairs = [*pairs[:LEVELS], (beyond[0], beyond[1])]
    if len(pairs) < 2:
        return None
    own, other = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    rows, smaller = int(own.sum() + other.sum()), min(int(own.sum()), int(other.sum()))
    statistic = float(chi_squares(own[None, :].astype(np.float64), other[None, :].astype(np.float64))[0])
    rare = float((own + other).min()) * smaller / rows < EXPECTED
    if rare and rows < LARGEST_POOL:
        p_value = independent(own.tolist(), other.tolist(), statistic).p_value(statistic)
        return Association(statistic, len(pairs), rows, p_value, rest, exact=True)
    return Association(statistic, len(pairs), rows, float(chdtrc(len(pairs) - 1, statistic)), rest, exact=False)
