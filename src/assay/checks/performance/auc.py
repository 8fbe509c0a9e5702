"""Discrimination: the area under the ROC curve."""

from __future__ import annotations

from assay.checks.exhibit import columns
from assay.checks.performance._scores import share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.auc import auc as area
from assay.stats.auc import auc_interval, roc_points


class Parameters(DataParameters):
    """Which rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score."""
    missing = view.lacks(data=(p.data,), label=True, score=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check("performance.auc", version=1)
def auc(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The score ranks the rows with the event above the rows without it.

    Method: the estimate `auc` is the chance that a row with the event has a higher score than a row without it, ties
        counting half, computed exactly from the counts at each distinct score. Interval: at each end the wider of
        DeLong's on the logit scale and Newcombe's score interval; with fewer than 10 events or non-events, or
        where nothing varies, a conservative bound over disjoint pairs (Clopper-Pearson at an AUC of 0 or 1, else
        Hoeffding).
    Evidence: events and non-events at each distinct score of the dataset `data`, of the rows that meet `where`. The
        event is what a higher score speaks for.
    Inconclusive when: there is one class only; a row has no finite score; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum.
    Limits: ranking only: a model with a high AUC may be badly calibrated, and the AUC of different populations is not
        comparable. Rows are taken as independent.
    Source: Hanley and McNeil 1982; DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006; Hoeffding 1963.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    why = unusable(scores, p.data)
    if why is not None:
        return Measured(estimates=(undefined("auc", why, scores),), unlabelled=unlabelled)
    found = area(scores.events, scores.nonevents)
    estimate = Estimate(
        name="auc",
        value=found.value,
        n=found.events + found.nonevents,
        interval=auc_interval(found, context.confidence),
        method="area under the ROC curve",
    )
    curve = Exhibit(
        name="roc",
        title="ROC curve",
        columns=columns(("x", "Non-events at or above the cut", "rate"), ("y", "Events at or above the cut", "rate")),
        rows=tuple(roc_points(scores.events, scores.nonevents)),
        chart="line",
        note=f"{found.events} events ({scores.event}) and {found.nonevents} non-events.",
    )
    return Measured(estimates=(estimate,), exhibits=(curve,), unlabelled=unlabelled)
