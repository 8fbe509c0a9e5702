"""Missing values, column by column."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.profile import ColumnProfile
from assay.evidence.request import Needs, ProfileRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which columns of which rows."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Columns that are looked at; `declared`: those of label, decision, score, groups and features."""


def _columns(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    """The wanted columns; `declared` are those of label, decision, score, groups and features."""
    if p.columns != "declared":
        return tuple(dict.fromkeys(p.columns))
    manifest, found = view.manifest, list[str | None]()
    if manifest.columns is not None:
        outcomes = (manifest.columns.label, manifest.columns.decision, manifest.columns.score)
        found += [column.column for column in outcomes if column is not None]
        found += [group.column for group in manifest.columns.groups.values()]
    found += [feature.name for feature in manifest.features or ()]
    return tuple(dict.fromkeys(name for name in found if name is not None))


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The columns, counted."""
    wanted = _columns(p, view)
    missing = (*view.lacks(data=(p.data,)), *(() if wanted else ("columns",)))
    return Needs(() if missing else (ProfileRequest(p.data, wanted, bins=1, where=p.where),), missing)


@check("data.missing", version=1, estimates={"missing_share": "lower"}, honours=("weight", "entity"))
def missing(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No column that matters has too many missing values.

    Method: the estimate `missing_share` of a column is its rows without a value over all rows: a fact about the file,
        without sampling error. With `columns: declared` these are the columns of label, decision, score, groups and
        features; otherwise the ones that `columns` names. Rows are counted, whatever weights or entities they have.
    Evidence: the number of rows and of missing values of each column of the dataset `data`, of the rows that meet
        `where`. Missing are null, NaN, text that is empty or only white space, in a column of numbers also infinite
        ones, and in a CSV file's column of numbers the words NA, N/A, null, NULL and None.
    Inconclusive when: the data have no rows, or the manifest names no column.
    Limits: a value that stands for "unknown", such as 999 or the text "unknown", is not seen as missing here. How the
        missing values came about, and whether they concentrate in some group, is not measured.
    Source: none; the shares are counted.
    """
    wanted = _columns(p, context.view)
    found = evidence.profile(ProfileRequest(p.data, wanted, bins=1, where=p.where)).columns
    worst = max(found, key=_share, default=None)
    estimates = tuple(_estimate(column, p.data, headline=column is worst) for column in found)
    ordered = sorted(found, key=lambda column: (-_share(column), column.name))
    table = Exhibit(
        name="missing",
        title="Share missing, by column",
        columns=exhibit_columns(
            ("label", "Column", "text"), ("value", "Share missing", "rate"), ("missing", "Missing", "count"),
            ("rows", "Rows", "count"),
        ),
        rows=tuple((c.name, _share(c) if c.rows else None, c.missing, c.rows) for c in ordered),
        chart="bar",
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _share(column: ColumnProfile) -> float:
    return column.missing / column.rows if column.rows else 0.0


def _estimate(column: ColumnProfile, data: str, *, headline: bool) -> Estimate:
    if not column.rows:
        why = f"the {data} data have no rows"
        return Estimate(name="missing_share", grouping="column", group=column.name, undefined=why,
                        undefined_as="evidence_missing", headline=headline)  # fmt: skip
    return Estimate(
        name="missing_share",
        grouping="column",
        group=column.name,
        value=_share(column),
        n=column.rows,
        numerator=column.missing,
        denominator=column.rows,
        basis="exact",
        headline=headline,
        method="missing over rows",
    )
