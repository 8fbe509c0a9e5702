"""Whether probabilities come true for people who have sampling weights, or of whom some stand in several rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.record.estimate import DesignRate, Interval
from assay.stats.calibration import CLIP, Recalibration, Unstable, recalibrate
from assay.stats.design import LEAST_GROUPS, clustered_rate, scaled, weighted_rate
from assay.stats.masses import Masses
from assay.stats.proportion import wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


def event_rate(events: Masses, nonevents: Masses, group: Counts | None, *, weighted: bool) -> DesignRate:
    """The share of the events, and how many people it is worth. ValueError where nobody weighs anything."""
    import numpy as np

    part, rest = float(events.sums.sum()), float(nonevents.sums.sum())
    people = int(events.people.sum() + nonevents.people.sum())
    if part + rest <= 0:
        raise ValueError("a rate needs people who weigh something")
    if group is None:
        squares = float(events.squares.sum()), float(nonevents.squares.sum())
        return weighted_rate((part, squares[0]), (part + rest, squares[0] + squares[1]), people)
    _, number = np.unique(group, return_inverse=True)
    parts, wholes = np.bincount(number, events.sums), np.bincount(number, events.sums + nonevents.sums)
    return clustered_rate(list(zip(parts.tolist(), wholes.tolist(), strict=True)), people, weighted=weighted)


def observed_expected_by_design(
    probability: Floats, events: Masses, nonevents: Masses, rate: DesignRate, confidence: float
) -> tuple[float, Interval] | None:
    """Σw of the events over Σw·p, with limits of the event rate at its effective number over the mean probability.

    None where no event is expected at all. Source: Korn and Graubard 1998.
    """
    sums = events.sums + nonevents.sums
    expected = float(sums @ probability)
    if expected <= 0:
        return None
    low, high = wilson(*scaled(rate, confidence), confidence)
    mean = expected / float(sums.sum())
    interval = Interval(
        low=low / mean, high=high / mean, confidence=confidence,
        method="Wilson at the effective number over mean prediction",
    )  # fmt: skip
    return float(events.sums.sum()) / expected, interval


def recalibrate_by_design(
    probability: Floats, events: Masses, nonevents: Masses, group: Counts | None
) -> Recalibration:
    """The weighted fit, with errors from the spread of its scores between people or random groups. Raises Unstable.

    Source: Binder 1983 (sandwich estimator); Wolter 2007, chapter 2.
    """
    import numpy as np

    fit = recalibrate(probability, events.sums, nonevents.sums)
    p = np.clip(probability, CLIP, 1 - CLIP)
    x = np.log(p) - np.log1p(-p)
    design, people = np.column_stack([np.ones_like(x), x]), events.people + nonevents.people
    fitted = 1 / (1 + np.exp(-(fit.intercept + fit.slope * x)))
    information = design.T @ (design * ((events.sums + nonevents.sums) * fitted * (1 - fitted))[:, None])
    groups = None
    if group is None:
        n = int(people.sum())
        squares = events.squares * (1 - fitted) ** 2 + nonevents.squares * fitted**2
        spread: Floats = design.T @ (design * squares[:, None]) * (n / (n - 1))
    else:
        _, number = np.unique(group, return_inverse=True)
        groups = int(number.max()) + 1
        if groups < LEAST_GROUPS:
            raise Unstable(f"people fall into {groups} random groups; the spread between them needs {LEAST_GROUPS}")
        scores = events.sums * (1 - fitted) - nonevents.sums * fitted
        totals = np.column_stack([np.bincount(number, scores * column) for column in design.T])
        spread = (totals.T @ totals * (groups / (groups - 1))).astype(np.float64)
    inverse = np.linalg.inv(information)
    errors = np.sqrt(np.diag(inverse @ spread @ inverse))
    clipped = int(people[p != probability].sum())
    return replace(fit, intercept_error=float(errors[0]), slope_error=float(errors[1]), clipped=clipped, groups=groups)
