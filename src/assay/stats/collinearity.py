"""How far a column is told by the others, from correlations."""

from __future__ import annotations

from math import atanh, sqrt, tanh
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.proportion import normal_quantile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float64]

EXACT = 1e-10
"""A share left over that is no more than this is rounding: the column is a sum of the others."""


def tolerances(correlations: Matrix) -> list[float]:
    """1 - R² of each column in a regression on all others. Shape (k, k) → k numbers from 0 to 1; 1 for one column."""
    import numpy as np

    found = []
    for at in range(len(correlations)):
        others = np.delete(np.arange(len(correlations)), at)
        own = correlations[others, at]
        weights = np.linalg.lstsq(correlations[np.ix_(others, others)], own, rcond=EXACT)[0] if len(others) else own
        left = min(max(1.0 - float(own @ weights), 0.0), 1.0)
        found.append(0.0 if left <= EXACT else left)
    return found


def tolerance_interval(tolerance: float, rows: int, columns: int, confidence: float) -> Interval | None:
    """The wider one, at each end, of two for R²: the noncentral F inverted, right where the others tell little, and
    Fisher's z of the adjusted multiple correlation, right where they tell much of a column drawn together with them.

    None where there are too few rows, or nothing is left over. Source: Steiger and Fouladi 1992; Fisher 1928.
    """
    others, free = columns - 1, rows - columns
    if free < 3 or others < 1 or not tolerance:
        return None
    told = 1.0 - tolerance
    adjusted = max(1.0 - tolerance * (rows - 1) / free, 0.0)
    z, off = atanh(sqrt(adjusted)), normal_quantile(confidence) / sqrt(free - 2)
    found = (told / others) / (tolerance / free)
    below, above = (
        _noncentral(found, others, free, rows, tail) for tail in ((1 + confidence) / 2, (1 - confidence) / 2)
    )
    low, high = min(tanh(max(z - off, 0.0)) ** 2, below), max(tanh(z + off) ** 2, above)
    return Interval(
        low=1.0 - high, high=1.0 - low, confidence=confidence, method="noncentral F and Fisher's z, the wider"
    )


def _noncentral(found: float, others: int, free: int, rows: int, tail: float) -> float:
    """The R² of which the found F is exceeded with a chance of 1 − tail; 0 where even no R² makes it so rare."""
    from scipy.special import ncfdtr
    from scipy.stats import f

    if f.cdf(found, others, free) <= tail:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if ncfdtr(others, free, rows * middle / (1 - middle), found) > tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2
