"""Probabilities as forecasts: the logarithm of the probability given to what happened."""

from __future__ import annotations

from functools import partial

from assay.checks.performance._metrics import estimate_of, metric
from assay.checks.performance._scores import share_unlabelled
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability."""
    missing = view.lacks(data=(p.data,), label=True, probability=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check("performance.log_loss", version=1, estimates={"log_loss": "lower"}, honours=("weight", "entity"))
def log_loss(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model gives what happens a high probability, and is never sure of what does not happen.

    Method: the estimate `log_loss` is the mean of -ln of the probability that the row's outcome was given: 0 where
        every probability is 1 or 0 and right, 0.693 where all are one half. Interval: the mean and the normal quantile
        times its standard error, not below 0; none with fewer than 10 events or non-events, or where every row loses
        the same. Beyond 500 000 distinct probabilities they are counted in bins, beside exact sums that the estimate
        comes from; its standard error takes the mean of each bin. Sampling weights weigh rows; where somebody stands in
        several rows the variance is that between 400 random groups of entities, with Student's quantile.
    Evidence: events and non-events at each distinct probability, or in bins, of the dataset `data`, of the rows that
        meet `where`.
    Inconclusive when: the score is no probability; there is one class only; a row has no finite score; a row's outcome
        was given a probability of 0, which is an infinite loss; too many rows have no label; there is no interval, or
        it straddles the threshold; there are fewer rows than the minimum.
    Limits: a few rows of which the model was sure and wrong make most of the number, and where there are none of them
        in the sample the interval cannot see them. It depends on the share of events, so that it cannot be compared
        between populations. Probabilities are not moved away from 0 and 1, as scikit-learn does. Rows are taken as
        independent, unless the manifest names the entity.
    Source: Good 1952; Binder 1983; with weights or entities Kish 1965, Kott 2001, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    estimate, _ = estimate_of("log_loss", scores, p.data, context, partial(metric, "log_loss"))
    return Measured(estimates=(estimate,), unlabelled=share_unlabelled(scores))
