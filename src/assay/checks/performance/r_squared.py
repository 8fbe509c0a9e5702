"""R squared: the share of the variance of the label that a regression explains."""

from __future__ import annotations

from assay.checks.performance._residuals import Number, Parameters, Why, measure_errors, residuals_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured
from assay.stats.regression import Errors, explained, unexplained


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sums over label less score."""
    return residuals_needs(p, view)


@check("performance.r_squared", version=1, estimates={"r_squared": "higher"}, honours=("weight", "entity"))
def r_squared(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values explain much of why true values differ.

    Method: the estimate `r_squared` is 1 less the sum of (label less score)² over the sum of (label less the mean
        label)² of the same rows: 1 for predictions without error, 0 for ones no better than that mean, below 0 for
        worse ones. Interval: Student's on the logarithm of that quotient, linearised, so that no limit is above 1.
        Sampling weights weigh rows and errors, with the degrees of freedom that they leave. Where somebody stands in
        several rows, the error is that of the delete-a-group jackknife over 400 random groups of entities.
    Evidence: sums of powers of label less score, of the label, and of their quotient, over the rows of the dataset
        `data` that meet `where`; the score is a value in the unit of the label.
    Inconclusive when: every label is the same; every prediction is exact, so that there is no interval; a row has no
        finite score; no row has a label, or too many have none; there are fewer rows than the minimum; the interval
        straddles the threshold.
    Limits: it depends on how much labels differ: the same errors give a smaller value in a more uniform population. A
        score that is the same for everybody gives an R squared near 0 whose interval is too narrow. Where few residuals
        are much greater than the rest, the interval is too narrow. Rows are taken as independent, unless the manifest
        names the entity.
    Source: as scikit-learn's r2_score, which calls it 0 or 1 where every label is the same. Interval: delta method (van
        der Vaart 1998, chapter 3); with weights Binder 1983, Kish 1965; with entities Kott 2001, Wolter 2007.
    """
    method = "1 less squared errors over squared deviations of the label"
    return measure_errors(evidence, p, context, "r_squared", method, _number)


def _number(errors: Errors) -> Number | Why:
    found = unexplained(errors)
    if found is None:
        return "the labels do not differ, so that there is nothing to explain", "estimate_undefined"
    return Number(1 - found.value, lambda confidence: explained(found, confidence, "Student's t, linearised"))
