"""Duplicates: rows of one dataset that have the same inputs, and labels that contradict each other."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.duplicates import Duplicates
from assay.evidence.request import DuplicatesRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which rows, compared by which columns."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Rows are the same where these columns are; `declared`: the features."""


def _request(p: Parameters, view: SubjectView) -> DuplicatesRequest:
    features = tuple(feature.name for feature in view.manifest.features or ())
    names = features if p.columns == "declared" else p.columns
    return DuplicatesRequest(p.data, tuple(dict.fromkeys(names)), not view.lacks(label=True), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Rows with the same values, and their labels where the manifest declares levels of one."""
    missing = view.lacks(data=(p.data,), features=p.columns == "declared")
    if not missing and not _request(p, view).columns:
        missing = ("columns to compare rows by",)
    return Needs(() if missing else (_request(p, view),), missing)


@check(
    "data.duplicates",
    version=1,
    estimates={"share_of_repeated_rows": "lower", "share_of_conflicting_rows": "lower"},
    honours=("weight", "entity"),
)
def duplicates(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Few rows are repeated, and rows with the same inputs do not have different labels.

    Method: two rows are the same where the columns that `columns` names (with `declared`: the features) have the same
        values, compared as codes; a missing value equals a missing value. The estimate `share_of_repeated_rows` is the
        rows beyond one of each kind over all rows. The estimate `share_of_conflicting_rows` is the rows with a label
        whose inputs are those of a row with another label, over all rows with a label. Both are facts about the data,
        without sampling error. Rows are counted, whatever weights or entities they have.
    Evidence: the number of rows, of different ones, and of those with conflicting labels in the dataset `data`, of the
        rows that meet `where`.
    Inconclusive when: the data have no rows; the manifest declares no label with a favourable level, or no row has one
        (share_of_conflicting_rows).
    Limits: different people may have the same inputs, and more often the fewer and the coarser these are: then a
        repetition is no mistake, and labels may differ by chance. Rows that are nearly the same are not found here. The
        share of conflicting rows bounds what any model can reach: of each kind, one label at most can be right.
    Source: none; the rows are counted.
    """
    found = evidence.of(_request(p, context.view), Duplicates)
    repeated, conflicting = found.rows - found.kinds, found.conflicting
    table = Exhibit(
        name="duplicates",
        title="Rows with the same inputs",
        columns=exhibit_columns(
            ("rows", "Rows", "count"), ("kinds", "Different ones", "count"), ("repeated", "Repeated", "count"),
            ("labelled", "With a label", "count"), ("conflicting", "Conflicting", "count"),
        ),
        rows=((found.rows, found.kinds, repeated, found.labelled, conflicting),),
        note=f"Compared by {', '.join(found.columns)}.",
    )  # fmt: skip
    unlabelled = f"no row of the {p.data} data has a label"
    estimates = (
        _share("share_of_repeated_rows", repeated, found.rows, f"the {p.data} data have no rows"),
        _share("share_of_conflicting_rows", conflicting, found.labelled, unlabelled),
    )
    return Measured(estimates=estimates, exhibits=(table,))


def _share(name: str, part: int, whole: int, why: str) -> Estimate:
    if not whole:
        return Estimate(name=name, undefined=why, undefined_as="evidence_missing", n=0)
    return Estimate(
        name=name, value=part / whole, n=whole, numerator=part, denominator=whole, basis="exact", method="counted",
    )  # fmt: skip
