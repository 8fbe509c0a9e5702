"""Cells and Scores: one group-by each, written as narwhals expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.engines.dataset import Dataset
from assay.engines.levels import SCORE, Group, cut, event_of, group, two_levels
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.request import DECISION, GROUP, LABEL, CellsRequest, ScoresRequest
from assay.evidence.value import Cells, Level, Scores
from assay.record.columns import Columns, Favourable

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_CELLS = 200_000
MAXIMUM_SCORES = 2_000_000
WEIGHT = "w"


def measure_cells(request: CellsRequest, dataset: Dataset, columns: Columns) -> Cells:
    """Counts of people by the levels of the request's keys.

    Raises DataError for levels outside the declared ones, for an attribute of more than 500 groups and for more than
    200,000 cells.
    """
    import narwhals as nw

    keys = [_key(key, dataset, columns) for key in request.keys]
    named = {f"k{place}": key.expression for place, key in enumerate(keys)}
    frame = filtered(dataset, dataset.frame(), request.where).with_columns(**named)
    people = nw.col(WEIGHT).sum().cast(nw.Int64)
    summed = frame.group_by(*named).agg(n=people).select(*named, "n") if named else frame.select(n=people)
    sums: dict[tuple[Level, ...], int] = {}
    for *raw, n in _at_most(MAXIMUM_CELLS, summed, dataset, "cells"):
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


def measure_scores(request: ScoresRequest, dataset: Dataset, columns: Columns) -> Scores:
    """People with and without the event at every distinct score.

    Raises DataError for more than 2,000,000 distinct scores.
    """
    import narwhals as nw
    import numpy as np

    event, name = event_of(dataset, columns)
    frame = filtered(dataset, dataset.frame(), request.where).with_columns(e=event)
    summed = frame.group_by(SCORE, "e").agg(n=nw.col(WEIGHT).sum().cast(nw.Int64)).select(SCORE, "e", "n")
    rows = [row for row in _at_most(MAXIMUM_SCORES, summed, dataset, "distinct scores") if row[2]]
    scored = [(score, e, n) for score, e, n in rows if score is not None]
    labelled = [row for row in scored if row[1] is not None]
    score, place = np.unique(np.array([row[0] for row in labelled], dtype=np.float64), return_inverse=True)
    counts = np.zeros((2, len(score)), dtype=np.int64)
    for column, (_, e, n) in zip(place.tolist(), labelled, strict=True):
        counts[e, column] += n
    return Scores(
        score=score,
        events=counts[1],
        nonevents=counts[0],
        unlabelled=sum(n for _, e, n in scored if e is None),
        unscored=sum(n for score, _, n in rows if score is None),
        event=name,
        probability=columns.score is not None and columns.score.kind == "probability",
    )


def _at_most(most: int, frame: nw.LazyFrame[Any], dataset: Dataset, what: str) -> list[tuple[Any, ...]]:
    rows = dataset.database.fetch(frame.head(most + 1))
    if len(rows) > most:
        raise DataError(
            f"{dataset.told} has more than {most:,} {what}",
            where=dataset.told,
            hint="Use groups with fewer levels, or round the score; a column of names or ids is no group.",
        )
    return rows
