"""What the model gains over giving everybody the event rate of the data it was made from."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING, Literal

from assay.checks.exhibit import columns
from assay.checks.performance._metrics import (
    Impossible,
    Metric,
    brier_of,
    estimate_of,
    gain_of,
    log_loss_of,
    logarithms,
    squares,
)
from assay.checks.performance._scores import Kind, masses, share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Exhibit
from assay.record.finding import Measured

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

NAME = "gain_over_naive"
HALF = 0.5
"""Above it the model predicts the event."""


class Parameters(DataParameters):
    """Which rows, by which metric, against the event rate of which data."""

    metric: Literal["brier", "log_loss", "accuracy"] = "brier"
    """By which both models are measured."""
    against: Role = "train"
    """The dataset whose event rate the naive model gives everybody."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability, in both datasets."""
    missing = view.lacks(data=(p.data, p.against), label=True, probability=True)
    if missing:
        return Needs((), missing)
    return Needs(tuple(dict.fromkeys((ScoresRequest(p.data, p.where), ScoresRequest(p.against, p.where)))))


@check("performance.gain_over_naive", version=1, estimates={"gain_over_naive": "higher"}, honours=("weight", "entity"))
def gain_over_naive(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model is better than one that gives everybody the event rate of the data it was made from.

    Method: the naive model gives every row the share of events in the dataset `against`, as scikit-learn's
        DummyClassifier(strategy="prior") does; for accuracy it predicts the more frequent outcome, the non-event where
        both are as frequent. The estimate `gain_over_naive` is (s - s0) / (s* - s0), where s is the number of the model
        in `data`, s0 that of the naive model in the same rows, and s* that of a perfect model: 1 where the model is
        perfect, 0 where it gains nothing, below 0 where it is worse. With `metric: brier` or `log_loss` that is 1 less
        the ratio of the mean losses, with `accuracy` 1 less the ratio of the shares of wrong predictions, the model
        predicting the event above a probability of one half. Interval: normal on the logarithm of that ratio, with the
        linearised variance; the naive model is taken as given. Beyond 500 000 distinct probabilities they are counted
        in bins, beside exact sums that the losses come from; with accuracy, what the bin at one half hides is printed,
        and added to the interval at both ends. Sampling weights weigh rows; where somebody stands in several rows the
        variance is that between 400 random groups of entities, with Student's quantile.
    Evidence: events and non-events at each distinct probability, or in bins, of both datasets, of the rows that meet
        `where`.
    Inconclusive when: the score is no probability; there is one class only in either dataset; a row has no finite
        score; the naive model loses nothing; an outcome was given a probability of 0 (log_loss); too many rows have no
        label; there are fewer than 10 events or non-events, or no error varies, so that there is no interval; it
        straddles the threshold; the policy decides on the estimate, and probabilities in the bin at one half decide.
    Limits: where the event rates of the two datasets differ, the naive model is the worse for it, and the gain larger
        than performance.brier's `brier_skill`. A gain in accuracy is hard where events are rare, and says little there.
    Source: Brier 1950; Good 1952; scikit-learn DummyClassifier; deepchecks SimpleModelComparison (the gain); Binder
        1983; with weights or entities Kish 1965, Kott 2001, Wolter 2007.
    """
    tables: dict[Role, Scores] = {
        role: evidence.scores(ScoresRequest(role, p.where)) for role in dict.fromkeys((p.data, p.against))
    }
    unlabelled, scores = share_unlabelled(*tables.values()), tables[p.data]
    for role, table in tables.items():
        why: tuple[str, Kind] | None = unusable(table, role)
        if why is not None:
            return Measured(estimates=(undefined(NAME, why, scores),), unlabelled=unlabelled)
    rate = _rate(tables[p.against])
    estimate, found = estimate_of(NAME, scores, p.data, context, lambda each: _gain(each, rate, p), ranked=False)
    if found is None:
        return Measured(estimates=(estimate,), unlabelled=unlabelled)
    exhibit = _table(scores, rate, p.against)
    return Measured(estimates=(estimate,), exhibits=(exhibit,), unlabelled=unlabelled)


def _rate(scores: Scores) -> float:
    own, other = (float(each.sums.sum()) for each in masses(scores))
    return own / (own + other)


def _gain(scores: Scores, rate: float, p: Parameters) -> Metric:
    than = f"the event rate of {p.against}, by {p.metric.replace('_', ' ')}"
    if p.metric == "brier":
        return gain_of(scores, brier_of(scores).value, squares(scores), ((1 - rate) ** 2, rate**2), than)
    if p.metric == "log_loss":
        return gain_of(scores, log_loss_of(scores).value, logarithms(scores), (-log(rate), -log(1 - rate)), than)
    return _of_accuracy(scores, rate, than)


def _of_accuracy(scores: Scores, rate: float, than: str) -> Metric:
    """What the bin at one half hides is the whole of its events or of its non-events."""
    import numpy as np

    above = scores.score > HALF
    of_event, of_nonevent = (~above).astype(np.float64), above.astype(np.float64)
    own, other = masses(scores)
    total = float(own.sums.sum() + other.sums.sum())
    wrong = float(own.sums @ of_event + other.sums @ of_nonevent) / total
    naive = (0.0, 1.0) if rate > HALF else (1.0, 0.0)
    found = gain_of(scores, wrong, (of_event, of_nonevent), naive, than)
    if scores.bins is None:
        return found
    across = (scores.bins.least <= HALF) & (scores.bins.greatest > HALF)
    hidden = max(float(own.sums[across].sum()), float(other.sums[across].sum())) / total
    before = float(own.sums.sum() if naive[0] else other.sums.sum()) / total
    return replace(found, bound=hidden / before)


def _table(scores: Scores, rate: float, against: Role) -> Exhibit:
    """Both models by all three metrics; a loss that is infinite is left out."""
    own, other = masses(scores)
    positive = _rate(scores)
    rows: list[tuple[str, float, float]] = []
    brier = positive * (1 - rate) ** 2 + (1 - positive) * rate**2
    rows.append(("Brier score", brier_of(scores).value, brier))
    with suppress(Impossible):
        rows.append(("Log loss", log_loss_of(scores).value, -positive * log(rate) - (1 - positive) * log(1 - rate)))
    above = scores.score > HALF
    right = float(own.sums[above].sum() + other.sums[~above].sum()) / float(own.sums.sum() + other.sums.sum())
    rows.append(("Accuracy", right, positive if rate > HALF else 1 - positive))
    return Exhibit(
        name="naive",
        title=f"The model and the event rate of {against}, {rate:.4g}, for everybody",
        columns=columns(("metric", "Metric", "text"), ("model", "Model", "number"), ("naive", "Naive", "number")),
        rows=tuple(rows),
    )
