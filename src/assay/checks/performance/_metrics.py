"""Numbers of a table of scores with their intervals, as the checks of one number and of two datasets share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING, Literal

from assay.checks.performance._scores import (
    Kind,
    area,
    by_score,
    inexact,
    masses,
    said_of_area,
    said_of_scores,
    several,
    undefined,
    unusable,
)
from assay.checks.registry import Context
from assay.evidence.scores import Losses, Scores
from assay.record.estimate import Estimate, Interval
from assay.stats.auc import auc_interval
from assay.stats.design import kish
from assay.stats.ks import ks_off_by
from assay.stats.linearised import gain_interval, mean_interval, share_interval, spread
from assay.stats.losses import brier, brier_of_sums, log_loss, log_loss_of_sums
from assay.stats.ranking import average_precision_bound, average_precision_influence
from assay.stats.separation import average_precision, ks, ks_bound

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Name = Literal["auc", "ks", "brier", "log_loss", "average_precision"]
TINY = 1e-300
"""Of the logarithm of a bin's mean; no probability of 0 that counts comes so far."""
Limited = Callable[[float], "Interval | None"]


@dataclass(frozen=True)
class Metric:
    """A number of one table, and how far it can be from the truth."""

    value: float
    sampled: Limited
    """The interval by the level, without what bins hide; None where there is none."""
    name: str
    """Of the method."""
    said: str = ""
    """How it was computed, beyond its name."""
    bound: float = 0.0
    """What bins hide, on either side."""
    least: float | None = 0.0
    """It cannot be smaller."""
    most: float | None = 1.0
    """It cannot be larger."""

    @property
    def method(self) -> str:
        """The name and how it was computed."""
        return self.name + self.said

    def interval(self, confidence: float) -> Interval | None:
        """Wider by the bound at both ends."""
        inner = self.sampled(confidence)
        if inner is None or not self.bound:
            return inner
        low, high = (inner.low or 0.0) - self.bound, (inner.high or 0.0) + self.bound
        low = low if self.least is None else max(low, self.least)
        high = high if self.most is None else min(high, self.most)
        return inner.model_copy(
            update={"low": low, "high": high, "method": f"{inner.method}; wider by the bins' bound"}
        )


class Impossible(ValueError):
    """A number that has no value. The message says why."""


def metric(name: Name, scores: Scores) -> Metric:
    """The number of a table that is not unusable. Raises Impossible."""
    return _MADE[name](scores)


def estimate_of(
    name: str, scores: Scores, data: str, context: Context, made: Callable[[Scores], Metric], *, ranked: bool = True
) -> tuple[Estimate, Metric | None]:
    """The estimate of a number, or why there is none. `ranked`: whether `exact` would take the bound of bins away."""
    why: tuple[str, Kind] | None = unusable(scores, data)
    if why is not None:
        return undefined(name, why, scores), None
    try:
        found = made(scores)
    except Impossible as impossible:
        return undefined(name, (str(impossible), "estimate_undefined"), scores), None
    if found.bound and context.decide_on == "estimate":
        return undefined(name, inexact(data, found.bound, ranked=ranked), scores), None
    return defined(name, found, scores, context.confidence), found


def defined(name: str, found: Metric, scores: Scores, confidence: float) -> Estimate:
    """With its interval."""
    return Estimate(
        name=name,
        value=found.value,
        n=int(scores.events.sum() + scores.nonevents.sum()),
        bound=found.bound or None,
        interval=found.interval(confidence),
        method=found.method,
    )


def log_loss_of(scores: Scores) -> Metric:
    """The mean log loss. Raises Impossible where it is infinite."""
    own, other = masses(scores)
    losses = _losses(scores)
    if losses is None:
        value = log_loss(scores.score, own.sums, other.sums)
    else:
        value = log_loss_of_sums(
            float(own.sums.sum()), float(other.sums.sum()), losses.event_logs + losses.nonevent_logs, losses.impossible
        )
    if isinf(value):
        raise Impossible("the log loss is infinite: some row has a probability of 0 for what happened")
    found = spread(own, other, *centred(scores, *logarithms(scores)), scores.group)
    said = said_of_scores(scores)
    return Metric(value, lambda level: mean_interval(value, found, level, least=0.0), "mean log loss", said, most=None)


def brier_of(scores: Scores) -> Metric:
    """The mean of (y − p)²."""
    own, other = masses(scores)
    losses, bins = _losses(scores), scores.bins
    if losses is None or bins is None:
        value = brier(scores.score, own.sums, other.sums)
    else:
        sums = float(own.sums.sum()), float(other.sums.sum()), float(bins.event_scores.sum())
        value = brier_of_sums(*sums, losses.event_squares, losses.nonevent_squares)
    value = min(max(value, 0.0), 1.0)
    found = spread(own, other, *centred(scores, *squares(scores)), scores.group)
    return Metric(
        value, lambda level: share_interval(value, found, level), "mean squared error", said_of_scores(scores)
    )


