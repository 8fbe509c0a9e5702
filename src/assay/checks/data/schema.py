"""Schema: whether the data hold what the manifest says of each feature."""

from __future__ import annotations

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.code_book import CodeBook, FeatureRows
from assay.evidence.request import CodeBookRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.columns import Feature
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which rows."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Rows that do not hold what the manifest says."""
    missing = view.lacks(data=(p.data,), features=True)
    return Needs(() if missing else (CodeBookRequest(p.data, p.where),), missing)


@check("data.schema", version=1, estimates={"violations": "lower"}, honours=("weight", "entity"))
def schema(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Every feature is there, of its type, and holds nothing that the code book of the manifest does not allow.

    Method: the estimate `violations` of a feature is the share of its rows that break what the manifest says of it: of
        a feature of numbers, rows that hold something else, or a number below `minimum` or above `maximum`; of a
        category, rows with a value that is none of `levels`; where `may_be_missing` is false, rows without a value. A
        feature of which the data have no column breaks it in every row. A fact about the file, without sampling error:
        rows are counted, whatever weights or entities they have.
    Evidence: for each feature the number of rows of the dataset `data`, of those that meet `where`, that are missing,
        of another type, below, above, or of another level. Missing are null, NaN, infinite numbers, text that is empty
        or only white space, and in a CSV file's column of numbers the words NA, N/A, null, NULL and None.
    Inconclusive when: the manifest lists no features; the dataset is not there or has no rows.
    Limits: a feature of which the manifest says a name and a type only is only asked whether it is there and of that
        type; the table says how many features have a code book. Columns that are no features are not looked at. What
        the values mean, and whether they are true, no code book tells.
    Source: none; the rows are counted.
    """
    found = evidence.of(CodeBookRequest(p.data, p.where), CodeBook)
    declared = {feature.name: feature for feature in context.view.manifest.features or ()}
    estimates = [_estimate(each, declared[each.name], found.rows, p) for each in found.features]
    worst = max(estimates, key=lambda e: e.value if e.value is not None else -1.0)
    pairs = sorted(zip(found.features, estimates, strict=True), key=lambda pair: (-(pair[1].value or 0), pair[0].name))
    described = sum(_is_described(feature) for feature in declared.values())
    table = Exhibit(
        name="schema",
        title=f"Rows of {p.data} that break the code book, by feature",
        columns=exhibit_columns(
            ("label", "Feature", "text"), ("value", "Share", "rate"), ("missing", "Missing", "count"),
            ("mistyped", "No number", "count"), ("below", "Below", "count"), ("above", "Above", "count"),
            ("levels", "Other levels", "count"), ("there", "In the data", "text"),
        ),
        rows=tuple(
            (f.name, e.value, f.missing, f.mistyped, f.below, f.above, f.other_levels, "yes" if f.there else "no")
            for f, e in pairs
        ),
        chart="bar",
        note=f"{described} of {len(declared)} features have a minimum, a maximum, levels, or may not be missing.",
    )  # fmt: skip
    marked = tuple(e.model_copy(update={"headline": e is worst or e.value is None}) for e in estimates)
    return Measured(estimates=marked, exhibits=(table,))


def _is_described(feature: Feature) -> bool:
    ends = feature.minimum is not None or feature.maximum is not None
    return ends or feature.levels is not None or feature.may_be_missing is False


def _estimate(found: FeatureRows, feature: Feature, rows: int, p: Parameters) -> Estimate:
    if not rows:
        return Estimate(
            name="violations", grouping="feature", group=found.name, undefined=f"the {p.data} data have no rows",
            undefined_as="evidence_missing",
        )  # fmt: skip
    wrong = found.mistyped + found.below + found.above + found.other_levels
    wrong += found.missing if feature.may_be_missing is False else 0
    wrong = wrong if found.there else rows
    return Estimate(
        name="violations",
        grouping="feature",
        group=found.name,
        value=wrong / rows,
        n=rows,
        numerator=wrong,
        denominator=rows,
        basis="exact",
        method="rows that break the code book" if found.there else "the data have no such column",
    )
