"""Root mean squared error: how far predicted values lie from the true ones, far misses counting more."""

from __future__ import annotations

from assay.checks.performance._residuals import Number, Parameters, measure_errors, residuals_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured
from assay.stats.regression import Errors, of_square, root, root_interval


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sums over label less score."""
    return residuals_needs(p, view)


@check(
    "performance.root_mean_squared_error",
    version=2,
    estimates={"root_mean_squared_error": "lower"},
    honours=("weight", "entity"),
)
def root_mean_squared_error(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values lie close to the true ones, and few of them far away.

    Method: the estimate `root_mean_squared_error` is the root of the mean of (label less score)², in the unit of the
        label. Interval: Student's by the delta method, the lower limit on the logarithm of the mean square, so that it
        is not below 0, the upper one on its reciprocal, which is higher; there is no upper one where the error of the
        mean square is so large that the reciprocal could be 0. Sampling weights weigh rows and errors, with the degrees
        of freedom that they leave. Where somebody stands in several rows, the error is that of the delete-a-group
        jackknife over 400 random groups of entities.
    Evidence: sums of powers of label less score, of the label, and of their quotient, over the rows of the dataset
        `data` that meet `where`; the score is a value in the unit of the label.
    Inconclusive when: a row has no finite score; no row has a label, or too many have none; every square is the same,
        so that there is no interval; there are fewer rows than the minimum; the interval straddles the threshold.
    Limits: a few far misses make most of it, and where a sample holds too few of them the interval lies too low. At a
        confidence of 0.95 the upper limit is below the true value, instead of in 2.5 of 100 samples, in 2 of normal
        residuals (100 to 10 000 rows); with 200, 1 000 and 10 000 rows in 5, 5 and 4 of residuals as Student's with 5
        degrees of freedom, 10, 7 and 4 of residuals as skewed as a lognormal of 0.75, 14, 10 and 8 of one of 1, and 17,
        18 and 18 of Student's with 3 degrees, whose squares have no variance, so that no number of rows mends it
        (simulated). The mean absolute error does not depend on tails as much. Rows are taken as independent, unless the
        manifest names the entity.
    Source: as scikit-learn's root_mean_squared_error. Interval: delta method (van der Vaart 1998, chapter 3); Hall 1992
        for skewed means, which the reciprocal follows to first order where squares are as skewed as a lognormal; with
        weights Binder 1983, Kish 1965; with entities Kott 2001, Wolter 2007.
    """
    method = "root of the mean of (label less score) squared"
    return measure_errors(evidence, p, context, "root_mean_squared_error", method, _number)


def _number(errors: Errors) -> Number:
    found = root(of_square(errors))
    return Number(found.value, lambda confidence: root_interval(found, confidence))
