"""Personal data that were left in texts."""

from __future__ import annotations

from typing import Literal

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.patterns import PATTERNS, ColumnPatterns, Patterns
from assay.evidence.request import Needs, PatternsRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which columns of which rows."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Columns whose texts are searched; `declared`: the features that are categories."""


def _request(p: Parameters, view: SubjectView) -> PatternsRequest:
    declared = (feature.name for feature in view.manifest.features or () if feature.dtype == "category")
    names = tuple(dict.fromkeys(declared if p.columns == "declared" else p.columns))
    return PatternsRequest(p.data, names, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """What the texts of the columns look like."""
    missing = view.lacks(data=(p.data,))
    missing += () if _request(p, view).columns else ("features of dtype: category",)
    return Needs(() if missing else (_request(p, view),), missing)


@check("data.personal_data", version=1, estimates={"personal_data_share": "lower"}, honours=("weight", "entity"))
def personal_data(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No text holds what looks like personal data.

    Method: the texts of the columns that `columns` names (with `declared`: the features that are categories) are
        searched for what looks like an e-mail address, a telephone number that begins with +, an IBAN, a payment card
        number, a social security number of the United States, or an IP address. The estimate `personal_data_share` of a
        column is the rows whose text holds one of them over the rows with a text: a fact about the file, without
        sampling error. Rows are counted, whatever weights or entities they have.
    Evidence: of each column of the dataset `data` the number of texts, and of those that look like each kind, of the
        rows that meet `where`. No text leaves the engine, and none stands in the record.
    Inconclusive when: the manifest declares no such column and the policy names none; a column has no text.
    Limits: names, addresses and dates of birth are not found, nor is anything that is written in an unusual way. What
        is found only looks like it: a number of sixteen digits need be no card. That nothing was found is no proof.
    Source: none; the rows are counted.
    """
    found = evidence.of(_request(p, context.view), Patterns).columns
    worst = max(found, key=_share, default=None)
    estimates = tuple(_estimate(column, headline=column is worst or not column.texts) for column in found)
    table = Exhibit(
        name="personal_data",
        title="Texts that look like personal data, by column",
        columns=exhibit_columns(
            ("label", "Column", "text"),
            *((f"kind_{at}", kind[0].upper() + kind[1:], "count") for at, kind in enumerate(PATTERNS)),
            ("any", "Any of them", "count"), ("texts", "Texts", "count"),
        ),
        rows=tuple((c.name, *c.found, c.any_kind, c.texts) for c in sorted(found, key=lambda c: (-_share(c), c.name))),
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _share(column: ColumnPatterns) -> float:
    return column.any_kind / column.texts if column.texts else 0.0


def _estimate(column: ColumnPatterns, *, headline: bool) -> Estimate:
    name = "personal_data_share"
    if not column.texts:
        why = f"the column {column.name} has no text"
        return Estimate(name=name, grouping="column", group=column.name, undefined=why,
                        undefined_as="evidence_missing", headline=headline)  # fmt: skip
    return Estimate(
        name=name, grouping="column", group=column.name, value=_share(column), n=column.texts,
        numerator=column.any_kind, denominator=column.texts, basis="exact", headline=headline,
        method="found over texts",
    )  # fmt: skip
