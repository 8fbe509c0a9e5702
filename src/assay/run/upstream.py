"""Models that read each other: how the gates of those upstream stand, and circles."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from assay.record.inventory import Entry, Upstream

MOST_CYCLES = 100


def with_upstream(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, each upstream model with the state of the one that the inventory holds."""
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        by_id.setdefault(entry.id, []).append(entry)
    return tuple(
        entry.model_copy(update={"upstream": tuple(_known(one, by_id.get(one.id, [])) for one in entry.upstream)})
        if entry.upstream
        else entry
        for entry in entries
    )


def _known(one: Upstream, candidates: Sequence[Entry]) -> Upstream:
    """The worst that a candidate is; a version that is named has to be that one."""
    versions = [entry for entry in candidates if one.version in (None, entry.version)]
    if not versions:
        return one.model_copy(update={"state": "not here"})
    gates = {entry.audit.gate if entry.audit else "not audited" for entry in versions}
    state = next(state for state in ("closed", "not audited", "open") if state in gates)
    return one.model_copy(update={"state": state})


def cycles(entries: Sequence[Entry]) -> tuple[tuple[str, ...], ...]:
    """Ids that read each other in a circle, each circle once, from its smallest id on; at most a hundred."""
    graph: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: entry.id):
        graph.setdefault(entry.id, []).extend(one.id for one in entry.upstream)
    found: list[tuple[str, ...]] = []
    while len(found) < MOST_CYCLES:
        try:
            TopologicalSorter({id_: sorted(set(read)) for id_, read in graph.items()}).prepare()
            break
        except CycleError as error:
            circle: list[str] = error.args[1][:0:-1]  # each one reads the next, the last one the first
            first = circle.index(min(circle))
            found.append(tuple(circle[first:] + circle[:first]))
            graph[circle[0]] = [id_ for id_ in graph[circle[0]] if id_ != circle[1 % len(circle)]]
    return tuple(sorted(found))
