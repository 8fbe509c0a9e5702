"""Mean absolute error: how far predicted values lie from the true ones."""

from __future__ import annotations

from assay.checks.performance._residuals import Number, Parameters, measure_errors, residuals_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured
from assay.stats.regression import Errors, not_below_zero, of_size


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sums over label less score."""
    return residuals_needs(p, view)


@check(
    "performance.mean_absolute_error",
    version=1,
    estimates={"mean_absolute_error": "lower"},
    honours=("weight", "entity"),
)
def mean_absolute_error(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values lie close to the true ones on average.

    Method: the estimate `mean_absolute_error` is the mean size of label less score, in the unit of the label. Interval:
        Student's, not below 0. Sampling weights weigh rows and errors, with the degrees of freedom that they leave.
        Where somebody stands in several rows, the error is that of the delete-a-group jackknife over 400 random groups
        of entities.
    Evidence: sums of powers of label less score, of the label, and of their quotient, over the rows of the dataset
        `data` that meet `where`; the score is a value in the unit of the label.
    Inconclusive when: a row has no finite score; no row has a label, or too many have none; nothing varies, so that
        there is no interval; there are fewer rows than the minimum; the interval straddles the threshold.
    Limits: it does not tell too high from too low. Where few errors are much greater than the rest, the interval is too
        narrow. Rows are taken as independent, unless the manifest names the entity.
    Source: as scikit-learn's mean_absolute_error. Interval: Student 1908; with weights Binder 1983, Kish 1965; with
        entities Kott 2001, Wolter 2007.
    """
    return measure_errors(evidence, p, context, "mean_absolute_error", "mean size of label less score", _number)


def _number(errors: Errors) -> Number:
    found = of_size(errors)
    return Number(found.value, lambda confidence: not_below_zero(found.interval(confidence, "Student's t")))
