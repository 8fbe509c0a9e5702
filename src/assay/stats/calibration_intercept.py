"""Calibration in the large on the logit scale: by how much all logits would have to rise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.stats.calibration import CLIP, STEPS, TOLERANCE
from assay.stats.linearised import Spread, spread
from assay.stats.masses import Masses

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

LARGEST = 60.0
"""Logits lie within ±14, so that the intercept lies within this much of 0."""


def intercept_of(
    probability: Floats, events: Masses, nonevents: Masses, group: Counts | None
) -> tuple[float, Spread] | str:
    """The a of logit P(event) = a + logit(p), and its spread; or why there is none.

    Newton's steps, halved towards the known limits where one would leave them: the expected events rise with a. The
    variance is the sandwich one. Source: Cox 1958; Van Calster et al. 2016; Binder 1983.
    """
    import numpy as np

    p = np.clip(probability, CLIP, 1 - CLIP)
    x, sums = np.log(p) - np.log1p(-p), events.sums + nonevents.sums
    observed = float(events.sums.sum())

    def fitted(intercept: float) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(intercept + x))))

    low, high, value = -LARGEST, LARGEST, 0.0
    for _ in range(2 * STEPS):
        at = fitted(value)
        short = observed - float(sums @ at)
        low, high = (value, high) if short > 0 else (low, value)
        steep = float(sums @ (at * (1 - at)))
        step = short / steep if steep > 0 else 2 * LARGEST
        if abs(step) <= TOLERANCE:
            value += step
            break
        value = value + step if low < value + step < high else (low + high) / 2
    at = fitted(value)
    information = float(sums @ (at * (1 - at)))
    if not information > 0:
        return "no intercept makes as many events expected as there were"
    return value, spread(events, nonevents, (1 - at) / information, -at / information, group)
