"""Rows with the same inputs, counted by the engine: no row leaves it."""

from __future__ import annotations

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.where import filtered
from assay.evidence.duplicates import Duplicates
from assay.evidence.request import DuplicatesRequest
from assay.record.columns import Columns


def count_duplicates(request: DuplicatesRequest, dataset: Dataset, columns: Columns) -> Duplicates:
    """Rows whose values are the same, compared as codes; a missing value equals a missing value."""
    keys = ", ".join(dataset.code(name) for name in request.columns)
    label = dataset.code(columns.label.column) if request.labelled and columns.label else "CAST(NULL AS VARCHAR(1))"
    kinds = (
        f"SELECT sum({PEOPLE}) AS n, count(DISTINCT {label}) AS labels, "
        f"sum(CASE WHEN {label} IS NULL THEN 0 ELSE {PEOPLE} END) AS labelled FROM {{rows}} GROUP BY {keys}"
    )
    counts = (
        "SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN n > 0 THEN 1 ELSE 0 END), 0), coalesce(sum(labelled), 0), "
        f"coalesce(sum(CASE WHEN labels > 1 THEN labelled ELSE 0 END), 0) FROM ({kinds}) AS kinds"
    )
    ((rows, different, known, conflicting),) = dataset.select(counts, filtered(dataset, dataset.frame(), request.where))
    return Duplicates(int(rows), int(different), int(known), int(conflicting), request.columns)
