"""Rows of neighbouring scores, taken together: what the checks of bins and bands share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.checks.exhibit import columns
from assay.checks.performance._scores import masses, sum_of
from assay.evidence.scores import Scores
from assay.record.estimate import DesignRate, Exhibit, Interval
from assay.stats.calibration import tenths
from assay.stats.design import scaled
from assay.stats.masses import Masses
from assay.stats.proportion import wilson
from assay.stats.weighted_calibration import event_rate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Band:
    """Rows of neighbouring scores."""

    predicted: float
    """The mean score."""
    events: int
    rate: DesignRate
    """The event rate, and how many rows it is worth."""
    mass: float
    """What the rows weigh."""
    plain: bool
    """Whether rows neither weigh differently nor belong to the same people."""

    def limits(self, confidence: float) -> tuple[float, float]:
        """Wilson's, of the event rate."""
        return wilson(*self.counted(confidence), confidence)

    def counted(self, confidence: float) -> tuple[float, float]:
        """Numerator and denominator of the rate for an interval."""
        return (self.events, self.rate.people) if self.plain else scaled(self.rate, confidence)

    def row(self, confidence: float) -> tuple[float | int, ...]:
        """Of a table of predicted and observed."""
        return self.predicted, self.rate.rate, *self.limits(confidence), self.rate.people, self.events


def bands(scores: Scores, place: Counts) -> Iterator[Band]:
    """Those in which rows weigh anything, ascending, from the band of each line."""
    import numpy as np

    for band in np.unique(place[sum_of(scores) > 0]):
        mine = place == band
        own, other = (Masses(m.people[mine], m.sums[mine], m.squares[mine]) for m in masses(scores))
        sums, events = own.sums + other.sums, int(own.people.sum())
        mass, people = float(sums.sum()), events + int(other.people.sum())
        if scores.plain:
            rate = DesignRate(rate=events / people, people=people, effective=people)
        else:
            group = None if scores.group is None else scores.group[mine]
            rate = event_rate(own, other, group, weighted=scores.weights is not None)
        yield Band(float((sums * scores.score[mine]).sum()) / mass, events, rate, mass, scores.plain)


def equal_bands(scores: Scores, number: int) -> list[Band]:
    """At most so many of about equally many rows; equal scores stay together."""
    import numpy as np

    people = np.bincount(scores.place, scores.events + scores.nonevents).astype(np.int64)
    return list(bands(scores, tenths(people, number)[scores.place]))


def inversions_interval(
    own: Sequence[Interval | None], family: Sequence[Interval | None], confidence: float
) -> Interval:
    """Of the number of steps below 0, from the interval of each step, alone and with all others.

    From those shown to fall to those not shown not to. Where each alone is shown not to fall, none does: if one did,
    that one would have been shown wrongly, which has the chance of a single interval. Source: Berger 1982.
    """
    shown = sum(each is not None and each.high is not None and each.high < 0 for each in family)
    some = any(_may_fall(each) for each in own)
    return Interval(
        low=float(shown),
        high=float(sum(map(_may_fall, family))) if some else 0.0,
        confidence=confidence,
        method="steps shown to fall, to steps not shown not to",
    )


def _may_fall(step: Interval | None) -> bool:
    return step is None or step.low is None or step.low < 0


def calibration_table(scores: Scores, found: list[Band], confidence: float, title: str) -> Exhibit:
    """Predicted and observed of each band."""
    given = columns(
        ("predicted", "Mean probability", "rate"), ("observed", "Event rate", "rate"), ("low", "From", "rate"),
        ("high", "To", "rate"), ("n", "Rows", "count"), ("events", "Events", "count"),
    )  # fmt: skip
    return Exhibit(
        name="calibration",
        title=title,
        columns=given,
        rows=tuple(band.row(confidence) for band in found),
        chart="calibration",
        note=f"The event is {scores.event}.",
    )
