"""Mean losses of probabilities: Brier score and log loss, from counts or from sums that lose nothing."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


def brier(probability: Floats, events: Numbers, nonevents: Numbers) -> float:
    """The mean of (y − p)², weighted where the counts are sums of weights. From counts at each distinct probability.

    Source: Brier 1950, for two classes. Undefined (ValueError) without rows.
    """
    return _mean(float(events @ (1 - probability) ** 2 + nonevents @ probability**2), events, nonevents)


def log_loss(probability: Floats, events: Numbers, nonevents: Numbers) -> float:
    """The mean of −ln of the probability given to what happened; infinite where that is 0 for some row.

    Source: Good 1952. Undefined (ValueError) without rows. scikit-learn moves 0 and 1 by one part in 10^16 instead.
    """
    import numpy as np

    own, other = events > 0, nonevents > 0
    with np.errstate(divide="ignore"):
        lost = -(events[own] @ np.log(probability[own])) - nonevents[other] @ np.log1p(-probability[other])
    return _mean(float(lost), events, nonevents)


def brier_of_sums(
    events: float, nonevents: float, event_scores: float, event_squares: float, nonevent_squares: float
) -> float:
    """The same as `brier` from Σw of both classes, Σw·p of the events and Σw·p² of both. It is not bound to bins."""
    if not events + nonevents > 0:
        raise ValueError("a mean loss needs rows")
    return (events - 2 * event_scores + event_squares + nonevent_squares) / (events + nonevents)


def log_loss_of_sums(events: float, nonevents: float, logs: float, impossible: int) -> float:
    """The same as `log_loss` from Σ −w·ln of the probability of what happened, and the rows where that is infinite."""
    if not events + nonevents > 0:
        raise ValueError("a mean loss needs rows")
    return inf if impossible else logs / (events + nonevents)


def _mean(total: float, events: Numbers, nonevents: Numbers) -> float:
    weight = float(events.sum() + nonevents.sum())
    if not weight > 0:
        raise ValueError("a mean loss needs rows")
    return total / weight
