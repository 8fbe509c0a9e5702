"""Intervals and verdicts of arrays of tables of counts at once: what benchmarks/coverage.py needs ten thousand times.

The limits of one rate are those of assay.stats; pairs of them are combined here with numpy. tests/stats/
test_error_rates.py shows that intervals and outcomes are those of assay.stats and assay.verdict themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from assay.stats.comparison import level_of_each
from assay.stats.proportion import clopper_pearson, wilson

CONFIDENCE, MINIMUM, THRESHOLD = 0.95, 30, 0.8
Floats = Any
Counts = Any


@cache
def limits(n: int, confidence: float, exact: bool) -> tuple[Floats, Floats]:
    """Lower and upper limits of 0…n out of n, by the functions that audits use."""
    one = clopper_pearson if exact else wilson
    low, high = zip(*(one(k, n, confidence) for k in range(n + 1)), strict=True)
    return np.array(low), np.array(high)


def interval(shape: str, x: Counts, n: int, y: Counts, m: int, confidence: float, exact: bool) -> tuple[Floats, Floats]:
    """Of x/n against y/m, for arrays of x and y: stats/comparison.py."""
    (low, high), (other_low, other_high) = (
        (ends[0][k], ends[1][k])
        for k, ends in (
            (each, limits(size, level_of_each(confidence) if exact else confidence, exact))
            for each, size in ((x, n), (y, m))
        )
    )
    rate, other = x / n, y / m
    with np.errstate(divide="ignore", invalid="ignore"):
        if exact and shape == "ratio":
            return low / other_high, np.where(other_low > 0, high / other_low, np.inf)
        if exact:
            return low - other_high, high - other_low
        if shape == "difference":
            value = rate - other
            return (
                value - np.hypot(rate - low, other_high - other),
                value + np.hypot(high - rate, other - other_low),
            )
        product = rate * other
        own, theirs = low * (2 * rate - low), other_high * (2 * other - other_high)
        below = product + np.sqrt(np.maximum(product * product - own * theirs, 0))
        smaller = np.where(below > 0, own / below, low / other_high)
        own, theirs = high * (2 * rate - high), other_low * (2 * other - other_low)
        above = (product + np.sqrt(np.maximum(product * product - own * theirs, 0))) / theirs
        return smaller, np.where(theirs > 0, above, np.inf)


def outcomes(counts: Counts, sizes: Sequence[int], reference: str, corrected: bool = True) -> tuple[Any, Any]:
    """Whether each table of `counts` (tables, groups) is found to fail, and whether it passes.

    The verdict on an impact ratio of at least four fifths: stats/groups.py and verdict/. With another reference than
    `highest` it is the second group.
    """
    tables, k = counts.shape
    highest = reference == "highest"
    pairs = [(i, j) for i in range(k) for j in range(i + 1, k)] if highest else [(i, 1) for i in range(k) if i != 1]
    own = CONFIDENCE
    family = 1 - (1 - own) / len(pairs) if corrected else own
    fails, open_, some = (np.zeros(tables, bool) for _ in range(3))
    for i, j in pairs:
        if highest and sizes[i] < MINIMUM and sizes[j] < MINIMUM:
            continue
        small = min(sizes[i], sizes[j]) < MINIMUM
        swap = np.full(tables, sizes[i] >= MINIMUM > sizes[j])
        if highest and not small:
            swap = counts[:, i] * sizes[j] > counts[:, j] * sizes[i]
        for one, other, chosen in ((i, j, ~swap), (j, i, swap)):
            if not chosen.any():
                continue
            x, y = counts[chosen, one], counts[chosen, other]
            _, high = bounds = interval("ratio", x, sizes[one], y, sizes[other], family, small)
            bad = high < THRESHOLD
            if not highest:
                bad |= bounds[0] > 1 / THRESHOLD
            low, high = interval("ratio", x, sizes[one], y, sizes[other], own, small)
            good = (low >= THRESHOLD) & (high <= 1 / THRESHOLD) & (not small)
            compared = y > 0
            fails[chosen] |= bad & compared
            open_[chosen] |= ~good & compared
            some[chosen] |= compared
    return fails, some & ~open_ if highest else ~open_ & (counts[:, 1] > 0)
