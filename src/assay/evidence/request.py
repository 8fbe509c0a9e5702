"""What a check asks for, before anything is read. Requests are frozen and hashable, so that a plan can merge them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from assay.evidence.table import seen
from assay.record.artefact import Role
from assay.record.condition import Condition

GROUP = "group:"
LABEL = "label"
DECISION = "decision"
CLASS_LABEL, CLASS_DECISION = "class:label", "class:decision"
"""The label and the decision as they stand in the data, where there are more than two levels."""
ABOVE_MEDIAN, FROM_MEDIAN = "above median", "from median"
"""Whether the score lies above the median of all rows that meet the filter, on its favourable side; or at it or above.
"""
CANDIDATE = "candidate:"
"""What another model, declared under `columns.candidates`, decides for the same people."""
ENTITY = "entity"
"""Which random group the person of a row fell into: "000" to "399". Cells by it carry the spread between people."""


QUERY = "query"
"""Which random group the ranked list of a row fell into: "00" to "ff". Exposure by it carries the spread of lists."""


def grouping_keys(grouping: str) -> tuple[str, ...]:
    """The cell keys of a grouping: `sex*age_band` → `("group:sex", "group:age_band")`."""
    return tuple(GROUP + name for name in grouping.split("*"))


@dataclass(frozen=True, slots=True)
class CellsRequest:
    """Counts of rows by `keys`: any of "label", "decision", "entity", "group:<name>" (an attribute or a stratum),
    "candidate:<name>", "class:label", "class:decision", "above median" and "from median".
    """

    data: Role
    keys: tuple[str, ...]
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class ScoresRequest:
    """Events and non-events by score. The event is what a higher score speaks for."""

    data: Role
    where: Condition | None = None
    exact: bool = False
    """What depends on ranks is exact, even where there are more scores than are fetched."""


Quantity = Literal["score", "residual", "absolute_residual", "exposure"]
"""A number of a row: its score; its label less the score; the size of that; or 1/log2(1 + its place in the ranked list
of those with the same `columns.query`, the favourable end first), of which ties share the mean."""


@dataclass(frozen=True, slots=True)
class MomentsRequest:
    """Sums of powers of a number, by the groups of a grouping: what means and their errors are made of."""

    data: Role
    grouping: str
    of: Quantity
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class GroupScoresRequest:
    """People by score and by the groups of one grouping, such as "sex" or "sex*age_band"."""

    data: Role
    grouping: str
    where: Condition | None = None
    labelled: bool = True
    """They are told apart by event; else all who have a score count alike, and no label is read."""


@dataclass(frozen=True, slots=True)
class ProfileRequest:
    """Per column: missing, distinct, range, and counts in bins; `against` is counted in the same bins."""

    data: Role
    columns: tuple[str, ...]
    against: Role | None = None
    bins: int = 10
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class SharedRowsRequest:
    """How many rows of `data` stand in `against` too, by the values of `columns`."""

    data: Role
    against: Role
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """A seeded row sample with the model's inputs, and the model's attributions for it."""

    data: Role
    size: int
    background: Role = "train"
    background_size: int = 100
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class FlipsRequest:
    """Decisions of sampled people by a cut of the model's score, as they are and with another value of an input."""

    data: Role
    change: tuple[str, ...]
    """Inputs that are changed, one at a time, to every other value that the data hold."""
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class NeighboursRequest:
    """Decisions of half of the sampled people beside those of the k most alike of the other half."""

    data: Role
    features: tuple[str, ...]
    """Inputs by which people are alike."""
    k: int
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class ProxiesRequest:
    """Groups of sampled people told from inputs, one by one and all together, by models that have not seen them."""

    data: Role
    features: tuple[str, ...]
    groupings: tuple[str, ...]
    """Attributes of the manifest."""
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class UncertainRequest:
    """People by the probability of belonging to each group of an attribute, and by decision."""

    data: Role
    attribute: str
    """Of the manifest, with `probabilities`."""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class PapersRequest:
    """The documents of the manifest and the digests of everything it names."""


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """What the ledger knows of earlier audits of this model and this test set, and of the policies applied."""


