"""Tables of two samples of one distribution, drawn: what a statistic is without drift, and how rare a value is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Tables = npt.NDArray[np.int64]

TABLES, FEWER = 9_999, 999
"""The least p-value is one over one more. The fewer ones are enough where a value is plainly not rare."""
COMMON = 0.25
"""As large a share of the fewer tables: whoever looks for rare values never takes what they leave for one."""
SEED = 0
CELLS_AT_ONCE = 100_000
LARGEST_POOL = 10**9
"""People beyond whom the library does not draw without replacement."""
_EQUAL = 1e-9
"""Two sums of the same terms in another order."""


@dataclass(frozen=True)
class Null:
    """A statistic of the tables that were drawn, ascending."""

    drawn: Floats

    def p_value(self, found: float) -> float:
        """The share of tables, the found one among them, whose statistic is no smaller. Davison and Hinkley 1997."""
        import numpy as np

        below = int(np.searchsorted(self.drawn, found * (1 - _EQUAL), side="left"))
        return (1 + len(self.drawn) - below) / (1 + len(self.drawn))

    def quantile(self, confidence: float) -> float:
        """What is exceeded with a chance of at most 1 − confidence."""
        place = ceil(confidence * (len(self.drawn) + 1) * (1 - _EQUAL))
        return float(self.drawn[min(place, len(self.drawn)) - 1])


def without_drift(
    counts: Sequence[int], against: Sequence[int], gaps: Sequence[int] | None = None, found: float | None = None
) -> Null:
    """The population stability index of tables in which nothing has drifted.

    `gaps` is None where the bins are values: the two rows of the table are then drawn from all people without
    replacement, which is exact whatever the distribution. Where the bins are ranges between people of `against`, it
    holds how many gaps between two neighbours each is made of, the one below the least and the one above the greatest
    included: how many people of the other dataset lie in them is then a Dirichlet-multinomial number, whatever the
    distribution (Wilks 1942). A bin that somebody is in without a gap counts as one. Where the index that was `found`
    is plainly not rare, fewer tables are drawn.
    """
    import numpy as np

    bins = [each for each in zip(counts, against, against if gaps is None else gaps, strict=True) if any(each)]
    (own, other, between), random = _begun(bins)
    n, pool = int(own.sum()), own + other
    apart = gaps is None and int(pool.sum()) < LARGEST_POOL
    drawn: list[Floats] = []
    for times in _batches(len(pool)):
        if _enough(drawn, found):
            break
        if apart:
            tables = random.multivariate_hypergeometric(pool, n, size=times, method="marginals")
            drawn.append(indices(tables, pool - tables))
        else:
            spacing = random.standard_gamma(np.maximum(between, 1).astype(np.float64), size=(times, len(other)))
            shares = spacing / spacing.sum(axis=1, keepdims=True)
            shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1.0)  # rounding must not carry a sum beyond 1
            tables = random.multinomial(n, shares)
            drawn.append(indices(tables, np.broadcast_to(other, tables.shape)))
    return Null(np.sort(np.concatenate(drawn)))


def indices(tables: Tables, against: Tables) -> Floats:
    """The index of every row of counts, as `psi.psi` defines it. Shapes (k, bins)."""
    import numpy as np

    held = tables + against > 0
    smoothed = (held & ((tables == 0) | (against == 0))).any(axis=1, keepdims=True)
    extra = np.where(smoothed, 0.5, 0.0)
    bins = held.sum(axis=1, keepdims=True)
    own, other = ((each + extra) / (each.sum(axis=1, keepdims=True) + extra * bins) for each in (tables, against))
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = (own - other) * np.log(own / other)
    made: Floats = np.where(held, parts, 0.0).sum(axis=1)
    return made


def chi_squares(tables: Tables, against: Tables) -> Floats:
    """Pearson's statistic of every row of counts beside the other. Shapes (k, levels), no level empty in both."""
    pool = tables + against
    n, m = tables.sum(axis=1, keepdims=True), against.sum(axis=1, keepdims=True)
    expected = pool * (n / (n + m))
    made: Floats = ((tables - expected) ** 2 * (1 / expected + 1 / (pool - expected))).sum(axis=1)
    return made


def independent(counts: Sequence[int], against: Sequence[int], found: float | None = None) -> Null:
    """Pearson's statistic of tables with the same margins, drawn without replacement: an exact test of independence.

    Where the statistic that was `found` is plainly not rare, fewer tables are drawn.
    """
    import numpy as np

    (own, other), random = _begun(list(zip(counts, against, strict=True)))
    pool, n = own + other, int(own.sum())
    drawn: list[Floats] = []
    for times in _batches(len(pool)):
        if _enough(drawn, found):
            break
        tables = random.multivariate_hypergeometric(pool, n, size=times, method="marginals")
        drawn.append(chi_squares(tables, pool - tables))
    return Null(np.sort(np.concatenate(drawn)))


def _begun(bins: Sequence[tuple[int, ...]]) -> tuple[list[Tables], np.random.Generator]:
    """The sides of a table in an order that its bins alone decide, and random numbers of its own.

    One seed for all tables would draw nearly the same ones for all of about the same size: by the luck of that seed
    each of them would be called rare too often, up to 5.4 % of the time instead of 5 %.
    """
    import numpy as np

    sides = [np.array(side, dtype=np.int64) for side in zip(*sorted(bins), strict=True)]
    return sides, np.random.default_rng([SEED, *(n for side in sides for n in side.tolist())])


def _enough(drawn: Sequence[Floats], found: float | None) -> bool:
    """Whether the fewer tables are drawn, and so many of them reach what was found that it is not rare."""
    import numpy as np

    if found is None or sum(map(len, drawn)) != FEWER:
        return False
    return Null(np.sort(np.concatenate(drawn))).p_value(found) >= COMMON


def _batches(bins: int) -> Iterator[int]:
    """Numbers of tables that are drawn at a time: the fewer ones, then TABLES in all."""
    most = max(CELLS_AT_ONCE // bins, 1)
    for begin, end in ((0, FEWER), (FEWER, TABLES)):
        for at in range(begin, end, most):
            yield min(most, end - at)
