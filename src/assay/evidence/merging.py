"""Fewer requests that answer all: what the plan of an audit is made of."""

from __future__ import annotations

from assay.evidence.request import (
    CellsRequest,
    DistributionsRequest,
    FlipsRequest,
    GroupScoresRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
)


def merge(requests: list[Request]) -> list[Request]:
    """Fewer requests that answer all of `requests`.

    Cells by keys that all stand in another request of the same data and filter are left to that one; profiles of the
    same data, filter and bins, and distributions of the same data and filter, become one over the union of the columns;
    row samples of the same data become the largest one, flips of one sample become one over the union of the inputs;
    scores of the same data and filter are exact, and scores by group labelled, where one request asks for it.
    """
    cells: dict[tuple[object, ...], dict[frozenset[str], None]] = {}
    exact = {(r.data, r.where) for r in requests if isinstance(r, ScoresRequest) and r.exact}
    labelled = {(r.data, r.grouping, r.where) for r in requests if isinstance(r, GroupScoresRequest) and r.labelled}
    profiles: dict[tuple[object, ...], set[str]] = {}
    distributions: dict[tuple[object, ...], set[str]] = {}
    rows: dict[tuple[object, ...], int] = {}
    changed: dict[tuple[object, ...], set[str]] = {}
    others: dict[Request, None] = {}
    for request in requests:
        match request:
            case CellsRequest(data, keys, where):
                cells.setdefault((data, where), {})[frozenset(keys)] = None
            case ScoresRequest(data, where):
                others[ScoresRequest(data, where, (data, where) in exact)] = None
            case GroupScoresRequest(data, grouping, where):
                others[GroupScoresRequest(data, grouping, where, (data, grouping, where) in labelled)] = None
            case ProfileRequest(data, columns, against, bins, where):
                profiles.setdefault((data, against, bins, where), set()).update(columns)
            case DistributionsRequest(data, against, columns, where):
                distributions.setdefault((data, against, where), set()).update(columns)
            case RowsRequest(data, size, background, background_size, where):
                key = (data, background, background_size, where)
                rows[key] = max(rows.get(key, 0), size)
            case FlipsRequest(data, change, size, where):
                changed.setdefault((data, size, where), set()).update(change)
            case _:
                others[request] = None
    merged: list[Request] = [
        CellsRequest(d, tuple(sorted(keys)), w)  # type: ignore[arg-type]
        for (d, w), sets in cells.items()
        for keys in sets
        if not any(keys < other for other in sets)
    ]
    merged += [ProfileRequest(d, tuple(sorted(cs)), a, b, w) for (d, a, b, w), cs in profiles.items()]  # type: ignore[arg-type]
    merged += [DistributionsRequest(d, a, tuple(sorted(cs)), w) for (d, a, w), cs in distributions.items()]  # type: ignore[arg-type]
    merged += [RowsRequest(d, size, b, k, w) for (d, b, k, w), size in rows.items()]  # type: ignore[arg-type]
    merged += [FlipsRequest(d, tuple(sorted(names)), size, w) for (d, size, w), names in changed.items()]  # type: ignore[arg-type]
    return merged + list(others)


def covers(merged: Request, asked: Request) -> bool:
    """Whether the value of `merged` answers `asked`."""
    match merged, asked:
        case CellsRequest(d1, k1, w1), CellsRequest(d2, k2, w2):
            return (d1, w1) == (d2, w2) and set(k2) <= set(k1)
        case ScoresRequest(d1, w1, e1), ScoresRequest(d2, w2, e2):
            return (d1, w1) == (d2, w2) and e1 >= e2
        case GroupScoresRequest(d1, g1, w1, l1), GroupScoresRequest(d2, g2, w2, l2):
            return (d1, g1, w1) == (d2, g2, w2) and l1 >= l2
        case ProfileRequest(d1, c1, a1, b1, w1), ProfileRequest(d2, c2, a2, b2, w2):
            return (d1, a1, b1, w1) == (d2, a2, b2, w2) and set(c2) <= set(c1)
        case DistributionsRequest(d1, a1, c1, w1), DistributionsRequest(d2, a2, c2, w2):
            return (d1, a1, w1) == (d2, a2, w2) and set(c2) <= set(c1)
        case RowsRequest(d1, s1, b1, k1, w1), RowsRequest(d2, s2, b2, k2, w2):
            return (d1, b1, k1, w1) == (d2, b2, k2, w2) and s1 >= s2
        case FlipsRequest(d1, c1, s1, w1), FlipsRequest(d2, c2, s2, w2):
            return (d1, s1, w1) == (d2, s2, w2) and set(c2) <= set(c1)
        case _:
            return merged == asked
