"""What the distance between the scores of events and of non-events can be off by, from draws of both."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from assay.stats.distance import CLASSES, OffBy, classes_of, drawn_sums
from assay.stats.masses import Masses

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

BETWEEN = 0.5826
"""Standard deviations of a step by which the greatest value of a path lies above that at the steps alone."""


def ks_off_by(place: Counts, events: Masses, nonevents: Masses, *, weighted: bool) -> OffBy:
    """From masses at the scores of rank `place`: the quantile of the greatest distance of the drawn from the observed
    difference of the two distributions, or the bounds of Dvoretzky, Kiefer and Wolfowitz where these are narrower.

    The draws are of at most 128 classes of neighbouring scores. What is greatest within a class is not seen; where
    there are more scores than classes the distances are larger by 0.5826 standard deviations of a step.
    Source: Massart 1990; Efron 1979; Broadie, Glasserman and Kou 1997 (the greatest value between steps).
    """
    import numpy as np

    own, other = (_by_score(place, each) for each in (events, nonevents))
    classes = classes_of(own.sums / own.sums.sum() + other.sums / other.sums.sum())
    (hits, of_hits), (alarms, of_alarms) = (
        _drawn(classes, masses, seed, weighted=weighted) for seed, masses in enumerate((own, other))
    )
    difference, step = hits - alarms, of_hits + of_alarms
    draws = np.abs(difference[1:] - difference[0]).max(axis=1)
    if len(own.people) > CLASSES:
        draws = draws + BETWEEN * sqrt(float(step.max()))
    return OffBy((own.effective, other.effective), 1.0, draws)


def _by_score(place: Counts, masses: Masses) -> Masses:
    import numpy as np

    people = np.bincount(place, masses.people).astype(np.int64)
    sums, squares = (np.bincount(place, each).astype(np.float64) for each in (masses.sums, masses.squares))
    return Masses(people, sums, squares)


def _drawn(classes: Counts, masses: Masses, seed: int, *, weighted: bool) -> tuple[Floats, Floats]:
    """The shares at or below each class, as observed and drawn; and the variance of a step."""
    import numpy as np

    sums = drawn_sums(masses, classes, seed, weighted=weighted)
    shares = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-300)
    return np.cumsum(shares, axis=1), shares[0] / masses.effective
