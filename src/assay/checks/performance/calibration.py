"""Calibration: whether probabilities come true."""

from __future__ import annotations

from assay.checks.performance._bands import calibration_table, equal_bands
from assay.checks.performance._scores import masses, share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.stats.calibration import Unstable, observed_expected, recalibrate
from assay.stats.calibration_intercept import intercept_of
from assay.stats.linearised import mean_interval
from assay.stats.weighted_calibration import event_rate, observed_expected_by_design, recalibrate_by_design

ENOUGH = 10
NAMES = ("observed_expected", "slope", "calibration_in_the_large")
TENTHS = "Predicted and observed, by tenths of the rows"


class Parameters(DataParameters):
    """Which rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability."""
    missing = view.lacks(data=(p.data,), label=True, probability=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check(
    "performance.calibration",
    version=1,
    estimates={"observed_expected": 1, "slope": 1, "calibration_in_the_large": 0},
    honours=("weight", "entity"),
)
def calibration(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted probabilities come true: as many events as predicted, at low and at high probabilities alike.

    Method: the estimate `observed_expected` is the number of events over the sum of the probabilities, 1 where they
        come true in the large. Interval: Wilson limits of the event rate over the mean probability, conservative. The
        estimate `slope` is that of a logistic regression of the event on the logit of the probability: below 1 the
        probabilities are too extreme, above 1 too timid. Interval: Wald. The estimate `calibration_in_the_large` is the
        intercept of such a regression whose slope is held at 1: by how much the logits of all probabilities would have
        to rise for as many events to be expected as there are, 0 where they come true in the large; a limit holds on
        both sides of 0. Interval: normal, with the sandwich variance; none with fewer than 10 events or non-events.
        Probabilities within one millionth of 0 or 1 are moved to that distance for the logit, and counted in a note.
        Beyond 500 000 distinct probabilities they are counted in bins, each with the exact sum of its probabilities:
        the first estimate stays exact, and the slope takes the mean of each bin. Sampling weights weigh rows; intervals
        are then Wilson's at the effective number of people, and Wald's with the sandwich estimator, whose errors are
        never below those of the model at Kish's design effect. Where somebody stands in several rows the variance is
        that between 400 random groups of entities, by the delete-a-group jackknife, with Student's quantile.
    Evidence: events and non-events at each distinct probability, or in bins, of the dataset `data`, of the rows that
        meet `where`.
    Inconclusive when: the score is no probability; there is one class only; a row has no finite score; there are fewer
        than 10 events or non-events, or their weights leave them worth fewer (slope); a cut separates the classes or
        the fit does not converge (slope); too many rows have no label; an interval straddles the threshold.
    Limits: a model can be calibrated in the large and in slope, and still be off in between; the table by tenths shows
        it. Calibration overall says nothing about calibration within groups. Rows are taken as independent, unless the
        manifest names the entity.
    Source: Cox 1958; Van Calster et al. 2016. Interval: Wilson 1927; with weights or entities Binder 1983, Kish 1965,
        Korn and Graubard 1998, Kott 2001, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    why = unusable(scores, p.data)
    if why is not None:
        all_ = tuple(undefined(name, why, scores) for name in NAMES)
        return Measured(estimates=all_, unlabelled=unlabelled)
    slope, notes = _slope(scores, context.confidence)
    return Measured(
        estimates=(
            _in_the_large(scores, context.confidence),
            slope,
            _in_the_large_by_logits(scores, context.confidence),
        ),
        exhibits=(calibration_table(scores, equal_bands(scores, 10), context.confidence, TENTHS),),
        notes=notes,
        unlabelled=unlabelled,
    )


def _in_the_large(scores: Scores, confidence: float) -> Estimate:
    if scores.plain:
        found = observed_expected(scores.score, scores.events, scores.nonevents, confidence)
    else:
        rate = event_rate(*masses(scores), scores.group, weighted=scores.weights is not None)
        found = observed_expected_by_design(scores.score, *masses(scores), rate, confidence)
    if found is None:
        return undefined(
            "observed_expected", ("no event is expected: every probability is 0", "estimate_undefined"), scores
        )
    n = int(scores.events.sum() + scores.nonevents.sum())
    return Estimate(name="observed_expected", value=found[0], n=n, interval=found[1], method="observed over expected")


def _slope(scores: Scores, confidence: float) -> tuple[Estimate, tuple[str, ...]]:
    events, nonevents = int(scores.events.sum()), int(scores.nonevents.sum())
    if min(events, nonevents) < ENOUGH:
        few = f"{events} events and {nonevents} non-events; the slope needs {ENOUGH} of each"
        return undefined("slope", (few, "sample_too_small"), scores), ()
    worth = min(each.effective for each in masses(scores))
    if worth < ENOUGH:
        few = f"the events or the non-events are worth {worth:.1f} people by their weights; the slope needs {ENOUGH}"
        return undefined("slope", (few, "sample_too_small"), scores), ()
    try:
        if scores.plain:
            fit = recalibrate(scores.score, scores.events, scores.nonevents)
        else:
            fit = recalibrate_by_design(scores.score, *masses(scores), scores.group)
    except Unstable as unstable:
        return undefined("slope", (str(unstable), "estimate_unstable"), scores), ()
    notes = [f"Recalibration intercept {fit.intercept:.4g}, standard error {fit.intercept_error:.2g}."]
    if scores.bins is not None:
        notes.append("Each bin stands at its mean probability for the slope.")
    if fit.clipped:
        notes.append(f"{fit.clipped} probabilities of 0 or 1 were moved by one millionth for the slope.")
    interval, method = fit.slope_interval(confidence), "logistic recalibration"
    return Estimate(name="slope", value=fit.slope, n=events + nonevents, interval=interval, method=method), tuple(notes)


def _in_the_large_by_logits(scores: Scores, confidence: float) -> Estimate:
    """The intercept with a slope of 1."""
    found = intercept_of(scores.score, *masses(scores), scores.group)
    if isinstance(found, str):
        return undefined("calibration_in_the_large", (found, "estimate_unstable"), scores)
    value, spread = found
    return Estimate(
        name="calibration_in_the_large",
        shape="difference",
        value=value,
        n=int(scores.events.sum() + scores.nonevents.sum()),
        interval=mean_interval(value, spread, confidence),
        method="logistic recalibration with a slope of 1",
    )
