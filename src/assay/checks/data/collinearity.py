"""Collinearity: inputs that the other inputs already tell."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.correlations import Correlations
from assay.evidence.request import CorrelationsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.collinearity import tolerance_interval, tolerances

MOST_COLUMNS = 300


class Parameters(DataParameters):
    """Which columns of how many rows."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Columns of numbers that are looked at; `declared`: the features that are numbers."""

    size: int = Field(default=20_000, ge=50, le=100_000)
    """How many rows are sampled, at most."""

    @field_validator("columns")
    @classmethod
    def _enough(cls, columns: tuple[str, ...] | str) -> tuple[str, ...] | str:
        if columns != "declared" and len({*columns}) == 1:
            raise ValueError("one column alone is no sum of others; name two or more")
        return columns


def _request(p: Parameters, view: SubjectView) -> CorrelationsRequest:
    declared = (feature.name for feature in view.manifest.features or () if feature.dtype == "number")
    names = tuple(dict.fromkeys(declared if p.columns == "declared" else p.columns))
    return CorrelationsRequest(p.data, names, p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Correlations of the columns."""
    missing, names = view.lacks(data=(p.data,)), _request(p, view).columns
    missing += () if len(names) > 1 else ("features: two numbers",)
    missing += () if len(names) <= MOST_COLUMNS else (f"at most {MOST_COLUMNS} columns (name them with `columns`)",)
    if view.manifest.columns is not None and view.manifest.columns.count is not None:
        missing += ("rows of single people (columns.count: each stands for several)",)
    return Needs(() if missing else (_request(p, view),), missing)


@check("data.collinearity", version=1, estimates={"tolerance": "higher", "variance_inflation": "lower"})
def collinearity(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No input that is a number is nearly a sum of the other ones.

    Method: up to `size` rows are drawn by their hash; those with a finite number in each of the columns that `columns`
        names (with `declared`: the features that are numbers) are kept. The estimate `tolerance` of a column is 1 - R²
        of a linear regression of it on all others: 0 where they tell it exactly, 1 where they say nothing. The estimate
        `variance_inflation` is 1 over it, and undefined where it is 0. Interval: at each end the wider of the
        noncentral F distribution, inverted, and of Fisher's z of the adjusted multiple correlation. A second,
        simultaneous interval at 1 - alpha/m holds for all m columns together.
    Evidence: the correlations of the columns in the sampled rows of the dataset `data` that meet `where`. No row leaves
        the engine.
    Inconclusive when: the manifest lists no two numbers; a column holds one value; the complete rows are not at least
        three more than the columns; the interval straddles the threshold; there are fewer complete rows than the
        minimum; the manifest names a weight, an entity or a count; the data are on Spark, from which no row travels.
    Limits: rows with a missing number are left out, so that many columns with a few gaps each leave few rows.
        Categories are not looked at. Collinearity makes the coefficients of a linear model unstable; a model of trees
        predicts as well, and only shares the importance out. With hundreds of columns and few rows the estimate lies
        below the true tolerance: look at the interval.
    Source: Belsley, Kuh and Welsch 1980 (tolerance, variance inflation); Fisher 1928; Steiger and Fouladi 1992. That an
        inflation of 10 is too much is a rule of thumb.
    """
    found = evidence.of(_request(p, context.view), Correlations)
    left = _tolerances(found)
    enough = found.complete > len(found.columns) + 2
    few = f"{found.complete} complete rows are too few for {len(found.columns)} columns"
    estimates = []
    for name in ("tolerance", "variance_inflation"):
        estimates += [
            _estimate(name, column, left[column], found, context) if enough else _undefined(name, column, few, found)
            for column in found.columns
        ]
        estimates += [
            _undefined(name, column, f"the column {column} holds one value, or none", found)
            for column in found.constant
        ]
    ordered = sorted(found.columns, key=lambda column: (left[column], column)) if enough else []
    table = Exhibit(
        name="collinearity",
        title="How much of each column the others do not tell",
        columns=exhibit_columns(
            ("label", "Column", "text"), ("value", "Tolerance", "rate"), ("inflation", "Variance inflation", "number"),
        ),
        rows=tuple((column, left[column], 1 / left[column] if left[column] else None) for column in ordered),
        note=f"{found.complete} complete rows of {found.drawn} drawn from {found.available}.",
    )  # fmt: skip
    return Measured(estimates=tuple(estimates), exhibits=(table,))


def _tolerances(found: Correlations) -> dict[str, float]:
    import numpy as np

    matrix = np.eye(len(found.columns))
    for at, correlations in enumerate(found.pairs, start=1):
        matrix[at, :at] = matrix[:at, at] = correlations
    return dict(zip(found.columns, tolerances(matrix), strict=True))


def _undefined(name: str, column: str, why: str, found: Correlations) -> Estimate:
    return Estimate(name=name, grouping="column", group=column, undefined=why, n=found.complete)


def _estimate(name: str, column: str, tolerance: float, found: Correlations, context: Context) -> Estimate:
    columns = len(found.columns)
    if name == "variance_inflation" and not tolerance:
        return _undefined(name, column, f"the other columns tell {column} exactly: it is infinite", found)
    both = [
        tolerance_interval(tolerance, found.complete, columns, level)
        for level in (context.confidence, 1 - (1 - context.confidence) / columns)
    ]
    if name == "variance_inflation":
        both = [
            None if each is None else each.model_copy(
                update={"low": 1 / (each.high or 1.0), "high": 1 / each.low if each.low else None}
            )
            for each in both
        ]  # fmt: skip
    exact = not tolerance
    return Estimate(
        name=name, grouping="column", group=column, value=tolerance if name == "tolerance" else 1 / tolerance,
        n=found.complete, interval=both[0], simultaneous=both[1], comparisons=columns,
        basis="exact" if exact else "sample", method="regression on the other columns",
    )  # fmt: skip
