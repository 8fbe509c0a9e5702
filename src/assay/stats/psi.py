"""The population stability index of two counts over the same bins, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log
from typing import TYPE_CHECKING

from assay.record.estimate import Interval

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Psi:
    """Σ (a − b) ln(a / b) over the bins' shares a and b."""

    value: float
    bins: int
    """Bins that hold somebody on either side."""
    rows: int
    against_rows: int
    smoothed: bool
    """Whether a bin was empty on one side, so that every bin got half a row more on both."""
    parts: tuple[float, ...]
    """What each of the given bins adds."""

    @property
    def method(self) -> str:
        """How empty bins were treated."""
        return "PSI, half a row added to every bin" if self.smoothed else "PSI"


def psi(counts: Sequence[int], against: Sequence[int]) -> Psi:
    """The index; bins empty on both sides are left out. Both sums are positive, else ValueError."""
    if not sum(counts) or not sum(against):
        raise ValueError("a PSI needs rows on both sides")
    held = [a + b > 0 for a, b in zip(counts, against, strict=True)]
    pairs = list(zip(counts, against, strict=True))
    smoothed = any((a == 0) != (b == 0) for a, b in pairs)
    extra = 0.5 if smoothed else 0.0
    bins = sum(held)
    rows, against_rows = sum(counts), sum(against)
    parts = []
    for (a, b), counted in zip(pairs, held, strict=True):
        own = (a + extra) / (rows + extra * bins)
        other = (b + extra) / (against_rows + extra * bins)
        parts.append((own - other) * log(own / other) if counted else 0.0)
    return Psi(fsum(parts), bins, rows, against_rows, smoothed, tuple(parts))


def quantile_counts(
    values: Floats, counts: Counts, against_values: Floats, against_counts: Counts, bins: int
) -> tuple[list[int], list[int]]:
    """Two samples, as counts at ascending distinct values, in the same bins [a, b): the quantiles of the second one."""
    import numpy as np

    below, total = np.cumsum(against_counts), int(against_counts.sum())
    cuts = np.searchsorted(below, total * np.arange(1, bins) / bins, side="right")
    edges = np.unique(against_values[np.minimum(cuts, len(against_values) - 1)]) if total else values[:0]
    own = np.bincount(np.searchsorted(edges, values, side="right"), counts, len(edges) + 1)
    other = np.bincount(np.searchsorted(edges, against_values, side="right"), against_counts, len(edges) + 1)
    return own.astype(int).tolist(), other.astype(int).tolist()


def psi_interval(found: Psi, confidence: float) -> Interval:
    """By inversion: PSI · n·m/(n + m) is about noncentral chi-square with bins − 1 degrees of freedom.

    The lower limit is of an index of endlessly many rows. To the upper one is added what an index holds on average
    without drift, (bins − 1)(1/n + 1/m), as the index itself holds it: so the interval contains the index. It is that
    of an index no lower than this mean, so that one which happens to be close to 0 keeps an interval. Two bins at
    least, else ValueError. Without drift the law is that of Yurdakul and Naranjo 2020.
    """
    from scipy.special import chndtr, chndtrinc

    if found.bins < 2:
        raise ValueError("an interval of a PSI needs two bins")
    freedom, tail = found.bins - 1, (1 - confidence) / 2
    scale = found.rows * found.against_rows / (found.rows + found.against_rows)
    statistic = max(found.value, 0.0) * scale
    low = float(chndtrinc(statistic, freedom, 1 - tail)) if chndtr(statistic, freedom, 0) > 1 - tail else 0.0
    high = float(chndtrinc(max(statistic, freedom), freedom, tail)) + freedom
    return Interval(low=low / scale, high=high / scale, confidence=confidence, method="noncentral chi-square")
