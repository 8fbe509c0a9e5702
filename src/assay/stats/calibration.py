"""Whether predicted probabilities come true: in the large, by slope, and bin by bin. From counts at each score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.record.estimate import Interval
from assay.stats.proportion import normal_quantile, wilson

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]
    Numbers = Counts | Floats

CLIP = 1e-6
"""Probabilities nearer than this to 0 or 1 are moved here before their logit is taken."""
STEPS, TOLERANCE = 50, 1e-10


@dataclass(frozen=True, slots=True)
class Recalibration:
    """logit P(event) = intercept + slope · logit(p): 0 and 1 where the probabilities come true."""

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    clipped: int
    """Rows whose probability was moved to be able to take its logit."""
    groups: int | None = None
    """The random groups between which the errors were seen, where they were."""

    def intercept_interval(self, confidence: float) -> Interval:
        """Wald; with Student's quantile where the errors were seen between random groups."""
        return self._wald(self.intercept, self.intercept_error, confidence)

    def slope_interval(self, confidence: float) -> Interval:
        """The same of the slope."""
        return self._wald(self.slope, self.slope_error, confidence)

    def _wald(self, value: float, error: float, confidence: float) -> Interval:
        half = normal_quantile(confidence) * error
        if self.groups is not None:
            from scipy.special import stdtrit

            half = float(stdtrit(self.groups - 1, (1 + confidence) / 2)) * error
        return Interval(low=value - half, high=value + half, confidence=confidence, method="Wald")


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows of neighbouring scores."""

    predicted: float
    events: int
    rows: int


class Unstable(ValueError):
    """A fit that has no finite solution, or did not reach it. The message says why."""


def observed_expected(
    probability: Floats, events: Counts, nonevents: Counts, confidence: float
) -> tuple[float, Interval] | None:
    """Events over the sum of the probabilities, with Wilson limits of the event rate over the mean probability.

    Given the probabilities, the events of a calibrated model vary less than a binomial count (a sum of unequal
    Bernoulli trials), so the interval is conservative. None where no event is expected at all or there are no rows.
    """
    rows = int(events.sum() + nonevents.sum())
    expected = float(((events + nonevents) * probability).sum())
    if not rows or expected <= 0:
        return None
    observed = int(events.sum())
    low, high = wilson(observed, rows, confidence)
    mean = expected / rows
    interval = Interval(low=low / mean, high=high / mean, confidence=confidence, method="Wilson over mean prediction")
    return observed / expected, interval


def recalibrate(probability: Floats, events: Numbers, nonevents: Numbers) -> Recalibration:
    """Fit the two parameters by Newton's method on the weighted distinct scores. Raises Unstable.

    Source: Cox 1958. There is no finite maximum where a cut of the score separates events from non-events.
    """
    import numpy as np

    p = np.clip(probability, CLIP, 1 - CLIP)
    clipped = int((events + nonevents)[p != probability].sum())
    x = np.log(p) - np.log1p(-p)
    _require_overlap(x[events > 0], x[nonevents > 0])
    n, design = (events + nonevents).astype(float), np.column_stack([np.ones_like(x), x])
    beta = np.array([0.0, 1.0])
    loss = _loss(design @ beta, events, n)
    for _ in range(STEPS):
        fitted = 1 / (1 + np.exp(-(design @ beta)))
        information = design.T @ (design * (n * fitted * (1 - fitted))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (events - n * fitted))
        except np.linalg.LinAlgError:
            break
        while (trial := _loss(design @ (beta + step), events, n)) > loss + TOLERANCE * (1 + abs(loss)):
            step = step / 2
        beta, loss = beta + step, trial
        if np.abs(step).max() < TOLERANCE * (1 + np.abs(beta).max()):
            errors = np.sqrt(np.diag(np.linalg.inv(information)))
            return Recalibration(float(beta[0]), float(beta[1]), float(errors[0]), float(errors[1]), clipped)
    raise Unstable(f"the recalibration did not converge in {STEPS} steps")


def _require_overlap(events: Floats, nonevents: Floats) -> None:
    if not events.size or not nonevents.size:
        raise Unstable("there is one class only")
    if events.min() == events.max() == nonevents.min() == nonevents.max():
        raise Unstable("every row has the same probability")
    if events.min() >= nonevents.max() or nonevents.min() >= events.max():
        raise Unstable("a cut of the probability separates the classes, so the slope has no finite value")


def _loss(linear: Floats, events: Numbers, n: Floats) -> float:
    import numpy as np

    return float(n @ np.logaddexp(0, linear) - events @ linear)


def calibration_bins(probability: Floats, events: Counts, nonevents: Counts, bins: int = 10) -> list[CalibrationBin]:
    """At most `bins` groups of neighbouring scores, of about equally many rows; equal scores stay together."""
    import numpy as np

    n, place, found = events + nonevents, tenths(events + nonevents, bins), []
    for b in np.unique(place[n > 0]):
        mine = place == b
        rows = int(n[mine].sum())
        found.append(CalibrationBin(float((n[mine] * probability[mine]).sum()) / rows, int(events[mine].sum()), rows))
    return found


def tenths(n: Counts, bins: int = 10) -> Counts:
    """Into which of `bins` groups of about equally many of the n people each score falls."""
    import numpy as np

    total = int(n.sum())
    place: Counts = np.minimum(((np.cumsum(n) - n / 2) * bins / max(total, 1)).astype(np.int64), bins - 1)
    return place
