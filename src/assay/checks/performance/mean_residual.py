"""The mean residual: whether a regression is too high or too low on the whole."""

from __future__ import annotations

from assay.checks.performance._residuals import Number, Parameters, measure_errors, residuals_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured
from assay.stats.regression import Errors, of_residual


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sums over label less score."""
    return residuals_needs(p, view)


@check("performance.mean_residual", version=1, estimates={"mean_residual": 0}, honours=("weight", "entity"))
def mean_residual(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values are neither too high nor too low on the whole.

    Method: the estimate `mean_residual` is the mean of label less score, in the unit of the label: above 0 where the
        predictions are too low. It is a difference, so that `at_most` bounds its size on either side. Interval:
        Student's. Sampling weights weigh rows and errors, with the degrees of freedom that they leave. Where somebody
        stands in several rows, the error is that of the delete-a-group jackknife over 400 random groups of entities.
    Evidence: sums of powers of label less score, of the label, and of their quotient, over the rows of the dataset
        `data` that meet `where`; the score is a value in the unit of the label.
    Inconclusive when: a row has no finite score; no row has a label, or too many have none; nothing varies, so that
        there is no interval; there are fewer rows than the minimum; the interval straddles the threshold.
    Limits: a mean of 0 can hide predictions that are too high at one end and too low at the other, or for one group:
        fairness.residual_bias looks at groups. Rows are taken as independent, unless the manifest names the entity.
    Source: Student 1908; with weights Binder 1983, Kish 1965; with entities Kott 2001, Wolter 2007.
    """
    return measure_errors(
        evidence, p, context, "mean_residual", "mean of label less score", _number, shape="difference"
    )


def _number(errors: Errors) -> Number:
    found = of_residual(errors)
    return Number(found.value, lambda confidence: found.interval(confidence, "Student's t"))
