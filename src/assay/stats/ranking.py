"""What a ranked list gains: average precision and the share of the events at its top, and how each row moves them.

From what events and non-events weigh at ascending scores. Shapes (k,); both sums are positive, else ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.stats.separation import require_both

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Numbers = npt.NDArray[np.int64] | Floats
    Truths = npt.NDArray[np.bool_]

WINDOW = 0.2
"""Of the smaller side of the cut: as many people above it, and below it, tell the event rate at the cut."""


def average_precision_influence(events: Numbers, nonevents: Numbers) -> tuple[Floats, Floats]:
    """By how much a unit of events, and of non-events, at each score moves the average precision: its derivatives.

    Weighed with the masses they add up to 0, for the number does not change when all masses grow alike.
    """
    import numpy as np

    require_both(events, nonevents)
    a, b = events[::-1].astype(np.float64), nonevents[::-1].astype(np.float64)
    own, other = np.cumsum(a), np.cumsum(b)
    everybody, total = own + other, own[-1]
    held = everybody > 0
    precision = np.divide(own, everybody, out=np.zeros_like(own), where=held)
    value = float(a @ precision) / total
    at_own = np.divide(a * other, everybody**2, out=np.zeros_like(own), where=held)
    at_other = np.divide(a * own, everybody**2, out=np.zeros_like(own), where=held)
    of_event = (precision - value + _from_here_on(at_own)) / total
    of_nonevent = -_from_here_on(at_other) / total
    return of_event[::-1], of_nonevent[::-1]


def average_precision_bound(events: Numbers, nonevents: Numbers, several: Truths) -> float:
    """How far the average precision of bins can be from that of the scores, whatever their order within the bins.

    It is largest where the events of a bin all lie above its non-events at one score, and smallest where they lie below
    them each at its own: then no less than the integral of x/(x + n), n being the non-events down to there.
    """
    import numpy as np

    require_both(events, nonevents)
    a, b = events[::-1].astype(np.float64), nonevents[::-1].astype(np.float64)
    own, other, held = np.cumsum(a), np.cumsum(b), several[::-1] & (a > 0)
    before, others = own - a, other - b
    tied = a * own / np.maximum(own + other, 1e-300)
    first = a * own / np.maximum(own + others, 1e-300)
    apart = np.divide(own + other, before + other, out=np.ones_like(own), where=other > 0)
    last = a - other * np.log(apart)
    above, below = (float(np.abs(each - tied)[held].sum()) for each in (first, last))
    return max(above, below) / float(own[-1])


@dataclass(frozen=True, slots=True)
class Captured:
    """The share of all events among the people with the highest scores."""

    value: float
    top: float
    """The share of people that these are."""
    of_event: Floats
    """By how much a unit of events at each score moves the value."""
    of_nonevent: Floats
    bound: float
    """How far bins can make it lie from the truth."""
    cut: int
    """The score, counted from the least, at which the top ends."""

    @property
    def lift(self) -> float:
        """The event rate among them over that of everybody."""
        return self.value / self.top


def captured(events: Numbers, nonevents: Numbers, top: float, several: Truths) -> Captured:
    """Of the share `top` of all people; of those who tie at the cut the part that is still missing, events and
    non-events alike, which is what an order of the tied by lot gives on average.

    Influence: with more events above the cut the share rises; with more people above it the cut rises too, by which it
    loses events at the rate they have there. This is taken from the people above the cut or from those below it,
    whichever makes the number vary more: where the top holds about all events the one rate is near 1, the other near 0,
    and what a sample shows of both together says little.
    """
    import numpy as np

    require_both(events, nonevents)
    a, b = events[::-1].astype(np.float64), nonevents[::-1].astype(np.float64)
    people = a + b
    upto, total, positive = np.cumsum(people), float(people.sum()), float(a.sum())
    wanted = top * total
    at = min(int(np.searchsorted(upto, wanted, side="left")), len(people) - 1)
    share = min(max((wanted - (upto[at] - people[at])) / people[at], 0.0), 1.0) if people[at] else 1.0
    inside = np.where(np.arange(len(a)) < at, 1.0, 0.0)
    inside[at] = share
    value = min(float(a @ inside) / positive, 1.0)
    near = WINDOW * min(top, 1 - top) * total
    taken = (inside - value) / positive
    influences = []
    for low, high in ((wanted - near, wanted), (wanted, wanted + near)):
        slope = _rate_between(upto, np.cumsum(a), low, high, positive / total) * total / positive  # of `value` by `top`
        moved = slope * (inside - top) / total
        influences.append((taken - moved, -moved))
    of_event, of_nonevent = max(influences, key=lambda of: float(a @ of[0] ** 2 + b @ of[1] ** 2))
    bound = 0.0
    if several[::-1][at]:
        before, missing = float(a[:at].sum()), wanted - float(upto[at] - people[at])
        most, least = before + min(float(a[at]), missing), before + max(missing - float(b[at]), 0.0)
        bound = max(most / positive - value, value - least / positive, 0.0)
    return Captured(value, top, of_event[::-1], of_nonevent[::-1], bound, len(people) - 1 - at)


def _rate_between(upto: Floats, events: Floats, low: float, high: float, default: float) -> float:
    """The event rate among the people from the one rank to the other, those who tie in part."""
    import numpy as np

    if not high > low:
        return default
    x, y = np.concatenate([[0.0], upto]), np.concatenate([[0.0], events])
    return float(np.interp(high, x, y) - np.interp(low, x, y)) / (high - low)


def gains(events: Numbers, nonevents: Numbers, shares: Floats) -> Floats:
    """The share of all events among the given shares of the people, from the highest score on; ties in part."""
    import numpy as np

    upto, own = (np.concatenate([[0.0], np.cumsum(each[::-1])]) for each in (events + nonevents, events))
    return np.asarray(np.interp(shares, upto / upto[-1], own / own[-1]), np.float64)


def _from_here_on(values: Floats) -> Floats:
    import numpy as np

    return np.asarray(np.cumsum(values[::-1])[::-1])
