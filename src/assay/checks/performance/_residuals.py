"""Errors of a regression: what the checks of label less score share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from typing import Literal

from assay.checks.registry import Context, DataParameters
from assay.evidence.request import Needs, ResidualsRequest
from assay.evidence.residuals import Residuals
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Interval, Shape
from assay.record.finding import Measured
from assay.stats.regression import Errors

Why = tuple[str, Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]]
"""A sentence, and which kind of reason it is."""


class Parameters(DataParameters):
    """Which rows."""


def residuals_needs(p: DataParameters, view: SubjectView, *against: Role) -> Needs:
    """Sums over label less score, of a score in the unit of the label."""
    missing, columns = view.lacks(data=(p.data, *against)), view.manifest.columns
    if columns is None or columns.label is None:
        missing = (*missing, "columns.label")
    if columns is None or columns.score is None or columns.score.kind != "value":
        missing = (*missing, "columns.score of kind: value")
    requests = tuple(ResidualsRequest(role, p.where) for role in (p.data, *against))
    return Needs(() if missing else requests, missing)


@dataclass(frozen=True)
class Number:
    """An error of the regression."""

    value: float
    interval: Callable[[float], Interval | None]
    """At a confidence."""


def unusable(residuals: Residuals, data: str) -> Why | None:
    """Why nothing can be measured, as a sentence and a reason; None where it can."""
    if not residuals.total:
        return f"the {data} data have no rows", "evidence_missing"
    if unscored := sum(residuals.unscored):
        return f"{unscored} of {residuals.total} rows of the {data} data have no finite score", "estimate_undefined"
    if not sum(residuals.people):
        return f"no row of the {data} data has a label", "evidence_missing"
    if not any(residuals.line(place)[0][""] for place in range(len(residuals.people))):
        return f"the weights of all rows of the {data} data are 0", "estimate_undefined"
    return None


def errors_of(residuals: Residuals) -> Errors:
    """The sums of all lines, and where somebody stands in several rows those of each."""
    lines = [residuals.line(place) for place in range(len(residuals.people))]
    own, squared = ({name: fsum(line[of][name] for line in lines) for name in lines[0][of]} for of in (0, 1))
    by_group = zip(residuals.rows, (line[0] for line in lines), strict=True) if residuals.clustered else None
    return Errors(
        sum(residuals.people),
        sum(residuals.zeros),
        own,
        squared,
        None if by_group is None else tuple(by_group),
        residuals.centre,
        residuals.units,
    )


def measure_errors(
    evidence: Evidence,
    p: DataParameters,
    c: Context,
    name: str,
    method: str,
    number: Callable[[Errors], Number | Why],
    *,
    shape: Shape = "value",
) -> Measured:
    """The one estimate of a check: an error over everybody, or why there is none."""
    residuals = evidence.of(ResidualsRequest(p.data, p.where), Residuals)
    why = unusable(residuals, p.data)
    found = why if why is not None else number(errors_of(residuals))
    n = sum(residuals.people)
    return Measured(
        estimates=(estimate_of(found, n, c.confidence, method, name, shape),),
        unlabelled=sum(residuals.unlabelled) / residuals.total if residuals.total else None,
    )


def estimate_of(found: Number | Why, n: int, confidence: float, method: str, name: str, shape: Shape) -> Estimate:
    """With its value and interval, or the reason why there is none."""
    if not isinstance(found, Number):
        return Estimate(name=name, shape=shape, undefined=found[0], undefined_as=found[1], n=n)
    return Estimate(name=name, shape=shape, value=found.value, n=n, interval=found.interval(confidence), method=method)
