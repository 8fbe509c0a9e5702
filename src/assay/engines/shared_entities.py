"""Entities that stand in two datasets, counted by their codes; nothing but counts leaves the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.engines.dataset import Dataset
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.request import SharedEntitiesRequest
from assay.evidence.shared_entities import Named, SharedEntities
from assay.record.columns import Columns

if TYPE_CHECKING:
    import narwhals as nw


def count_shared_entities(
    request: SharedEntitiesRequest, dataset: Dataset, against: Dataset, columns: Columns
) -> SharedEntities:
    """How many entities of `columns.entity` both datasets hold. A missing entity is nobody: it equals no other.

    `where` leaves out rows of `data` alone: a filter of both could hide every entity that they share.
    """
    import narwhals as nw

    if columns.entity is None:
        raise DataError("the manifest does not say whom a row is about", hint="Declare columns.entity.")
    kept = ((dataset, filtered(dataset, dataset.frame(), request.where)), (against, against.frame()))
    frames = [frame.select(of=nw.col(each.code(columns.entity))) for each, frame in kept]
    (own, entities), (other, others) = (_entities(frame) for frame in frames)
    shared = entities.join(others.select("of"), on="of", how="semi")
    counts = [dataset.fetch(_counted(each))[0] for each in (entities, shared)] + [against.fetch(_counted(others))[0]]
    rows = [each.fetch(frame.select(n=nw.len()))[0][0] for each, frame in ((dataset, own), (against, other))]
    (all_own, named_own), (both, both_rows), (all_other, named_other) = ((int(a), int(b or 0)) for a, b in counts)
    return SharedEntities(
        Named(int(rows[0]), int(rows[0]) - named_own, all_own),
        Named(int(rows[1]), int(rows[1]) - named_other, all_other),
        both,
        both_rows,
    )


def _entities(frame: nw.LazyFrame[Any]) -> tuple[nw.LazyFrame[Any], nw.LazyFrame[Any]]:
    """The rows, and the different entities with the number of their rows."""
    import narwhals as nw

    return frame, frame.filter(~nw.col("of").is_null()).group_by("of").agg(rows=nw.len())


def _counted(entities: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    import narwhals as nw

    return entities.select(n=nw.len(), rows=nw.col("rows").sum())