def gain_of(
    scores: Scores, lost: float, of_each: tuple[Floats, Floats], naive: tuple[float, float], than: str
) -> Metric:
    """1 − the mean loss over that of a model which tells nobody apart, of which an event loses `naive[0]`.

    `lost` is the mean loss, `of_each` what an event and a non-event on each line lose. Raises Impossible where the
    other model loses nothing.
    """
    own, other = masses(scores)
    positive, negative = float(own.sums.sum()), float(other.sums.sum())
    before = (positive * naive[0] + negative * naive[1]) / (positive + negative)
    if not before > 0:
        raise Impossible("the naive model loses nothing, so that there is nothing to gain")
    ratio = lost / before
    of_event, of_nonevent = (
        -(of_line - lost - ratio * (of_naive - before)) / before / (positive + negative)
        for of_line, of_naive in zip(of_each, naive, strict=True)
    )
    found = spread(own, other, of_event, of_nonevent, scores.group)
    name, said = f"1 - loss over that of {than}", said_of_scores(scores)
    return Metric(1 - ratio, lambda level: gain_interval(1 - ratio, found, level), name, said, least=None)


def squares(scores: Scores) -> tuple[Floats, Floats]:
    """The squared error of an event and of a non-event on each line."""
    return (1 - scores.score) ** 2, scores.score**2


def logarithms(scores: Scores) -> tuple[Floats, Floats]:
    """-ln of the probability of what happened to an event and to a non-event on each line; 0 where there are none."""
    import numpy as np

    p = np.maximum(scores.score, TINY), np.maximum(1 - scores.score, TINY)
    of_event, of_nonevent = (np.where(m.sums > 0, -np.log(q), 0.0) for m, q in zip(masses(scores), p, strict=True))
    return of_event, of_nonevent


def centred(scores: Scores, of_event: Floats, of_nonevent: Floats) -> tuple[Floats, Floats]:
    """The influences on a mean of what each row loses."""
    own, other = masses(scores)
    total = float(own.sums.sum() + other.sums.sum())
    mean = float(own.sums @ of_event + other.sums @ of_nonevent) / total
    return (of_event - mean) / total, (of_nonevent - mean) / total


def _losses(scores: Scores) -> Losses | None:
    return None if scores.bins is None else scores.bins.losses


def _area(scores: Scores) -> Metric:
    from dataclasses import replace

    found = area(scores)
    sampled = replace(found, bound=0.0)
    said = said_of_area(scores, found)
    return Metric(
        found.value, lambda level: auc_interval(sampled, level), "area under the ROC curve", said, found.bound
    )


def _ks(scores: Scores) -> Metric:
    own, other = masses(scores)
    events, nonevents = by_score(scores)
    ranks = scores.bins.ranks if scores.bins else None
    if ranks is None:
        value, bound = ks(events, nonevents), ks_bound(events, nonevents, several(scores))
    else:
        value, bound = ranks.ks / (int(events.sum()) * int(nonevents.sum())), 0.0
    name, said = "Kolmogorov-Smirnov distance", said_of_scores(scores, bound)
    if scores.group is not None:
        return Metric(value, lambda _: None, name, said, bound)
    off = ks_off_by(scores.place, own, other, weighted=scores.weights is not None)
    return Metric(value, off.around(value), name, said, bound)


def _average_precision(scores: Scores) -> Metric:
    own, other = masses(scores)
    events, nonevents = by_score(scores)
    ranks = scores.bins.ranks if scores.bins else None
    if ranks is None:
        value, bound = average_precision(events, nonevents), average_precision_bound(events, nonevents, several(scores))
    else:
        value, bound = ranks.average_precision, 0.0
    value = min(value, 1.0)
    of_event, of_nonevent = (each[scores.place] for each in average_precision_influence(events, nonevents))
    found = spread(own, other, of_event, of_nonevent, scores.group)
    most = kish(float(own.sums.sum()), float(own.squares.sum()), int(own.people.sum()))
    most = min(most, found.events)
    said = said_of_scores(scores, bound)
    return Metric(value, lambda level: share_interval(value, found, level, most=most), "average precision", said, bound)


_MADE: dict[str, Callable[[Scores], Metric]] = {
    "auc": _area, "ks": _ks, "brier": brier_of, "log_loss": log_loss_of, "average_precision": _average_precision,
}  # fmt: skip
TITLES: dict[str, str] = {
    "auc": "AUC", "ks": "KS", "brier": "Brier score", "log_loss": "Log loss", "average_precision": "Average precision",
}  # fmt: skip
LOSSES = ("brier", "log_loss")
"""Metrics of which less is better."""
OF_PROBABILITIES = LOSSES
"""Metrics which take the score as a probability."""
