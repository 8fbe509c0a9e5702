"""Cells: one group-by, written as narwhals expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.levels import Group, cut, group, two_levels
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.cells import Cells, Level
from assay.evidence.request import DECISION, GROUP, LABEL, CellsRequest
from assay.record.columns import Columns, Favourable

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_CELLS = 200_000


def measure_cells(request: CellsRequest, dataset: Dataset, columns: Columns) -> Cells:
    """Counts of people by the levels of the request's keys.

    Raises DataError for levels outside the declared ones, for an attribute of more than 500 groups and for more than
    200,000 cells.
    """
    import narwhals as nw

    keys = [_key(key, dataset, columns) for key in request.keys]
    named = {f"k{place}": key.expression for place, key in enumerate(keys)}
    frame = filtered(dataset, dataset.frame(), request.where).with_columns(**named)
    people = nw.col(PEOPLE).sum().cast(nw.Int64)
    summed = frame.group_by(*named).agg(n=people).select(*named, "n") if named else frame.select(n=people)
    sums: dict[tuple[Level, ...], int] = {}
    for *raw, n in at_most(MAXIMUM_CELLS, summed, dataset, "cells"):
        levels = tuple(key.level(value) for key, value in zip(keys, raw, strict=True))
        sums[levels] = sums.get(levels, 0) + (n or 0)
    kept = {levels: n for levels, n in sums.items() if n}
    return Cells(request.keys, tuple(kept), tuple(kept.values())).over(request.keys)


def _key(key: str, dataset: Dataset, columns: Columns) -> Group:
    if key == LABEL and columns.label is not None:
        of = columns.score.of if columns.score else None
        return Group(two_levels(dataset, columns.label, LABEL, of).expression(), _as_it_is)
    if key == DECISION and columns.decision is not None:
        favourable = columns.decision.favourable
        if isinstance(favourable, Favourable):
            return Group(cut(favourable), _as_it_is)
        return Group(two_levels(dataset, columns.decision, DECISION, None).expression(), _as_it_is)
    name = key.removeprefix(GROUP)
    if key.startswith(GROUP) and name in columns.groups:
        return group(dataset, columns.groups[name], columns)
    raise DataError(f"the manifest does not declare {key.replace(':', ' ')}", hint="Declare it under `columns`.")


def _as_it_is(level: Any) -> Level:
    return None if level is None else str(level)


def at_most(most: int, frame: nw.LazyFrame[Any], dataset: Dataset, what: str) -> list[tuple[Any, ...]]:
    """All rows of a frame that has no more of them; DataError beyond."""
    rows = dataset.fetch(frame.head(most + 1))
    if len(rows) > most:
        raise DataError(
            f"{dataset.told} has more than {most:,} {what}",
            where=dataset.told,
            hint="Use groups with fewer levels, or round the score; a column of names or ids is no group.",
        )
    return rows
