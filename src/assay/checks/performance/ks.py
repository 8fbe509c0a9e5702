"""Discrimination: how far apart the scores of events and of non-events lie."""

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


@check("performance.ks", version=1, estimates={"ks": "higher"}, honours=("weight",))
def ks(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The scores of rows with the event lie apart from the scores of rows without it.

    Method: the estimate `ks` is the greatest difference between the shares of events and of non-events at or below a
        score (Kolmogorov-Smirnov), computed exactly from the counts at each distinct score: 0 where they are spread
        alike, 1 where a cut separates them. Interval: that number and, on both sides, the 1 - alpha quantile of the
        greatest distance between the drawn and the observed difference of the two distributions, in 4,000 draws with a
        fixed seed of the events and of the non-events, from 128 classes of neighbouring scores, with a correction for
        what lies between classes. By the triangle inequality it holds the truth, 0 too, at least as often as it says.
        With fewer than 10 events or non-events, and where they are narrower, the bounds of Dvoretzky, Kiefer and
        Wolfowitz with Massart's constant take its place, which hold at any number of rows. Beyond 500 000 distinct
        scores they are counted in bins; what these can hide is proven from their counts, printed, and added to the
        interval at both ends; no point decides then. With `exact` the number comes from all scores instead. Sampling
        weights weigh rows, and the bounds are at Kish's effective numbers.
    Evidence: events and non-events at each distinct score, or in bins, of the dataset `data`, of the rows that meet
        `where`. The event is what a higher score speaks for.
    Inconclusive when: there is one class only; a row has no finite score; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum; the policy decides on the estimate, and the
        scores were counted in bins.
    Limits: the distance does not say which of the two lies higher: a score that ranks the wrong way round has one too,
        which performance.auc shows. It is that of the sample, and a little above the true one where the two hardly
        differ. Entities are not honoured. `exact` ranks at most 2^30 events and non-events, without weights.
    Source: Kolmogorov 1933; Smirnov 1948; Massart 1990; Efron 1979; Broadie, Glasserman and Kou 1997; Kish 1965.
    """
    scores = evidence.scores(_request(p))
    unlabelled = share_unlabelled(scores)
    estimate, found = estimate_of("ks", scores, p.data, context, partial(metric, "ks"))
    if found is None:
        return Measured(estimates=(estimate,), unlabelled=unlabelled)
    return Measured(estimates=(estimate,), exhibits=(_curve(scores),), unlabelled=unlabelled)


def _curve(scores: Scores) -> Exhibit:
    """The difference of the two shares at up to 51 scores, the greatest one among them."""
    import numpy as np

    own, other = (np.cumsum(each) for each in by_score(scores))
    apart = other / other[-1] - own / own[-1]
    places = np.linspace(0, len(own) - 1, min(POINTS - 1, len(own))).round().astype(int)
    places = np.unique(np.append(places, int(np.abs(apart).argmax())))
    levels = scores.score[np.searchsorted(scores.place, np.arange(len(own)))]
    return Exhibit(
        name="ks",
        title="Share of non-events less share of events at or below a score",
        columns=columns(("x", "Score", "number"), ("y", "Difference of shares", "number")),
        rows=tuple((float(levels[at]), float(apart[at])) for at in places),
        chart="line",
        note=f"The event is {scores.event}. The estimate is the greatest size of the difference.",
    )
