"""The gain of a regression over a naive one that predicts the same for everybody."""

from __future__ import annotations

from assay.checks.performance._residuals import (
    Number,
    Why,
    errors_of,
    estimate_of,
    residuals_needs,
    unusable,
)
from assay.checks.registry import AgainstParameters, Context, check
from assay.evidence.request import Needs, ResidualsRequest
from assay.evidence.residuals import Residuals
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured
from assay.stats.regression import Errors, explained, unexplained

NAME = "regression_gain"


class Parameters(AgainstParameters):
    """Which rows, and where the naive prediction comes from."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Sums over label less score in both datasets."""
    return residuals_needs(p, view, p.against)


@check("performance.regression_gain", version=1, estimates={"regression_gain": "higher"}, honours=("weight", "entity"))
def regression_gain(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values are closer to the true ones than one number for everybody would be.

    Method: the naive model predicts the mean label of the dataset `against` for everybody. The estimate
        `regression_gain` is 1 less the sum of (label less score)² over the sum of (label less that mean)² in the
        dataset `data`: 1 for predictions without error, 0 for ones no better than the naive ones, below 0 for worse
        ones. Interval: Student's on the logarithm of that quotient, linearised, so that no limit is above 1; the naive
        prediction is taken as it is. Sampling weights weigh rows and errors, with the degrees of freedom that they
        leave. Where somebody stands in several rows, the error is that of the delete-a-group jackknife over 400 random
        groups of entities.
    Evidence: sums of powers of label less score, of the label, and of their quotient, over the rows of both datasets
        that meet `where`; the score is a value in the unit of the label.
    Inconclusive when: a row of either dataset has no finite score; no row of one has a label, or too many have none;
        every label is the naive prediction; every prediction is exact, so that there is no interval; there are fewer
        rows than the minimum; the interval straddles the threshold.
    Limits: where labels differ in level between the two datasets the naive model is poor, and nearly any model gains.
        Where few residuals are much greater than the rest, the interval is too narrow. Rows are taken as independent,
        unless the manifest names the entity.
    Source: squared error as skill score, Murphy 1988; the naive model is scikit-learn's DummyRegressor. Interval: delta
        method (van der Vaart 1998, chapter 3); with weights Binder 1983, Kish 1965; with entities Kott 2001, Wolter
        2007.
    """
    tables = {role: evidence.of(ResidualsRequest(role, p.where), Residuals) for role in (p.against, p.data)}
    own, n = tables[p.data], sum(tables[p.data].people)
    why = next((why for role, table in tables.items() if (why := unusable(table, role)) is not None), None)
    found = why if why is not None else _gain(errors_of(own), errors_of(tables[p.against]).mean_label)
    method = f"1 less squared errors over those of the mean label of {p.against}"
    return Measured(
        estimates=(estimate_of(found, n, context.confidence, method, NAME, "value"),),
        unlabelled=max((sum(each.unlabelled) / each.total for each in tables.values() if each.total), default=None),
    )


def _gain(errors: Errors, naive: float) -> Number | Why:
    found = unexplained(errors, naive)
    if found is None:
        return f"every label is {naive:g}, or next to it, as the naive model predicts", "estimate_undefined"
    return Number(1 - found.value, lambda confidence: explained(found, confidence, "Student's t, linearised"))
