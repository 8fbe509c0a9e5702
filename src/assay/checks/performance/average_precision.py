"""Discrimination where events are rare: precision over the ranks of the events."""

from __future__ import annotations

from functools import partial

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._metrics import estimate_of, metric
from assay.checks.performance._scores import by_score, share_unlabelled
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Exhibit
from assay.record.finding import Measured

POINTS = 51


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


@check(
    "performance.average_precision", version=1, estimates={"average_precision": "higher"}, honours=("weight", "entity")
)
def average_precision(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The rows with the highest scores are rows with the event.

    Method: the estimate `average_precision` is the mean, over the events, of the share of events among all rows with a
        score as high or higher, without interpolation; rows that tie count together. A score that says nothing has
        about the share of events, which a note tells. Interval: Wilson's at the number of events whose share would vary
        as much, never more than there are; the variance is linearised, from how much each row moves the number. With
        fewer than 10 events or non-events, or where nothing varies, the limits of Clopper and Pearson. Beyond 500 000
        distinct scores they are counted in bins; what these can be off by, whatever the order within them, is proven
        from their counts, printed, and added to the interval at both ends; no point decides then. With `exact` the
        number comes from all scores instead, and its variance from the bins. Sampling weights weigh rows; where
        somebody stands in several rows the variance is that between 400 random groups of entities, with Student's
        quantile.
    Evidence: events and non-events at each distinct score, or in bins, of the dataset `data`, of the rows that meet
        `where`. The event is what a higher score speaks for.
    Inconclusive when: there is one class only; a row has no finite score; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum; the policy decides on the estimate, and the
        scores were counted in bins.
    Limits: the number depends on the share of events, so that it cannot be compared between populations of different
        shares. Rows are taken as independent, unless the manifest names the entity. `exact` ranks at most 2^30 events
        and non-events, without weights and entities.
    Source: Zhu 2004; Boyd, Eng and Page 2013 (its number as a share of the events); Wilson 1927; Binder 1983; with
        weights or entities Kish 1965, Korn and Graubard 1998, Kott 2001, Wolter 2007.
    """
    scores = evidence.scores(_request(p))
    unlabelled = share_unlabelled(scores)
    estimate, found = estimate_of("average_precision", scores, p.data, context, partial(metric, "average_precision"))
    if found is None:
        return Measured(estimates=(estimate,), unlabelled=unlabelled)
    events, nonevents = (float(each.sum()) for each in by_score(scores))
    note = f"The share of events is {events / (events + nonevents):.4g}: what a score that says nothing would have."
    return Measured(estimates=(estimate,), exhibits=(_curve(scores),), notes=(note,), unlabelled=unlabelled)


def _curve(scores: Scores) -> Exhibit:
    """Recall and precision at up to 51 cuts, from the highest on."""
    import numpy as np

    own, other = (np.cumsum(each[::-1]) for each in by_score(scores))
    held = np.flatnonzero(own + other > 0)
    places = held[np.unique(np.linspace(0, len(held) - 1, min(POINTS, len(held))).round().astype(int))]
    return Exhibit(
        name="precision_recall",
        title="Precision by recall",
        columns=columns(("x", "Events at or above the cut", "rate"), ("y", "Events among rows there", "rate")),
        rows=tuple((float(own[at] / own[-1]), float(own[at] / (own[at] + other[at]))) for at in places),
        chart="line",
        note=f"The event is {scores.event}.",
    )
