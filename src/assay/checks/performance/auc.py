"""Discrimination: the area under the ROC curve."""

from __future__ import annotations

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._scores import (
    area,
    by_score,
    inexact,
    said_of_area,
    share_unlabelled,
    undefined,
    unusable,
)
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.auc import auc_interval, roc_points


class Parameters(DataParameters):
    """Which rows, and how many scores may be told apart."""

    exact: bool = Field(default=False, exclude_if=lambda exact: not exact)
    """true: exact by ranks, however many scores there are."""


def _request(p: Parameters) -> ScoresRequest:
    return ScoresRequest(p.data, p.where, p.exact)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score."""
    missing = view.lacks(data=(p.data,), label=True, score=True)
    return Needs(() if missing else (_request(p),), missing)


@check("performance.auc", version=2, estimates={"auc": "higher", "gini": "higher"}, honours=("weight", "entity"))
def auc(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The score ranks the rows with the event above the rows without it.

    Method: the estimate `auc` is the chance that a row with the event has a higher score than a row without it, ties
        counting half, computed exactly from the counts at each distinct score; the estimate `gini` is twice that less
        1, with the same limits. Interval of the area: DeLong's on the logit scale; where of min(events, non-events)
        disjoint pairs fewer than 5 are expected to stand the wrong way round, at each end the wider of it and
        Newcombe's score interval; with fewer than 10 events or non-events, or where nothing varies, a conservative
        bound over these pairs (Clopper-Pearson at an AUC of 0 or 1, else Hoeffding). Beyond 500 000 distinct scores
        they are counted in bins; what these can be off by is proven from their counts, printed, and added to the
        interval at both ends; no point decides then. With `exact` the area and its variance come from sums of ranks
        over all scores instead. Sampling weights weigh pairs, and the variance is linearised; where somebody stands in
        several rows it is that between 400 random groups of entities, with Student's quantile.
    Evidence: events and non-events at each distinct score, or in bins, of the dataset `data`, of the rows that meet
        `where`. The event is what a higher score speaks for.
    Inconclusive when: there is one class only; a row has no finite score; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum; the policy decides on the estimate, and the
        scores were counted in bins.
    Limits: ranking only: a model with a high AUC may be badly calibrated, and the AUC of different populations is not
        comparable. Rows are taken as independent, unless the manifest names the entity. `exact` ranks at most 2^30
        events and non-events, without weights and entities. A note tells where the whole interval is below 0.5, as it
        is where the score of one value was declared as that of the other.
    Source: Hanley and McNeil 1982; DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006; Hoeffding 1963; with weights
        or entities Yao, Li and Graubard 2015, Wolter 2007, Kish 1965, Korn and Graubard 1998.
    """
    scores = evidence.scores(_request(p))
    unlabelled = share_unlabelled(scores)
    why = unusable(scores, p.data)
    found = None if why else area(scores)
    if found is not None and found.bound and context.decide_on == "estimate":
        why = inexact(p.data, found.bound)
    if found is None or why is not None:
        both = tuple(undefined(name, why, scores) for name in ("auc", "gini") if why)
        return Measured(estimates=both, unlabelled=unlabelled)
    interval = auc_interval(found, context.confidence)
    estimate = Estimate(
        name="auc",
        value=found.value,
        n=found.events + found.nonevents,
        bound=found.bound or None,
        interval=interval,
        method="area under the ROC curve" + said_of_area(scores, found),
    )
    curve = Exhibit(
        name="roc",
        title="ROC curve",
        columns=columns(("x", "Non-events at or above the cut", "rate"), ("y", "Events at or above the cut", "rate")),
        rows=tuple(roc_points(*by_score(scores))),
        chart="line",
        note=f"{found.events} events ({scores.event}) and {found.nonevents} non-events.",
    )
    reversed_ = interval.high is not None and interval.high < 0.5
    return Measured(
        estimates=(estimate, _gini(estimate)),
        exhibits=(curve,),
        notes=(_other_value(scores.event),) if reversed_ else (),
        unlabelled=unlabelled,
    )


def _other_value(event: str) -> str:
    return f"The higher the score, the rarer is {event}: it seems to be the score of the other value."


def _gini(area: Estimate) -> Estimate:
    """The same number on the scale from -1 to 1, with the same limits."""
    interval, bound = area.interval, None if area.bound is None else 2 * area.bound
    if interval is not None and interval.low is not None and interval.high is not None:
        interval = interval.model_copy(update={"low": 2 * interval.low - 1, "high": 2 * interval.high - 1})
    return area.model_copy(
        update={
            "name": "gini",
            "value": 2 * (area.value or 0.0) - 1,
            "bound": bound,
            "interval": interval,
            "method": f"twice the {area.method}, less 1",
        }
    )
