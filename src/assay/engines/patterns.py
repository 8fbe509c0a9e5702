"""Texts that look like personal data, counted by the engine: no text leaves it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.where import filtered
from assay.evidence.patterns import PATTERNS, ColumnPatterns, Patterns
from assay.evidence.request import PatternsRequest

if TYPE_CHECKING:
    import narwhals as nw


def count_patterns(request: PatternsRequest, dataset: Dataset) -> Patterns:
    """Rows by what their texts look like, each column by itself."""
    frame = filtered(dataset, dataset.frame(), request.where)
    columns = []
    for name in request.columns:
        ((texts, *found, any_kind),) = dataset.fetch(frame.select(**_counts(dataset.code(name))))
        columns.append(ColumnPatterns(name, texts or 0, tuple(n or 0 for n in found), any_kind or 0))
    return Patterns(tuple(columns))


def _counts(code: str) -> dict[str, nw.Expr]:
    import narwhals as nw

    looks = [nw.col(code).str.contains(pattern) for pattern in PATTERNS.values()]
    asked = {"texts": ~nw.col(code).is_null(), **{f"p{at}": each for at, each in enumerate(looks)}}
    asked["any_kind"] = reduce(or_, looks)
    return {name: nw.when(holds).then(nw.col(PEOPLE)).otherwise(nw.lit(0)).sum() for name, holds in asked.items()}
