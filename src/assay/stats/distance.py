"""Distances between two distributions, and between two ROC curves; and what a distance can be off by.

A distance is never below 0, and that of a sample lies above the true one where the two hardly differ: a percentile
interval of it would never hold 0. What is drawn anew is therefore the error itself: the distance between the drawn
difference of the two curves and the observed one. By the triangle inequality the distance is off by no more than the
observed difference is, so that its quantile gives an interval that holds the truth, 0 or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.bootstrap import of_people, of_weighted_people
from assay.stats.masses import Masses

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]
    Numbers = Counts | Floats

DRAWS = 4_000
CLASSES = 128
"""Classes of neighbouring scores, of about equally many people, from which people are drawn anew."""
ENOUGH = 10
"""People of each kind from which on draws are trusted, and draws beyond a quantile that is."""
MOST_DRAWN = 100
"""Groups of a grouping beyond which nobody is drawn anew: it takes a fifth of a second for each."""
BOUNDED, DRAWN = "Dvoretzky-Kiefer-Wolfowitz bounds", f"{DRAWS} draws of the people of each group"


@dataclass(frozen=True)
class OffBy:
    """What a distance can be off by."""

    sizes: tuple[float, ...]
    """Effective people of each sample that it is made of."""
    largest: float = 1.0
    """The distance cannot be larger."""
    draws: Floats | None = None
    """Distances between drawn and observed difference."""
    bound: float = 0.0
    """What bins hide."""

    def around(self, value: float) -> Callable[[float], Interval]:
        """The interval of a distance by the level. Never of zero width."""
        return lambda confidence: self._interval(value, confidence)

    def _interval(self, value: float, confidence: float) -> Interval:
        error, method = self._error(confidence)
        low, high = max(value - error - self.bound, 0.0), min(value + error + self.bound, max(self.largest, value))
        return Interval(low=low, high=high, confidence=confidence, method=method)

    def _error(self, confidence: float) -> tuple[float, str]:
        """Drawn, where draws can be trusted at that level; else what the distributions of all samples are off by.

        The drawn one is not below ln(1/α)/n: nobody drawn anew shows what nobody of n people showed.
        """
        import numpy as np

        alpha, least = 1 - confidence, min(self.sizes)
        if least <= 0:
            return self.largest, BOUNDED
        bounded = self.largest * massart(self.sizes, confidence)
        if self.draws is None or least < ENOUGH or alpha * len(self.draws) < ENOUGH:
            return bounded, BOUNDED
        drawn = float(np.quantile(self.draws, 1 - alpha, method="higher"))
        return min(bounded, max(drawn, self.largest * log(1 / alpha) / least)), DRAWN


def massart(sizes: Sequence[float], confidence: float) -> float:
    """What the difference of the distributions of samples is off by, anywhere: each is off by no more than
    √(ln(2k/α)/2n), all k of them together (Massart 1990), and the difference by no more than their sum.
    """
    return sum(sqrt(log(2 * len(sizes) / (1 - confidence)) / (2 * n)) for n in sizes)


def classes_of(counts: Numbers) -> Counts:
    """Into which of at most CLASSES classes of about equally many people each ascending score falls, from 0 on."""
    import numpy as np

    middle = np.cumsum(counts) - counts / 2
    place = np.minimum((middle * CLASSES / max(float(counts.sum()), 1e-300)).astype(np.int64), CLASSES - 1)
    return np.unique(place, return_inverse=True)[1].astype(np.int64)


def drawn_sums(masses: Masses, classes: Counts, seed: int, *, weighted: bool) -> Floats:
    """What the people of each class weigh: as observed, and in each of DRAWS draws. (1 + DRAWS, classes)."""
    import numpy as np

    k = int(classes.max()) + 1
    sums = np.bincount(classes, masses.sums, minlength=k)
    each = _weight_of_all(masses) if weighted else 1.0
    if each is None:
        draw = of_weighted_people(sums.tolist(), np.bincount(classes, masses.squares, minlength=k).tolist(), seed)
        return np.vstack([sums[None, :], draw(DRAWS)])
    draw = of_people([int(n) for n in np.bincount(classes, masses.people, minlength=k)], seed)
    return np.vstack([sums[None, :], draw(DRAWS) * each])


def _weight_of_all(masses: Masses) -> float | None:
    """What each person weighs where all weigh the same: they are then drawn as people without weights are."""
    import numpy as np

    each = float(masses.sums.sum()) / max(int(masses.people.sum()), 1)
    same = np.isclose(masses.sums, each * masses.people, rtol=1e-12, atol=0.0)
    same &= np.isclose(masses.squares, each * each * masses.people, rtol=1e-12, atol=0.0)
    return each if same.all() else None


# Distributions of scores


def ks_distance(own: Floats, other: Floats) -> float:
    """The greatest distance of two distributions, from their masses at the same ascending scores.

    Divided once, so that a tenth of the people is a tenth.
    """
    import numpy as np

    one, two = np.cumsum(own, dtype=np.float64), np.cumsum(other, dtype=np.float64)
    return float(np.abs(one * two[-1] - two * one[-1]).max() / (one[-1] * two[-1]))


def wasserstein_distance(scores: Floats, own: Floats, other: Floats) -> float:
    """The area between two distribution functions: how far, on average, people would have to move."""
    import numpy as np

    return float(np.abs(_shares(own) - _shares(other))[:-1] @ np.diff(scores))


def pooled_deviation(scores: Floats, own: Floats, other: Floats, people: tuple[int, int]) -> float:
    """√((n·s² + n'·s'²)/(n + n' - 2)), of which s is weighted where people are. Source: Cohen 1988."""
    import numpy as np

    squares = 0.0
    for masses, n in zip((own, other), people, strict=True):
        share = masses / masses.sum()
        mean = float(share @ scores)
        squares += n * float(share @ (scores - mean) ** 2)
    return float(np.sqrt(squares / max(sum(people) - 2, 1)))


def wasserstein_draws(scores: Floats, own: Floats, other: Floats, people: tuple[int, int]) -> Floats:
    """Areas between the drawn and the observed difference, each over its pooled deviation. `own` and `other` are
    drawn sums at the same classes, whose scores ascend.
    """
    import numpy as np

    difference, squares = np.zeros_like(own), np.zeros(len(own))
    for sums, n, sign in ((own, people[0], 1.0), (other, people[1], -1.0)):
        shares = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-300)
        difference += sign * np.cumsum(shares, axis=1)
        means = shares @ scores
        squares += n * np.maximum(shares @ scores**2 - means**2, 0.0)
    deviation = np.sqrt(squares / max(sum(people) - 2, 1))
    scaled = difference / np.where(deviation > 0, deviation, np.inf)[:, None]
    return np.asarray(np.abs(scaled[1:] - scaled[0])[:, :-1] @ np.diff(scores))


# ROC curves


def area_between(own: tuple[Numbers, Numbers], other: tuple[Numbers, Numbers]) -> float:
    """The area between two ROC curves, each from its events and others at ascending scores; exact.

    Straight lines between the points of a curve: ties count half, as in the area under it. Source: Gardner, Brooks and
    Baker 2019.
    """
    import numpy as np

    (x, y), (x2, y2) = _curve(*own), _curve(*other)
    grid = np.unique(np.concatenate([x, x2]))
    begin, end = (a - b for a, b in zip(_ends(x, y, grid), _ends(x2, y2, grid), strict=True))
    size, same = np.abs(begin) + np.abs(end), begin * end >= 0
    crossing = np.divide(begin**2 + end**2, size, out=np.zeros_like(size), where=size > 0)
    return float(np.diff(grid) @ np.where(same, size, crossing)) / 2


def roc_draws(events: Masses, others: Masses, seed: int, *, weighted: bool) -> Floats:
    """The ROC curve at CLASSES places between 0 and 1: as observed, and in each draw; events and others by themselves.

    Shape (1 + DRAWS, CLASSES).
    """
    import numpy as np

    classes = classes_of(events.sums / events.sums.sum() + others.sums / others.sums.sum())
    hits, alarms = (
        _from_the_top(drawn_sums(masses, classes, 2 * seed + place, weighted=weighted))
        for place, masses in enumerate((events, others))
    )
    places = (np.arange(CLASSES) + 0.5) / CLASSES
    return np.stack([np.interp(places, x, y) for x, y in zip(alarms, hits, strict=True)])


def area_draws(own: Floats, other: Floats) -> Floats:
    """Areas between the drawn and the observed difference of two curves."""
    import numpy as np

    difference = own - other
    return np.asarray(np.abs(difference[1:] - difference[0]).mean(axis=1))


def _shares(masses: Floats) -> Floats:
    import numpy as np

    upto = np.cumsum(masses, dtype=np.float64)
    return np.asarray(upto / upto[-1])


def _from_the_top(sums: Floats) -> Floats:
    """Shares at or above each class, from none to all."""
    import numpy as np

    upto = np.cumsum(sums[:, ::-1], axis=1)
    shares = upto / np.maximum(upto[:, -1:], 1e-300)
    return np.hstack([np.zeros((len(sums), 1)), shares])


def _curve(events: Numbers, others: Numbers) -> tuple[Floats, Floats]:
    """Share of the others, share of the events at or above each score, from (0, 0) to (1, 1)."""
    import numpy as np

    hits, alarms = (_from_the_top(each[None, :].astype(np.float64))[0] for each in (events, others))
    return alarms, hits


def _ends(x: Floats, y: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """The curve at the beginning and at the end of each step of the grid, within which it is straight."""
    import numpy as np

    at = np.searchsorted(x, grid[:-1], side="right") - 1
    slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
    return y[at] + (grid[:-1] - x[at]) * slope, y[at] + (grid[1:] - x[at]) * slope
