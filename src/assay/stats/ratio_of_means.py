"""The share that one part has of a whole, over rows that were sampled."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.proportion import clopper_pearson, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def share_of_means(part: Floats, whole: Floats, confidence: float) -> tuple[float, Interval | None]:
    """mean(part) / mean(whole) with 0 ≤ part ≤ whole. Shapes (n,). Raises ValueError where the whole is 0 throughout.

    Interval: the delta method over rows, cut to [0, 1]. A share of 0 or 1 in every row gets the Clopper–Pearson limits
    of none or all of n rows, which takes the rows' wholes as equal. None where nothing else varies.
    """
    n, total = len(whole), float(whole.sum())
    if not n or total <= 0:
        raise ValueError("there is no whole to have a share of")
    share = float(part.sum()) / total
    for rows, every in ((0, not part.any()), (n, bool((part == whole).all()))):
        if every:
            low, high = clopper_pearson(rows, n, confidence)
            return float(bool(rows)), Interval(low=low, high=high, confidence=confidence, method="Clopper-Pearson")
    if n < 2:
        return share, None
    residual = part - share * whole
    half = normal_quantile(confidence) * sqrt(float(residual @ residual) / (n - 1) / n) / (total / n)
    low, high = max(share - half, 0.0), min(share + half, 1.0)
    if low >= high:
        return share, None
    return share, Interval(low=low, high=high, confidence=confidence, method="delta method over rows")
