"""The bootstrap on cells: what resampling people would give, without the people.

Cells are never resampled as if each were a person. Whoever draws n people from n, with replacement, finds the number
per cell multinomial with the shares of the cells (Efron 1979; exact in law). People with sampling weights are resampled
by Poisson numbers (Chamandy, Muralidharan, Najmi and Naidu 2012): the weight in a cell then has the mean Σw and the
variance Σw², which a scaled Poisson number has too, exactly so where the weights of the cell are equal (Bohm and Zech
2014). Where somebody stands in several rows, random groups of entities are drawn, each with all its cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

WORKING_BYTES = 64 << 20
"""Of the amounts drawn at a time."""
LARGEST_RESULT = 512 << 20
"""Bytes of replicates that are kept; more are refused."""

Draw = Callable[[int], "Floats"]
"""Amounts per cell, (replicates, cells), for a number of replicates."""


def of_people(counts: Sequence[int], seed: int) -> Draw:
    """Draws of the people in the cells, each as likely as any other."""
    import numpy as np

    random, n = np.random.default_rng(seed), sum(counts)
    shares = np.array(counts, dtype=np.float64) / max(n, 1)
    shares /= max(shares.sum(), 1.0)  # rounding must not carry the sum beyond 1

    def draw(times: int) -> Floats:
        return random.multinomial(n, shares, size=times).astype(np.float64)

    return draw


def of_weighted_people(weights: Sequence[float], squares: Sequence[float], seed: int) -> Draw:
    """Draws of the sums of weights in the cells, from Σw and Σw² of each."""
    import numpy as np

    random = np.random.default_rng(seed)
    total, square = np.array(weights, dtype=np.float64), np.array(squares, dtype=np.float64)
    unit = np.divide(square, total, out=np.zeros_like(total), where=total > 0)
    expected = np.divide(total, unit, out=np.zeros_like(total), where=unit > 0)

    def draw(times: int) -> Floats:
        return random.poisson(expected, size=(times, len(expected))).astype(np.float64) * unit

    return draw


def of_groups(amounts: Sequence[float], groups: Sequence[str | None], seed: int) -> Draw:
    """Draws of random groups of entities: as many as there are, each with what is in its cells.

    `groups[i]` is the random group of cell i; None, whose entity is unknown, is one group too.
    """
    import numpy as np

    random, given = np.random.default_rng(seed), np.array(amounts, dtype=np.float64)
    distinct = {group: place for place, group in enumerate(sorted(set(groups), key=lambda g: (g is not None, g or "")))}
    places = np.array([distinct[group] for group in groups], dtype=np.intp)
    k = len(distinct)

    def draw(times: int) -> Floats:
        drawn = random.multinomial(k, np.full(k, 1 / max(k, 1)), size=times).astype(np.float64)
        return drawn[:, places] * given

    return draw


def replicates(draw: Draw, cells: int, times: int, statistic: Callable[[Floats], Floats]) -> Floats:
    """`statistic` of each of `times` draws, (times, …); it takes amounts (r, cells) and gives (r, …).

    Draws are made in parts, so that no more than WORKING_BYTES of amounts stand in memory. Raises ValueError where the
    replicates themselves would take more than LARGEST_RESULT.
    """
    import numpy as np

    parts: list[Floats] = []
    for size in _parts(cells, times):
        parts.append(statistic(draw(size)))
        bytes_each = parts[0].nbytes / max(len(parts[0]), 1)
        if bytes_each * times > LARGEST_RESULT:
            raise ValueError(f"{times} replicates of {bytes_each:.0f} bytes each take more than {LARGEST_RESULT} bytes")
    return np.concatenate(parts)


def _parts(cells: int, times: int) -> Iterator[int]:
    if times < 1 or cells < 1:
        raise ValueError(f"no replicates: {times} draws from {cells} cells")
    most = max(WORKING_BYTES // (8 * cells), 1)
    yield from (min(most, times - begin) for begin in range(0, times, most))


def percentile_interval(values: Floats, confidence: float) -> Floats:
    """The percentile interval of each statistic: (times, …) → (2, …). Not for a maximum over groups, whose replicates
    are biased.

    A replicate in which the statistic is undefined speaks against both ends, so that leaving some groups empty never
    narrows an interval; where too many are undefined, the end is nan. Source: Efron 1979.
    """
    import numpy as np

    tail = (1 - confidence) / 2
    undefined = np.isnan(values)
    low = np.quantile(np.where(undefined, -np.inf, values), tail, axis=0, method="lower")
    high = np.quantile(np.where(undefined, np.inf, values), 1 - tail, axis=0, method="higher")
    ends = np.stack([low, high])
    ends[~np.isfinite(ends)] = np.nan
    return ends
