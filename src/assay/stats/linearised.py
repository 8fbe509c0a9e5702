"""The variance of a number of a table of scores, from how much each row moves it, and the intervals made of it.

A row of mass w moves the number by w · influence, to the first order; the influences of all rows add up to 0. Rows are
independent, with or without sampling weights, or fall into random groups of entities (delete-a-group jackknife).
Source: Hampel 1974 (influence); Binder 1983 (linearisation with weights); Kott 2001 and Wolter 2007, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, sqrt
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.design import LEAST_GROUPS, kish
from assay.stats.masses import Masses, RandomGroups
from assay.stats.proportion import clopper_pearson, normal_quantile, wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

ENOUGH = 10
"""Events and non-events, or what their weights leave of them, below which the normal approximation is not trusted."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much a number varies, and what the rows it is made of are worth."""

    variance: float
    """Infinite where too few groups show it."""
    events: float
    """Effective events: how many rows of equal weight they are worth."""
    nonevents: float
    groups: int | None = None
    """The random groups between which the variance was seen, where it was."""

    @property
    def rows(self) -> float:
        """Effective rows."""
        return self.events + self.nonevents

    @property
    def trusted(self) -> bool:
        """Whether there are enough events and non-events, and a variance that is known."""
        return min(self.events, self.nonevents) >= ENOUGH and self.variance < inf

    def error(self, confidence: float) -> float:
        """The quantile times the standard error; Student's where it was seen between random groups."""
        return _quantile(self.groups, confidence) * sqrt(self.variance)


def spread(
    events: Masses, nonevents: Masses, of_event: Floats, of_nonevent: Floats, group: Counts | None = None
) -> Spread:
    """From the influence of an event and of a non-event on each line. Shapes (k,).

    n/(n − 1) · Σ w²·influence² of independent rows, so that equal weights give the variance of a mean; never below what
    Kish's design effect makes of Σ w·influence², for a few heavy rows that happen to agree with the rest would make it
    look small. Between random groups never below that of independent rows.
    """
    n = int(events.people.sum() + nonevents.people.sum())
    if n < 2:
        return Spread(inf, events.effective, nonevents.effective)
    pairs = ((events, of_event), (nonevents, of_nonevent))
    heavy = max(float(m.squares.sum()) / max(float(m.sums.sum()), 1e-300) for m, _ in pairs)
    seen = sum(float(m.squares @ each**2) for m, each in pairs)
    alike = heavy * sum(float(m.sums @ each**2) for m, each in pairs)
    alone = max(seen, alike) * n / (n - 1)
    if group is None:
        return Spread(alone, events.effective, nonevents.effective)
    groups = RandomGroups.of(group, events, nonevents)
    if groups.k < LEAST_GROUPS or groups.hides:
        return Spread(inf, _half(groups.events), _half(groups.nonevents), groups.k)
    between = float(groups.spread(groups.totals(events.sums * of_event + nonevents.sums * of_nonevent)))
    less = alone / max(alone, between) if between else 1.0
    return Spread(max(between, alone), events.effective * less, nonevents.effective * less, groups.k)


def _half(sums: Floats) -> float:
    """What groups are worth where each counts as one person; no more than one half of them have the event."""
    return kish(float(sums.sum()), float(sums @ sums), len(sums)) / 2


def share_interval(value: float, found: Spread, confidence: float, *, most: float | None = None) -> Interval:
    """Of a number between 0 and 1: Wilson's at the number of people whose share would vary as much.

    `most` is a number that this may not exceed. Where the spread cannot be trusted or nothing varies, it is at most
    the effective rows, and the limits are Clopper and Pearson's. Never of zero width, never outside [0, 1].
    Source: Wilson 1927; Korn and Graubard 1998.
    """
    shrunk = (normal_quantile(confidence) / _quantile(found.groups, confidence)) ** 2
    limit = inf if most is None else most
    trusted = found.trusted and found.variance > 0 and 0 < value < 1
    if not trusted:
        limit = min(limit, found.rows)
    varying = value * (1 - value) / found.variance if 0 < found.variance < inf and 0 < value < 1 else inf
    number = max(min(varying, limit), 1e-9) * shrunk
    of, method = (wilson, "Wilson") if trusted else (clopper_pearson, "Clopper-Pearson")
    low, high = of(min(value, 1.0) * number, number, confidence)
    return Interval(
        low=min(max(low, 0.0), value), high=max(min(high, 1.0), value), confidence=confidence,
        method=f"{method} at the effective number",
    )  # fmt: skip


def mean_interval(value: float, found: Spread, confidence: float, *, least: float | None = None) -> Interval | None:
    """Of a mean without limits: value ± quantile · error. None where that cannot be trusted or nothing varies."""
    if not found.trusted or not found.variance > 0:
        return None
    half = found.error(confidence)
    low = value - half if least is None else max(value - half, least)
    return Interval(low=low, high=value + half, confidence=confidence, method="linearised, normal")


def gain_interval(value: float, found: Spread, confidence: float) -> Interval | None:
    """Of 1 − ratio of two mean losses, on the logarithm of the ratio; `found` is the spread of the gain itself.

    None where it cannot be trusted, where nothing varies, and where the loss is 0, which has no logarithm.
    """
    ratio = 1 - value
    if not found.trusted or not found.variance > 0 or ratio <= 0:
        return None
    half = found.error(confidence) / ratio
    if half > log(1e100):
        return None
    return Interval(
        low=1 - ratio * exp(half), high=1 - ratio * exp(-half), confidence=confidence,
        method="linearised, normal on the logarithm of the ratio",
    )  # fmt: skip


def _quantile(groups: int | None, confidence: float) -> float:
    if groups is None:
        return normal_quantile(confidence)
    from scipy.special import stdtrit

    return float(stdtrit(max(groups - 1, 1), (1 + confidence) / 2))
