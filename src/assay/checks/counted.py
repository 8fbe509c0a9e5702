"""Rates counted from cells, with what a rate is worth where people have weights or stand in several rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from assay.evidence.cells import Cells, Level
from assay.evidence.keys import ENTITY
from assay.record.estimate import DesignRate
from assay.stats.design import clustered_rate, weighted_rate
from assay.stats.groups import GroupCounts

Levels = Sequence[Level]
Chosen = Callable[[Levels], bool]
"""Whether the people of a cell are among those, by its levels."""


def counted_rate(
    name: str, table: Cells, counts: Chosen, hits: Chosen, members: Sequence[int] | None = None
) -> GroupCounts:
    """How many of those who count are hits, among the people of the cells at these places, or of all cells.

    Cells by entity have it as their last key. Where all weights of those who count are 0, nobody counts.
    """
    places = range(len(table.rows)) if members is None else members
    counted = [at for at in places if counts(table.rows[at])]
    hit = {at for at in counted if hits(table.rows[at])}
    rows = sum(table.counts[at] for at in places) if members is not None else sum(table.counts[at] for at in counted)
    people = sum(table.counts[at] for at in counted)
    if not people or (table.weights is not None and not any(table.weights[at] for at in counted)):
        return GroupCounts(name, 0, 0, rows)
    weights = None
    if table.weights is not None:
        weights = _sum(table.weights, hit), _sum(table.weights, counted)
    design = _design(counted, hit, table, people)
    return GroupCounts(name, sum(table.counts[at] for at in hit), people, rows, design, weights)


def _design(counted: Sequence[int], hits: set[int], table: Cells, people: int) -> DesignRate | None:
    amounts = table.counts if table.weights is None else table.weights
    if ENTITY in table.keys:
        entities: dict[Level, list[int]] = {}
        for at in counted:
            entities.setdefault(table.rows[at][-1], []).append(at)
        sums = [(_sum(amounts, hits.intersection(own)), _sum(amounts, own)) for own in entities.values()]
        return clustered_rate(sums, people, weighted=table.weights is not None)
    if table.weights is None or table.squares is None:
        return None
    part, whole = ((_sum(table.weights, cells), _sum(table.squares, cells)) for cells in (hits, counted))
    return weighted_rate(part, whole, people)


def _sum(amounts: Sequence[float], places: Iterable[int]) -> float:
    """Rounded once, so that the order of the cells does not matter."""
    return math.fsum(amounts[at] for at in places)
