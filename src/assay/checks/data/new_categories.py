"""New categories: values that the data compared with never had."""

from __future__ import annotations

from assay.checks.data._columns import BesideParameters, beside, columns_found
from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, check
from assay.evidence.distributions import Distribution
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

SHOWN = 10
"""New values of a column that its line names."""


class Parameters(BesideParameters):
    """Which columns of which rows, against which."""


def _declared(view: SubjectView) -> tuple[str, ...]:
    """The features, and the label where it has levels."""
    columns = view.manifest.columns
    names = [feature.name for feature in view.manifest.features or ()]
    label = columns.label if columns is not None else None
    return tuple(dict.fromkeys([*names, *([label.column] if label is not None else [])]))


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The columns of both datasets, value by value."""
    return beside(p, view, _declared(view))


@check("data.new_categories", version=1, estimates={"unseen_share": "lower"}, honours=("weight", "entity"))
def new_categories(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No row has a category, a label or a number beyond what the data it is compared with ever held.

    Method: the estimate `unseen_share` of a column is the share of the rows of `data` whose value stands in no row of
        `against`; of a number, that lies below its least or above its greatest value there. Rows without a value count
        among all rows, and are not new. A fact about the files, without sampling error: rows are counted, whatever
        weights or entities they have.
    Evidence: people at every value of the columns that `columns` names (with `declared`: the features and the label),
        of the rows that meet `where`; of numbers in bins, of which those beyond the range of `against` are apart.
    Inconclusive when: a dataset is not there or has no rows; a column holds no value in `against`; a category has more
        than 10 000 values or one of more than 200 characters, which is an identifier or free text.
    Limits: a value is new where it is written otherwise, as "Ltd." beside "Ltd". A number between the least and the
        greatest is never new, however far it lies from any other. The range of few rows is narrow: without any drift,
        of n rows one in (m + 1)/2 lies beyond that of m.
    Source: none; the rows are counted.
    """
    found = columns_found(evidence, needs(p, context.view)).columns
    estimates = [_estimate(column, p) for column in found]
    worst = max(estimates, key=lambda e: e.value if e.value is not None else -1.0)
    marked = tuple(e.model_copy(update={"headline": e is worst or e.value is None}) for e in estimates)
    pairs = sorted(zip(found, estimates, strict=True), key=lambda pair: (-(pair[1].value or 0.0), pair[0].name))
    table = Exhibit(
        name="unseen",
        title=f"Rows of {p.data} with values that {p.against} never had",
        columns=exhibit_columns(
            ("label", "Column", "text"), ("value", "Share", "rate"), ("rows", "Rows", "count"),
            ("values", "New values", "text"),
        ),
        rows=tuple((c.name, e.value, c.unseen if e.value is not None else None, _values(c)) for c, e in pairs),
        chart="bar",
    )  # fmt: skip
    return Measured(estimates=marked, exhibits=(table,))


def _estimate(column: Distribution, p: Parameters) -> Estimate:
    empty = [role for role, rows in ((p.data, column.rows), (p.against, column.against_rows)) if not rows]
    why = f"the {' and '.join(empty)} data have no rows" if empty else None
    if why is None and column.against_rows == column.against_missing:
        why = f"it holds no value in the {p.against} data"
    if why is None and not column.numeric and not column.listed:
        most = max(column.distinct, column.against_distinct)
        why = f"it holds {most} different values, too many or too long ones to be categories"
    if why is not None:
        return Estimate(
            name="unseen_share", grouping="column", group=column.name, undefined=why,
            undefined_as="evidence_missing" if empty else "estimate_undefined",
        )  # fmt: skip
    return Estimate(
        name="unseen_share",
        grouping="column",
        group=column.name,
        value=column.unseen / column.rows,
        n=column.rows,
        numerator=column.unseen,
        denominator=column.rows,
        basis="exact",
        method="beyond the range" if column.numeric else "of another value",
    )


def _values(column: Distribution) -> str | None:
    """The new values, those of most rows first; or the range that they lie beyond."""
    if not column.unseen:
        return None
    if column.numeric:
        held = [place for place, m in enumerate(column.against_counts) if m]
        if not held:
            return None
        return f"from {column.lows[0]:g} to {column.highs[-1]:g}, beyond {column.lows[held[0]]:g} to " + (
            f"{column.highs[held[-1]]:g}"
        )
    new = [
        (-n, level)
        for level, n, m in zip(column.levels, column.counts, column.against_counts, strict=True)
        if n and not m
    ]
    shown = ", ".join(level for _, level in sorted(new)[:SHOWN])
    return shown + (f" and {len(new) - SHOWN} more" if len(new) > SHOWN else "")
