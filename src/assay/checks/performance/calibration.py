"""Calibration: whether probabilities come true."""

from __future__ import annotations

from assay.checks.exhibit import columns
from assay.checks.performance._scores import share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.calibration import Unstable, calibration_bins, observed_expected, recalibrate
from assay.stats.proportion import wilson

ENOUGH = 10


class Parameters(DataParameters):
    """Which rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability."""
    missing = view.lacks(data=(p.data,), label=True, probability=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check("performance.calibration", version=1)
def calibration(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted probabilities come true: as many events as predicted, at low and at high probabilities alike.

    Method: the estimate `observed_expected` is the number of events over the sum of the probabilities, 1 where they
        come true in the large. Interval: Wilson limits of the event rate over the mean probability, conservative.
        The estimate `slope` is that of a logistic regression of the event on the logit of the probability: below 1
        the probabilities are too extreme, above 1 too timid. Interval: Wald. Probabilities within one millionth of 0
        or 1 are moved to that distance for the logit, and counted in a note.
    Evidence: events and non-events at each distinct probability of the dataset `data`, of the rows that meet `where`.
    Inconclusive when: the score is no probability; there is one class only; a row has no finite score; there are fewer
        than 10 events or non-events (slope); a cut separates the classes or the fit does not converge (slope); too
        many rows have no label; an interval straddles the threshold.
    Limits: a model can be calibrated in the large and in slope, and still be off in between; the table by tenths shows
        it. Calibration overall says nothing about calibration within groups. Rows are taken as independent.
    Source: Cox 1958; Van Calster et al. 2016. Interval: Wilson 1927.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    why = unusable(scores, p.data)
    if why is not None:
        both = tuple(undefined(name, why, scores) for name in ("observed_expected", "slope"))
        return Measured(estimates=both, unlabelled=unlabelled)
    slope, notes = _slope(scores, context.confidence)
    return Measured(
        estimates=(_in_the_large(scores, context.confidence), slope),
        exhibits=(_by_tenths(scores, context.confidence),),
        notes=notes,
        unlabelled=unlabelled,
    )


def _in_the_large(scores: Scores, confidence: float) -> Estimate:
    found = observed_expected(scores.score, scores.events, scores.nonevents, confidence)
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
    try:
        fit = recalibrate(scores.score, scores.events, scores.nonevents)
    except Unstable as unstable:
        return undefined("slope", (str(unstable), "estimate_unstable"), scores), ()
    notes = [f"Recalibration intercept {fit.intercept:.4g}, standard error {fit.intercept_error:.2g}."]
    if fit.clipped:
        notes.append(f"{fit.clipped} probabilities of 0 or 1 were moved by one millionth for the slope.")
    interval, method = fit.slope_interval(confidence), "logistic recalibration"
    return Estimate(name="slope", value=fit.slope, n=events + nonevents, interval=interval, method=method), tuple(notes)


def _by_tenths(scores: Scores, confidence: float) -> Exhibit:
    given = columns(
        ("predicted", "Mean probability", "rate"), ("observed", "Event rate", "rate"), ("low", "From", "rate"),
        ("high", "To", "rate"), ("n", "Rows", "count"), ("events", "Events", "count"),
    )  # fmt: skip
    bins = calibration_bins(scores.score, scores.events, scores.nonevents)
    return Exhibit(
        name="calibration",
        title="Predicted and observed, by tenths of the rows",
        columns=given,
        rows=tuple(
            (b.predicted, b.events / b.rows, *wilson(b.events, b.rows, confidence), b.rows, b.events) for b in bins
        ),
        chart="calibration",
        note=f"The event is {scores.event}.",
    )
