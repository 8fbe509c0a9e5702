"""Mean absolute percentage error: how far predicted values lie from the true ones, as a share of these."""

from __future__ import annotations

from assay.checks.performance._residuals import Number, Parameters, Why, measure_errors, residuals_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured
from assay.stats.regression import Errors, not_below_zero, of_share


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sums over label less score."""
    return residuals_needs(p, view)


@check(
    "performance.mean_absolute_percentage_error",
    version=1,
    estimates={"mean_absolute_percentage_error": "lower"},
    honours=("weight", "entity"),
)
def mean_absolute_percentage_error(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values differ from the true ones by a small share of these.

    Method: the estimate `mean_absolute_percentage_error` is the mean size of (label less score)/label: 0.1 is a tenth
        of the label. Interval: Student's, not below 0. Sampling weights weigh rows and errors, with the degrees of
        freedom that they leave. Where somebody stands in several rows, the error is that of the delete-a-group
        jackknife over 400 random groups of entities.
    Evidence: sums of powers of label less score, of the label, and of their quotient, over the rows of the dataset
        `data` that meet `where`; the score is a value in the unit of the label.
    Inconclusive when: a label is 0, or so near that the quotient is beyond 1e100, for there is no share of nothing; a
        row has no finite score; no row has a label, or too many have none; nothing varies, so that there is no
        interval; there are fewer rows than the minimum; the interval straddles the threshold.
    Limits: a prediction that is too high by a factor counts more than one that is too low by the same, so that the
        measure favours low predictions; labels near 0 make most of it, and then the interval is too narrow.
        scikit-learn divides by 2.2e-16 where a label is 0; nothing is made up here. Rows are taken as independent,
        unless the manifest names the entity.
    Source: as scikit-learn's mean_absolute_percentage_error; Hyndman and Koehler 2006 on its faults. Interval: Student
        1908; with weights Binder 1983, Kish 1965; with entities Kott 2001, Wolter 2007.
    """
    method = "mean size of (label less score)/label"
    return measure_errors(evidence, p, context, "mean_absolute_percentage_error", method, _number)


def _number(errors: Errors) -> Number | Why:
    if errors.zeros:
        return f"the label is 0, or next to it, in {errors.zeros} of {errors.people} rows", "estimate_undefined"
    found = of_share(errors)
    return Number(found.value, lambda confidence: not_below_zero(found.interval(confidence, "Student's t")))
