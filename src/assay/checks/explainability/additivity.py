"""Additivity: whether explanations add up to what they explain."""

from __future__ import annotations

from pydantic import Field

from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, RowsRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which rows are explained, against which background."""

    rows: int = Field(default=2000, ge=1, le=100_000)
    """How many rows are explained, at most."""
    background: Role = "train"
    """The dataset that explanations compare with."""


def _request(p: Parameters) -> RowsRequest:
    return RowsRequest(p.data, p.rows, p.background, where=p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Attributions of sampled rows."""
    missing = view.lacks(data=(p.data, p.background), features=True, model=True)
    return Needs(() if missing else (_request(p),), missing)


@check("explainability.additivity", version=1, estimates={"additivity_error": "lower"}, honours=("weight", "entity"))
def additivity(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The explanation of each row adds up to the model's output for that row.

    Method: for each explained row, the absolute difference between the base value plus the sum of the attributions and
        the model's own output, over the absolute output plus 1, in the space in which the explainer works. The estimate
        `additivity_error` is the largest of them: a fact about the explained rows, without sampling error, whatever
        weights or entities they have.
    Evidence: SHAP attributions of up to `rows` rows of the dataset `data` that meet `where`, drawn by their hash, with
        a `background` dataset, and the model's output for the same rows, computed without the explainer.
    Inconclusive when: there is no model, no feature is declared, no row could be explained, or an attribution or an
        output is not a number.
    Limits: attributions can add up and still mislead, when features are correlated or the background is unlike the
        people explained. Rows that were not drawn are not covered.
    Source: Lundberg and Lee 2017, local accuracy.
    """
    import numpy as np

    found = evidence.rows(_request(p))
    n = len(found.output)
    if not n:
        why = f"no row of the {p.data} data could be explained"
        return Measured(estimates=(Estimate(name="additivity_error", undefined=why, undefined_as="evidence_missing"),))
    summed = found.base + found.attributions.sum(axis=1)
    finite = np.isfinite(summed) & np.isfinite(found.output)
    if not finite.all():
        why = f"{n - int(finite.sum())} of {n} explanations are not numbers"
        unstable = Estimate(name="additivity_error", undefined=why, undefined_as="estimate_unstable", n=n)
        return Measured(estimates=(unstable,))
    error = np.abs(summed - found.output) / (np.abs(found.output) + 1)
    estimate = Estimate(
        name="additivity_error", value=float(error.max()), n=n, basis="exact", method=f"{found.method}; {found.space}"
    )
    return Measured(estimates=(estimate,), notes=(f"{n} of {found.available} rows explained.",))
