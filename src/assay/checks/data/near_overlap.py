"""Near overlap: rows of one dataset that differ from a row of another in one column only."""

from __future__ import annotations

from pydantic import field_validator

from assay.checks.data.overlap import Parameters as OverlapParameters
from assay.checks.data.overlap import columns_of
from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, check
from assay.evidence.request import Needs, SharedRowsRequest
from assay.evidence.shared_rows import SharedRows
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

FEWEST = 3
"""Columns: of two, half may differ."""


class Parameters(OverlapParameters):
    """Which datasets, compared by which columns."""

    @field_validator("columns")
    @classmethod
    def _enough(cls, columns: tuple[str, ...] | str) -> tuple[str, ...] | str:
        if columns != "declared" and len({*columns}) < FEWEST:
            raise ValueError(f"rows are near by at least {FEWEST} columns: of two, half may differ")
        return columns


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The rows that both datasets hold, or nearly."""
    missing = view.lacks(data=(p.data, p.against), features=p.columns == "declared")
    names = columns_of(p, view)
    if not missing and len(names) < FEWEST:
        missing = (f"{FEWEST} columns to compare rows by",)
    return Needs(() if missing else (SharedRowsRequest(p.data, p.against, names, near=True, where=p.where),), missing)


@check("data.near_overlap", version=2, estimates={"share_of_near_rows": "lower"}, honours=("weight", "entity"))
def near_overlap(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The data which judge the model hold no rows that differ in one value only from rows it was made from.

    Method: a row of the dataset `data` is near when no row of the dataset `against` has the same values in every one of
        `columns` (with `declared`: the features and the label), and some row has them in all but one, compared as
        codes. The estimate `share_of_near_rows` is the near rows over all rows of `data`: a fact, without sampling
        error. Rows that stand in both are counted by `data.overlap`. Rows are counted, whatever weights or entities
        they have.
    Evidence: the number of rows of `data` that meet `where`, of the shared and of the near ones among them, and of all
        rows of `against`: `where` leaves out none of these.
    Inconclusive when: one of the datasets is not there or has no rows; no feature is declared; there are fewer than
        three columns.
    Limits: rows that differ in two columns are not found, nor are numbers that differ everywhere in the last digit. Two
        different people may well be near each other, the more the fewer and the coarser the columns are.
    Source: none; the rows are counted.
    """
    found = evidence.of(
        SharedRowsRequest(p.data, p.against, columns_of(p, context.view), near=True, where=p.where), SharedRows
    )
    empty = [role for role, n in ((p.data, found.rows), (p.against, found.against_rows)) if not n]
    if empty:
        why = f"the {' and '.join(empty)} data have no rows"
        nothing = Estimate(name="share_of_near_rows", undefined=why, undefined_as="evidence_missing")
        return Measured(estimates=(nothing,))
    near = found.near or 0
    share = Estimate(
        name="share_of_near_rows", value=near / found.rows, n=found.rows, numerator=near, denominator=found.rows,
        basis="exact", method="near over all rows",
    )  # fmt: skip
    table = Exhibit(
        name="near_overlap",
        title=f"Rows of {p.data} that nearly stand in {p.against}",
        columns=exhibit_columns(
            ("rows", f"Rows of {p.data}", "count"), ("against_rows", f"Rows of {p.against}", "count"),
            ("shared", "Shared", "count"), ("near", "Near", "count"),
        ),
        rows=((found.rows, found.against_rows, found.shared, near),),
        note=f"Compared by {len(found.columns)} columns: {', '.join(found.columns)}.",
    )  # fmt: skip
    return Measured(estimates=(share,), exhibits=(table,))
