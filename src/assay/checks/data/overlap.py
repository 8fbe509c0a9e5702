"""Overlap: rows of one dataset that stand in another too."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import AgainstParameters, Context, check
from assay.evidence.request import Needs, SharedRowsRequest
from assay.evidence.shared_rows import SharedRows
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(AgainstParameters):
    """Which datasets, compared by which columns."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Rows are the same where these columns are; `declared`: the features and the label."""


def columns_of(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    """The wanted columns; `declared` are the features and the label."""
    if p.columns != "declared":
        return tuple(dict.fromkeys(p.columns))
    columns, names = view.manifest.columns, [feature.name for feature in view.manifest.features or ()]
    label = [columns.label.column] if names and columns is not None and columns.label is not None else []
    return tuple(dict.fromkeys([*names, *label]))


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The rows that both datasets hold."""
    missing = view.lacks(data=(p.data, p.against), features=p.columns == "declared")
    return Needs(
        () if missing else (SharedRowsRequest(p.data, p.against, columns_of(p, view), where=p.where),), missing
    )


@check(
    "data.overlap",
    version=2,
    estimates={"share_of_shared_rows": "lower", "shared_rows": "lower"},
    honours=("weight", "entity"),
)
def overlap(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The data which judge the model do not stand in the data it was made from.

    Method: a row of the dataset `data` is shared when a row of the dataset `against` has the same values in every one
        of `columns` (with `declared`: the features and the label). The estimate `share_of_shared_rows` is
        the shared rows over all rows of `data`, `shared_rows` their number: facts, without sampling error. Rows are
        counted, whatever weights or entities they have.
    Evidence: the number of rows of `data` that meet `where`, of the shared ones among them, and of all rows of
        `against`: `where` leaves out none of these.
    Inconclusive when: one of the datasets is not there or has no rows, or no feature is declared.
    Limits: rows that differ in the last digit are not seen, and two different people may have the same values; with
        few and coarse columns many will.
    Source: none; the rows are counted.
    """
    found = evidence.of(SharedRowsRequest(p.data, p.against, columns_of(p, context.view), where=p.where), SharedRows)
    empty = [role for role, n in ((p.data, found.rows), (p.against, found.against_rows)) if not n]
    if empty:
        why = f"the {' and '.join(empty)} data have no rows"
        return Measured(
            estimates=tuple(
                Estimate(name=name, undefined=why, undefined_as="evidence_missing")
                for name in ("share_of_shared_rows", "shared_rows")
            )
        )
    estimates = (
        Estimate(name="share_of_shared_rows", value=found.shared / found.rows, n=found.rows, numerator=found.shared,
                 denominator=found.rows, basis="exact", method="shared over all rows"),
        Estimate(name="shared_rows", value=float(found.shared), n=found.rows, basis="exact", method="count"),
    )  # fmt: skip
    table = Exhibit(
        name="overlap",
        title=f"Rows of {p.data} that stand in {p.against}",
        columns=exhibit_columns(
            ("rows", f"Rows of {p.data}", "count"), ("against_rows", f"Rows of {p.against}", "count"),
            ("shared", "Shared", "count"), ("share", "Share", "rate"),
        ),
        rows=((found.rows, found.against_rows, found.shared, found.shared / found.rows),),
        note=f"Compared by {len(found.columns)} columns: {', '.join(found.columns)}.",
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))
