"""Class balance: how rare the rarest outcome is."""

from __future__ import annotations

from pydantic import Field

from assay.checks.classes import Classes, levels_of
from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.keys import CLASS_LABEL, LABEL
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured


class Parameters(DataParameters):
    """Which rows, and which outcomes there are."""

    classes: Classes = Field(default=(), exclude_if=lambda classes: not classes)
    """Levels of the label, where there are more than two."""


def _request(p: Parameters) -> CellsRequest:
    return CellsRequest(p.data, (CLASS_LABEL if p.classes else LABEL,), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Rows by label."""
    missing = view.lacks(data=(p.data,), label=True)
    return Needs(() if missing else (_request(p),), missing)


@check("data.class_balance", version=1, estimates={"minority_share": "higher"}, honours=("weight", "entity"))
def class_balance(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """No outcome is so rare in the data that the model could hardly learn it, or the test hardly measure it.

    Method: the estimate `minority_share` is the number of rows with the rarest label over all rows that have one: a
        fact about the file, without sampling error. An outcome of which there is no row at all has the share 0. Where
        there are more than two outcomes, `classes` names all of them. Rows are counted, whatever weights or entities
        they have.
    Evidence: the number of rows of each label in the dataset `data`, of the rows that meet `where`. Rows without a
        label are counted and left out.
    Inconclusive when: no row has a label; a label occurs that `classes` does not name; too many rows have no label.
    Limits: how rare is too rare depends on the number of rows and on the model: a rare outcome can be learned from many
        rows. That an outcome is rare may be a fact of life and no defect of the data. It says nothing about the balance
        within groups.
    Source: none; the rows are counted.
    """
    table = evidence.cells(_request(p))
    known = {row[0]: n for row, n in zip(table.rows, table.counts, strict=True) if row[0] is not None}
    labelled = sum(known.values())
    unlabelled = (table.total - labelled) / table.total if table.total else None
    why = f"the {p.data} data have no rows" if not table.total else f"no row of the {p.data} data has a label"
    if not labelled:
        absent = Estimate(name="minority_share", undefined=why, undefined_as="evidence_missing")
        return Measured(estimates=(absent,), unlabelled=unlabelled)
    if stray := sorted(set(known) - set(levels_of(p.classes))):
        why = f"{stray[0]!r} occurs as a label, and `classes` does not name it"
        return Measured(estimates=(Estimate(name="minority_share", undefined=why, n=labelled),), unlabelled=unlabelled)
    counts = {level: known.get(level, 0) for level in levels_of(p.classes)}
    rarest = min(sorted(counts), key=lambda level: counts[level])
    estimate = Estimate(
        name="minority_share",
        of=rarest,
        value=counts[rarest] / labelled,
        n=labelled,
        numerator=counts[rarest],
        denominator=labelled,
        basis="exact",
        method="rows with the rarest label over all that have one",
    )
    return Measured(estimates=(estimate,), exhibits=(_table(counts, labelled),), unlabelled=unlabelled)


def _table(counts: dict[str, int], labelled: int) -> Exhibit:
    given = columns(("label", "Label", "text"), ("value", "Share", "rate"), ("rows", "Rows", "count"))
    ordered = sorted(counts, key=lambda level: (counts[level], level))
    rows = tuple((level, counts[level] / labelled, counts[level]) for level in ordered)
    return Exhibit(name="classes", title="Rows by label", columns=given, rows=rows, chart="bar")