Request = (
    CellsRequest
    | ScoresRequest
    | GroupScoresRequest
    | MomentsRequest
    | ProfileRequest
    | SharedRowsRequest
    | RowsRequest
    | FlipsRequest
    | NeighboursRequest
    | ProxiesRequest
    | UncertainRequest
    | PapersRequest
    | HistoryRequest
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a check needs: requests, and what the manifest lacks to meet them."""

    requests: tuple[Request, ...]
    missing: tuple[str, ...] = ()


def merge(requests: list[Request]) -> list[Request]:
    """Fewer requests that answer all of `requests`.

    Cells by keys that all stand in another request of the same data and filter are left to that one; profiles of the
    same data, filter and bins become one over the union of the columns; row samples of the same data become the largest
    one, flips of one sample become one over the union of the inputs; scores of the same data and filter are exact, and
    scores by group labelled, where one request asks for it.
    """
    cells: dict[tuple[object, ...], dict[frozenset[str], None]] = {}
    exact = {(r.data, r.where) for r in requests if isinstance(r, ScoresRequest) and r.exact}
    labelled = {(r.data, r.grouping, r.where) for r in requests if isinstance(r, GroupScoresRequest) and r.labelled}
    profiles: dict[tuple[object, ...], set[str]] = {}
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
        case RowsRequest(d1, s1, b1, k1, w1), RowsRequest(d2, s2, b2, k2, w2):
            return (d1, b1, k1, w1) == (d2, b2, k2, w2) and s1 >= s2
        case FlipsRequest(d1, c1, s1, w1), FlipsRequest(d2, c2, s2, w2):
            return (d1, s1, w1) == (d2, s2, w2) and set(c2) <= set(c1)
        case _:
            return merged == asked


def told(request: Request) -> str:
    """What the request's table answers, as the record says it: `profile of test against train in 10 bins where {…}`.

    Cells by other keys, and requests that may be merged, say the same; which keys or columns were counted, the table
    itself says. Any two others say different things.
    """
    match request:
        case CellsRequest(data, _, where):
            return f"cells of {data}{_filter(where)}"
        case ScoresRequest(data, where):
            return f"scores of {data}{_filter(where)}"
        case GroupScoresRequest(data, grouping, where):
            return f"scores of {data} by {seen(grouping)}{_filter(where)}"
        case MomentsRequest(data, grouping, of, where):
            return f"moments of the {of.replace('_', ' ')} of {data} by {seen(grouping)}{_filter(where)}"
        case ProfileRequest(data, _, against, bins, where):
            beside = f" against {against}" if against else ""
            return f"profile of {data}{beside} in {bins} bins{_filter(where)}"
        case SharedRowsRequest(data, against, _):
            return f"rows of {data} that stand in {against}"
        case RowsRequest(data, _, background, size, where):
            return f"attributions of rows of {data} with {size} rows of {background}{_filter(where)}"
        case FlipsRequest(data, _, size, where):
            return f"flips of {size} rows of {data}{_filter(where)}"
        case NeighboursRequest(data, _, k, size, where):
            return f"{k} nearest neighbours in {size} rows of {data}{_filter(where)}"
        case ProxiesRequest(data, _, _, size, where):
            return f"groups told from inputs in {size} rows of {data}{_filter(where)}"
        case UncertainRequest(data, attribute, where):
            return f"probabilities of {seen(attribute)} in {data}{_filter(where)}"
        case PapersRequest():
            return "papers"
        case HistoryRequest():
            return "history"


def filter_told(where: Condition) -> str:
    """A condition as JSON, keys sorted; 1.0 is written 1, as in the record."""
    plain = _plain(where.model_dump(mode="json", by_alias=True, exclude_none=True))
    return seen(json.dumps(plain, sort_keys=True, ensure_ascii=False))


def _filter(where: Condition | None) -> str:
    return "" if where is None else f" where {filter_told(where)}"


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
