"""Any statistic of a table of counts, with the error that resampling the people shows.

People are drawn within their group from its cells, as many as there are: multinomial, so that nobody is drawn as if a
cell were a person. How many have which outcome varies with the draw, as it does between samples: were that number held
fixed, intervals of what depends on it, such as precision, would cover far less often than they say. Interval of a
comparison of two groups: BCa (Efron 1987); the simultaneous one is max-t, by the largest studentised difference of each
replicate (Romano and Wolf 2005). A table of many cells takes long to compute a statistic of: its error is then that of
fewer replicates, with Student's quantile, which for so many people is as good.

A statistic that no replicate moves, such as a recall of 0 out of 500, is not known without error. Its replicates are
drawn from a Dirichlet distribution instead: every cell has the people that are in it, and every one that is empty as
much as `UNSEEN` says. For a rate of 0 or 1 their quantiles are the limits of Clopper and Pearson.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import NormalDist
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.means import student

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

Statistic = Callable[["Floats"], "Floats"]
"""Amounts per cell, (tables, cells), to the statistic of each table; nan where it is undefined."""
WORKING_CELLS = 4_000_000
"""Amounts that are drawn at a time."""
REPLICATES = 1_000
FEW, LARGE = 100, 5_000
"""Replicates of a table of more cells than that, or of a statistic that takes long."""
METHOD = f"BCa, {REPLICATES} bootstrap samples"
MAX_T = f"max-t, {REPLICATES} bootstrap samples"
STILL = f"percentiles, {REPLICATES} Dirichlet samples"
UNSEEN = 2.0
"""People in the empty cells of a label or more, were all of its cells empty: one for each of two decisions."""
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Resampled:
    """A statistic of one group: its replicates, and by how much each person moves it."""

    value: float
    replicates: Floats
    """(times,); nan where the statistic is undefined."""
    moved: tuple[tuple[int, float], ...] = ()
    """People of a cell and the influence of each of them on the statistic."""
    unseen: bool = False
    """Whether the replicates are those of a statistic that does not vary, with people in cells where nobody is."""

    @property
    def still(self) -> bool:
        """Whether no replicate moves it."""
        import numpy as np

        return bool(((self.replicates == self.value) | np.isnan(self.replicates)).all())

    @property
    def held(self) -> Resampled:
        """The same, as if it were known without error."""
        import numpy as np

        return Resampled(self.value, np.full(len(self.replicates), self.value))


def resample(counts: Counts, statistic: Statistic, *, rank: int = 0, slow: bool = False) -> Resampled:
    """Replicates of a statistic of the counts in the cells of one group, seeded by these.

    Groups of the same counts must differ in `rank`: with the same draws their difference would be known without error.
    """
    import numpy as np

    few, n = slow or len(counts) > LARGE, int(counts.sum())
    times = FEW if few else REPLICATES
    random = np.random.default_rng(_seed(counts, rank))
    parts = []
    for begin in range(0, times, size := max(WORKING_CELLS // len(counts), 1)):
        drawn = random.multinomial(n, counts / n, size=min(size, times - begin))
        parts.append(statistic(drawn.astype(np.float64)))
    value = float(statistic(counts[None, :].astype(np.float64))[0])
    return Resampled(value, np.concatenate(parts), () if few else _influences(counts, statistic))


def resample_still(value: float, counts: Counts, statistic: Statistic, levels: int, *, rank: int = 0) -> Resampled:
    """Replicates of a statistic that does not vary; `counts` of all cells, each label with `levels` of them."""
    import numpy as np

    random = np.random.default_rng(_seed(counts, rank))
    shape = np.where(counts > 0, counts.astype(np.float64), UNSEEN / levels)
    parts = []
    for begin in range(0, REPLICATES, size := max(WORKING_CELLS // len(counts), 1)):
        drawn = random.standard_gamma(shape, size=(min(size, REPLICATES - begin), len(counts)))
        parts.append(statistic(drawn * (counts.sum() / drawn.sum(axis=1, keepdims=True))))
    return Resampled(value, np.concatenate(parts), unseen=True)


def _seed(counts: Counts, rank: int) -> int:
    import numpy as np

    told = np.ascontiguousarray(counts, "<i8").tobytes() + rank.to_bytes(8, "big")
    return int.from_bytes(sha256(told).digest()[:8], "big")


def _influences(counts: Counts, statistic: Statistic) -> tuple[tuple[int, float], ...]:
    """By the jackknife: (n − 1)/n · (mean of the statistic without somebody − that without this person)."""
    import numpy as np

    cells, n = np.flatnonzero(counts > 0), int(counts.sum())
    without: list[float] = []
    for begin in range(0, len(cells), size := max(WORKING_CELLS // len(counts), 1)):
        some = cells[begin : begin + size]
        less = np.repeat(counts[None, :].astype(np.float64), len(some), axis=0)
        less[np.arange(len(some)), some] -= 1
        without += statistic(less).tolist()
    mean = math.fsum(int(counts[c]) * w for c, w in zip(cells, without, strict=True)) / n
    return tuple((int(counts[c]), (n - 1) / n * (mean - w)) for c, w in zip(cells, without, strict=True))


@dataclass(frozen=True)
class Comparison:
    """Two groups compared, the difference of their statistics or the logarithm of their ratio."""

    group: Resampled
    reference: Resampled
    ratio: bool

    @property
    def value(self) -> float:
        """The difference, or the logarithm of the ratio."""
        return _scaled(self.group.value, ratio=self.ratio) - _scaled(self.reference.value, ratio=self.ratio)

    @property
    def replicates(self) -> Floats:
        """Of the value; nan where one of both is undefined."""
        import numpy as np

        times = min(len(self.group.replicates), len(self.reference.replicates))
        own, other = self.group.replicates[:times], self.reference.replicates[:times]
        if not self.ratio:
            return own - other
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(own) - np.log(other)

    def interval(self, confidence: float) -> Interval | None:
        """BCa. A replicate that is undefined speaks against both ends. None where nothing varies, or too much is
        undefined.
        """
        import numpy as np

        draws, value = self.replicates, self.value
        if not self.many:
            return self._student(confidence)
        if self.group.unseen or self.reference.unseen:
            return self._still(confidence)
        undefined = np.isnan(draws)
        known = draws[~undefined]
        if undefined.mean() > (1 - confidence) / 2 or not len(known) or known.min() == known.max():
            return None
        share = (np.sum(known < value) + np.sum(known == value) / 2) / len(known)
        if not 0 < share < 1:
            return None
        z0, a = _NORMAL.inv_cdf(float(share)), self._acceleration()
        ends = []
        for tail, fill, method in (((1 - confidence) / 2, -np.inf, "lower"), ((1 + confidence) / 2, np.inf, "higher")):
            z = z0 + _NORMAL.inv_cdf(tail)
            at = _NORMAL.cdf(z0 + z / max(1 - a * z, 1e-6))
            ends.append(float(np.quantile(np.where(undefined, fill, draws), at, method=method)))  # type: ignore[call-overload]
        return self._made(ends[0], ends[1], confidence, METHOD)

    def _still(self, confidence: float) -> Interval | None:
        """Percentiles, and never less than the interval would be if what does not vary were known."""
        import numpy as np

        draws = self.replicates
        if np.isnan(draws).any() or draws.min() == draws.max():
            return None
        tail = (1 - confidence) / 2
        low = min(float(np.quantile(draws, tail, method="lower")), self.value)
        high = max(float(np.quantile(draws, 1 - tail, method="higher")), self.value)
        found = self._made(low, high, confidence, STILL)
        own, other = (each.held if each.unseen else each for each in (self.group, self.reference))
        known = Comparison(own, other, self.ratio).interval(confidence) if math.isfinite(self.value) else None
        return found if known is None else _hull(known, found)

    @property
    def many(self) -> bool:
        """Whether there are replicates enough for quantiles."""
        return len(self.replicates) >= REPLICATES

    def _student(self, confidence: float) -> Interval | None:
        error = self.error
        if error is None or any(each != each for each in self.replicates.tolist()):
            return None
        half = student(FEW - 1, confidence) * error
        method = f"Student's t, {FEW} bootstrap samples"
        return self._made(self.value - half, self.value + half, confidence, method)

    def simultaneous(self, critical: float | None, confidence: float) -> Interval | None:
        """As far as the critical value of all comparisons together, and never less than the interval by itself."""
        own, error = self.interval(confidence), self.error
        if own is None or critical is None or error is None:
            return None
        wide = self._made(self.value - critical * error, self.value + critical * error, confidence, MAX_T)
        return _hull(own, wide)

    @property
    def error(self) -> float | None:
        """The standard deviation of the replicates; None where one of them is not finite or nothing varies."""
        import numpy as np

        known = self.replicates[~np.isnan(self.replicates)]
        if not len(known) or not np.isfinite(known).all():
            return None
        return float(known.std(ddof=1)) or None

    def _acceleration(self) -> float:
        moved = [(n, u / (self.group.value if self.ratio else 1)) for n, u in self.group.moved]
        moved += [(n, -u / (self.reference.value if self.ratio else 1)) for n, u in self.reference.moved]
        squares = math.fsum(n * u * u for n, u in moved)
        if not squares or not math.isfinite(squares):
            return 0.0
        return math.fsum(n * u * u * u for n, u in moved) / (6 * squares * math.sqrt(squares))

    def _made(self, low: float, high: float, confidence: float, method: str) -> Interval:
        low, high = (math.exp(low), _exp(high)) if self.ratio else (low, high)
        return Interval(
            low=low if math.isfinite(low) else None,
            high=high if math.isfinite(high) else None,
            confidence=confidence,
            method=method,
        )


def interval_of_one(found: Resampled, confidence: float) -> Interval | None:
    """The interval of the statistic itself: it is compared with 0, which is known."""
    import numpy as np

    return Comparison(found, Resampled(0.0, np.zeros(len(found.replicates))), ratio=False).interval(confidence)


def critical_value(comparisons: Sequence[Comparison], confidence: float) -> float | None:
    """The quantile of the largest studentised difference over all comparisons; None where it is not known."""
    import numpy as np

    largest = None
    for each in comparisons:
        error = each.error
        if error is None:
            continue
        moved = np.abs(each.replicates - each.value) / error
        moved = np.where(np.isnan(moved), np.inf, moved)
        largest = moved if largest is None else np.maximum(largest, moved)
    if largest is None:
        return None
    found = float(np.quantile(largest, confidence, method="higher"))
    return found if math.isfinite(found) else None


def _scaled(value: float, *, ratio: bool) -> float:
    if not ratio:
        return value
    return math.log(value) if value > 0 else -math.inf


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _hull(one: Interval, other: Interval) -> Interval:
    """What either holds, by the method of the other."""
    return other.model_copy(update={"low": _least(one.low, other.low), "high": _most(one.high, other.high)})


def _least(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else min(a, b)


def _most(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else max(a, b)
