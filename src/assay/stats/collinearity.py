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
    """By Fisher's z of the multiple correlation, with the columns taken off the rows; None where these are too few.

    Approximate, and conservative where the others tell nothing: R of a sample is never 0.
    """
    free = rows - columns - 2
    if free < 1 or not tolerance:
        return None
    z, off = atanh(sqrt(1.0 - tolerance)), normal_quantile(confidence) / sqrt(free)
    low, high = tanh(max(z - off, 0.0)) ** 2, tanh(z + off) ** 2
    return Interval(low=1.0 - high, high=1.0 - low, confidence=confidence, method="Fisher's z of the correlation")
