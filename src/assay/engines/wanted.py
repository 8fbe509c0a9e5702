"""Which columns of each dataset the requests need, and where the manifest names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.engines.score import needs_score
from assay.engines.where import condition_columns
from assay.evidence.request import (
    DECISION,
    GROUP,
    LABEL,
    CellsRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
)
from assay.record.artefact import Role
from assay.record.condition import Condition
from assay.subject.subject import Subject

Loc = tuple[str | int, ...]


def wanted_columns(requests: Sequence[Request], subject: Subject) -> dict[Role, dict[str, str]]:
    """Per dataset: column → `model.yaml:40:22`, or the dataset's own place for columns that only a policy names."""
    places: dict[Role, dict[str, str]] = {role: {} for role in subject.manifest.data}
    for request in requests:
        for role, name, loc in _named(request, subject):
            place = subject.place(*loc) if loc else subject.source.name
            if loc or name not in places.setdefault(role, {}):
                places.setdefault(role, {})[name] = place
    return places


def _named(request: Request, subject: Subject) -> Iterator[tuple[Role, str, Loc]]:
    columns = subject.manifest.columns
    match request:
        case CellsRequest(data=data, where=where) | ScoresRequest(data=data, where=where):
            named = [*_meanings(request, subject), *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
            roles: tuple[Role | None, ...] = (data,)
        case ProfileRequest(data=data, against=against, where=where):
            roles = (data, against)
            for role in (data, against):
                if role is not None:
                    yield from ((role, name, loc) for name, loc in _listed(request.columns, subject))
                    yield from ((role, name, loc) for name, loc in _filter(where))
        case SharedRowsRequest(data=data, against=against):
            roles = (data, against)
            for role in (data, against):
                yield from ((role, name, loc) for name, loc in _listed(request.columns, subject))
        case RowsRequest(data=data, background=background, where=where):
            roles = (data, background)
            yield from ((data, name, loc) for name, loc in [*_features(subject), *_filter(where)])
            yield from ((background, name, loc) for name, loc in _features(subject))
        case _:
            roles = ()
    if columns is not None:
        for key in ("count", "weight", "entity"):
            name = getattr(columns, key)
            if name is not None:
                yield from ((role, name, ("columns", key)) for role in roles if role is not None)


def _meanings(request: CellsRequest | ScoresRequest, subject: Subject) -> Iterator[tuple[str, Loc]]:
    """Columns behind the keys of cells, or behind events and scores."""
    columns = subject.manifest.columns
    if columns is None:
        return
    keys = request.keys if isinstance(request, CellsRequest) else (LABEL,)
    if LABEL in keys and columns.label is not None:
        yield columns.label.column, ("columns", "label", "column")
    if DECISION in keys and columns.decision is not None and columns.decision.column is not None:
        yield columns.decision.column, ("columns", "decision", "column")
    if needs_score(request, subject.manifest) and columns.score is not None:
        if columns.score.column is not None:
            yield columns.score.column, ("columns", "score", "column")
        else:
            yield from _features(subject)
    for name, group in columns.groups.items():
        if GROUP + name in keys:
            yield group.column, ("columns", "groups", name, "column")


def _features(subject: Subject) -> Iterator[tuple[str, Loc]]:
    for place, feature in enumerate(subject.manifest.features or ()):
        yield feature.name, ("features", place, "name")


def _listed(names: tuple[str, ...], subject: Subject) -> Iterator[tuple[str, Loc]]:
    """Columns that a policy names, or that are features."""
    places = dict(_features(subject))
    yield from ((name, places.get(name, ())) for name in names)


def _filter(where: Condition | None) -> Iterator[tuple[str, Loc]]:
    yield from ((name, ()) for name in sorted(condition_columns(where)))
