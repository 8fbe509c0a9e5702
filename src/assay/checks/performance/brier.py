"""Probabilities as forecasts: the squared error, the skill over the base rate, and whether they come true."""

from __future__ import annotations

from functools import partial

from assay.checks.performance._metrics import brier_of, defined, gain_of, squares
from assay.checks.performance._scores import STATISTIC, masses, said_of_scores, share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.stats.spiegelhalter import spiegelhalter

NAMES = ("brier", "brier_skill", "spiegelhalter_z")


class Parameters(DataParameters):
    """Which rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability."""
    missing = view.lacks(data=(p.data,), label=True, probability=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check(
    "performance.brier",
    version=1,
    estimates={"brier": "lower", "brier_skill": "higher", "spiegelhalter_z": 0},
    honours=("weight", "entity"),
)
def brier(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted probabilities lie near to what happened, and come true.

    Method: the estimate `brier` is the mean squared difference between the probability and what happened, 1 or 0.
        Interval: Wilson's at the number of rows whose share would vary as much; with fewer than 10 events or
        non-events, or where nothing varies, Clopper and Pearson's at the number of rows, for no number between 0 and 1
        varies more than a share. The estimate `brier_skill` is 1 less its ratio to the same of a model that gives
        everybody the share of events in these data: 1 where every probability is 1 or 0 and right, 0 where nothing is
        gained. Interval: normal on the logarithm of that ratio, with the linearised variance; none with fewer than 10
        events or non-events, or where nothing varies. The estimate `spiegelhalter_z` is the sum of (y - p)(1 - 2p) over
        its standard error were the probabilities right: about 0 then, and its two-sided `p_value` is that of the normal
        distribution. It has no interval: a test statistic grows with the number of rows and is the estimate of nothing.
        A criterion `significance` fails where the p-value is at or below its level, and never passes; a limit on the
        number itself decides nothing. Beyond 500 000 distinct probabilities they are counted in bins, beside exact sums
        that the first two estimates come from; the third, and variances, take the mean of each bin. Sampling weights
        weigh rows; where somebody stands in several rows the variance is that between 400 random groups of entities,
        and never below that of independent rows, with Student's distribution.
    Evidence: events and non-events at each distinct probability, or in bins, of the dataset `data`, of the rows that
        meet `where`.
    Inconclusive when: the score is no probability; there is one class only; a row has no finite score; every
        probability is 0, 1/2 or 1, or with fewer than 10 groups of entities, or the policy decides on the estimate
        (spiegelhalter_z); its p-value lies above the level of significance; too many rows have no label; an interval
        straddles the threshold; there are fewer rows than the minimum.
    Limits: the Brier score depends on the share of events, so that it cannot be compared between populations. With many
        rows the test finds differences too small to matter, and with few it finds none: performance.calibration says
        how large they are. It does not see errors that cancel in its sum. Rows are taken as independent, unless the
        manifest names the entity.
    Source: Brier 1950; Spiegelhalter 1986; Wilson 1927; Binder 1983; with weights or entities Kish 1965, Korn and
        Graubard 1998, Kott 2001, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    why = unusable(scores, p.data)
    if why is not None:
        return Measured(estimates=tuple(undefined(name, why, scores) for name in NAMES), unlabelled=unlabelled)
    own, other = masses(scores)
    share = float(own.sums.sum()) / float(own.sums.sum() + other.sums.sum())
    error = brier_of(scores)
    skill = gain_of(
        scores, brier_of(scores).value, squares(scores), ((1 - share) ** 2, share**2), "the share of events"
    )
    estimates = (
        defined("brier", error, scores, context.confidence),
        defined("brier_skill", skill, scores, context.confidence),
        _z(scores, context),
    )
    return Measured(estimates=estimates, unlabelled=unlabelled)


def _z(scores: Scores, context: Context) -> Estimate:
    own, other = masses(scores)
    found = spiegelhalter(scores.score, own, other, scores.group)
    lacking = partial(undefined, "spiegelhalter_z", scores=scores)
    if isinstance(found, str):
        return lacking((found, "estimate_undefined"))
    if context.decide_on == "estimate":
        return lacking((STATISTIC, "estimate_unstable"))
    return Estimate(
        name="spiegelhalter_z",
        shape="difference",
        value=found.z,
        p_value=found.p_value,
        n=int(scores.events.sum() + scores.nonevents.sum()),
        method="Spiegelhalter's z" + said_of_scores(scores),
    )
