"""Calibration in one number: how far probabilities lie from what happened, on average over bins."""

from __future__ import annotations

from pydantic import Field

from assay.checks.performance._bands import calibration_table, equal_bands
from assay.checks.performance._scores import share_unlabelled, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.stats.calibration_error import Bin, CalibrationError, calibration_error

ENOUGH = 10
"""Rows of a bin, or what their weights leave of them."""
TITLE = "Predicted and observed, by bins of equally many rows"


class Parameters(DataParameters):
    """Which rows, in how many bins."""

    bins: int = Field(default=10, ge=2, le=50)
    """Bins of about equally many rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability."""
    missing = view.lacks(data=(p.data,), label=True, probability=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check(
    "performance.expected_calibration_error",
    version=1,
    estimates={"expected_calibration_error": "lower", "uncorrected_error": "lower"},
    honours=("weight", "entity"),
)
def expected_calibration_error(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted probabilities come true within every bin of neighbouring ones.

    Method: rows are put into `bins` bins of about equally many rows by their probability; equal ones stay together. The
        estimate `uncorrected_error` is the mean over the bins, by their shares of the rows, of the difference between
        event rate and mean probability, whatever its sign. Chance alone keeps it above 0: the estimate
        `expected_calibration_error` is the same less that bias, which is the amount by which normal noise of the bin's
        standard error lengthens a gap of the observed size; never below 0. Interval of both: from the uncorrected error
        less the largest possible bias, which is that of bins without a gap, less the normal quantile times the largest
        possible standard error, to the uncorrected error and that quantile. So it holds the truth at least as often as
        it says, 0 too. Standard errors of the bins for it are Agresti and Coull's, never 0. Sampling weights weigh
        rows, and their numbers are effective ones; where somebody stands in several rows the errors are those between
        400 random groups of entities, and bins count as wholly dependent.
    Evidence: events and non-events at each distinct probability, or in bins of the evidence, of the dataset `data`, of
        the rows that meet `where`.
    Inconclusive when: the score is no probability; there is one class only; a row has no finite score; a bin holds
        fewer than 10 rows, or they are worth fewer; too many rows have no label; the interval straddles the threshold.
    Limits: it is the error over these bins: what cancels within a bin is not seen, and other bins give another number.
        A model that gives everybody the share of events has no error. The correction is one at the observed gaps and
        leaves some of the bias.
    Source: Naeini, Cooper and Hauskrecht 2015; Nixon et al. 2019 (bins of equal mass); Kumar, Liang and Ma 2019 (the
        correction); Leone, Nelson and Nottingham 1961; Agresti and Coull 1998; with weights or entities Kish 1965, Korn
        and Graubard 1998, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled, names = share_unlabelled(scores), ("expected_calibration_error", "uncorrected_error")
    why = unusable(scores, p.data)
    bands = [] if why else equal_bands(scores, p.bins)
    whole = sum(band.mass for band in bands)
    bins = [Bin(b.predicted, b.rate.rate, b.mass / whole, b.counted(context.confidence)[1]) for b in bands]
    least = min((each.people for each in bins), default=0.0)
    if why is None and least < ENOUGH:
        why = f"a bin of probabilities holds or is worth {least:.3g} rows; each needs {ENOUGH}", "sample_too_small"
    if why is not None:
        return Measured(estimates=tuple(undefined(name, why, scores) for name in names), unlabelled=unlabelled)
    error = calibration_error(bins)
    corrected = _estimate(names[0], error.value, "less the bias of chance", error, scores, context)
    plain = _estimate(names[1], error.uncorrected, "uncorrected", error, scores, context)
    table = calibration_table(scores, bands, context.confidence, TITLE)
    return Measured(estimates=(corrected, plain), exhibits=(table,), unlabelled=unlabelled)


def _estimate(
    name: str, value: float, said: str, error: CalibrationError, scores: Scores, context: Context
) -> Estimate:
    return Estimate(
        name=name,
        value=value,
        n=int(scores.events.sum() + scores.nonevents.sum()),
        interval=error.interval(context.confidence, independent=scores.group is None),
        method=f"mean gap over {len(error.bins)} bins of equally many rows, {said}",
    )
