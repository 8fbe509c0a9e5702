"""Whether probabilities come true for people who have sampling weights, or of whom some stand in several rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.record.estimate import DesignRate, Interval
from assay.stats.calibration import CLIP, Recalibration, Unstable, recalibrate
from assay.stats.design import LEAST_GROUPS, clustered_rate, scaled, weighted_rate
from assay.stats.masses import Masses, RandomGroups
from assay.stats.proportion import wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


def event_rate(events: Masses, nonevents: Masses, group: Counts | None, *, weighted: bool) -> DesignRate:
    """The share of the events, and how many people it is worth. ValueError where nobody weighs anything."""
    part, rest = float(events.sums.sum()), float(nonevents.sums.sum())
    people = int(events.people.sum() + nonevents.people.sum())
    if part + rest <= 0:
        raise ValueError("a rate needs people who weigh something")
    if group is None:
        squares = float(events.squares.sum()), float(nonevents.squares.sum())
        return weighted_rate((part, squares[0]), (part + rest, squares[0] + squares[1]), people)
    groups = RandomGroups.of(group, events, nonevents)
    sums = zip(groups.events.tolist(), (groups.events + groups.nonevents).tolist(), strict=True)
    return clustered_rate(list(sums), people, weighted=weighted)


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

    The sandwich estimator, its middle for random groups being the delete-a-group jackknife of their totals. It is too
    small where few people or groups carry most of the weight. So no error is below that of the model itself at the
    larger of Kish's design effects of the events and of the non-events.
    Source: Binder 1983 (sandwich estimator); Kott 2001 and Wolter 2007, chapter 4 (jackknife); Kish 1965.
    """
    import numpy as np

    fit = recalibrate(probability, events.sums, nonevents.sums)
    p = np.clip(probability, CLIP, 1 - CLIP)
    x = np.log(p) - np.log1p(-p)
    design, people = np.column_stack([np.ones_like(x), x]), events.people + nonevents.people
    fitted = 1 / (1 + np.exp(-(fit.intercept + fit.slope * x)))
    information = design.T @ (design * ((events.sums + nonevents.sums) * fitted * (1 - fitted))[:, None])
    k = None
    if group is None:
        n = int(people.sum())
        squares = events.squares * (1 - fitted) ** 2 + nonevents.squares * fitted**2
        spread: Floats = design.T @ (design * squares[:, None]) * (n / (n - 1))
    else:
        groups = RandomGroups.of(group, events, nonevents)
        k = groups.k
        if k < LEAST_GROUPS:
            raise Unstable(f"people fall into {k} random groups; the spread between them needs {LEAST_GROUPS}")
        if groups.hides:
            raise Unstable("all events or all non-events fall into one random group of people")
        scores = events.sums * (1 - fitted) - nonevents.sums * fitted
        spread = groups.spread(np.column_stack([groups.totals(scores * column) for column in design.T]))
    inverse = np.linalg.inv(information)
    heavy = max(float(each.squares.sum() / each.sums.sum()) for each in (events, nonevents))
    errors = np.sqrt(np.maximum(np.diag(inverse @ spread @ inverse), heavy * np.diag(inverse)))
    clipped = int(people[p != probability].sum())
    return replace(fit, intercept_error=float(errors[0]), slope_error=float(errors[1]), clipped=clipped, groups=k)
