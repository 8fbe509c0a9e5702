"""Which columns of each dataset the requests need, and where the manifest names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.engines.score import needs_score
from assay.engines.where import condition_columns
from assay.evidence.keys import (
    CANDIDATE,
    CHAMPION,
    CLASS_DECISION,
    CLASS_LABEL,
    DECISION,
    GRADE,
    GROUP,
    LABEL,
    OUTCOME,
    PERIODS,
    PREVIOUS_GRADE,
    QUERY,
    grouping_keys,
)
from assay.evidence.request import (
    CellsRequest,
    CodeBookRequest,
    CorrelationsRequest,
    DaysRequest,
    DistributionsRequest,
    DomainRequest,
    DuplicatesRequest,
    FlipsRequest,
    GroupScoresRequest,
    MomentsRequest,
    NeighboursRequest,
    PairedScoresRequest,
    PatternsRequest,
    ProfileRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    ResidualsRequest,
    RetrainedRequest,
    RowsRequest,
    ScoresRequest,
    SharedEntitiesRequest,
    SharedRowsRequest,
    SlicesRequest,
    UncertainRequest,
)
from assay.record.artefact import Role
from assay.record.condition import Condition
from assay.record.manifest import Manifest
from assay.subject.subject import Subject

Loc = tuple[str | int, ...]
_Counting = CellsRequest | ScoresRequest | GroupScoresRequest | MomentsRequest | ResidualsRequest | PairedScoresRequest


def wanted_columns(requests: Sequence[Request], subject: Subject) -> dict[Role, dict[str, str]]:
    """Per dataset: column → `model.yaml:40:22`, or the dataset's own place for columns that only a policy names."""
    places: dict[Role, dict[str, str]] = {role: {} for role in subject.manifest.data}
    for request in requests:
        for role, name, loc in _named(request, subject.manifest):
            place = subject.place(*loc) if loc else subject.source.name
            if loc or name not in places.setdefault(role, {}):
                places.setdefault(role, {})[name] = place
    return places


def columns_read(requests: Sequence[Request], manifest: Manifest) -> dict[Role, tuple[str, ...]]:
    """Per dataset the columns that these requests read, in the order of the alphabet; a dataset may need none."""
    found: dict[Role, set[str]] = {}
    for request in requests:
        for role in roles_of(request):
            found.setdefault(role, set())
        for role, name, _ in _named(request, manifest):
            found.setdefault(role, set()).add(name)
    return {role: tuple(sorted(names)) for role, names in found.items()}


def roles_of(request: Request) -> tuple[Role, ...]:
    """The datasets that a request reads."""
    named = (getattr(request, part, None) for part in ("data", "against", "background"))
    return tuple(role for role in named if role is not None)


def _named(request: Request, manifest: Manifest) -> Iterator[tuple[Role, str, Loc]]:
    columns = manifest.columns
    match request:
        case (
            CellsRequest(data=data, where=where)
            | ScoresRequest(data=data, where=where)
            | GroupScoresRequest(data=data, where=where)
            | MomentsRequest(data=data, where=where)
            | ResidualsRequest(data=data, where=where)
            | PairedScoresRequest(data=data, where=where)
        ):
            named = [*_meanings(request, manifest), *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
        case ProfileRequest(data=data, against=against, where=where):
            for role in (data, against):
                if role is not None:
                    yield from ((role, name, loc) for name, loc in _listed(request.columns, manifest))
                    yield from ((role, name, loc) for name, loc in _filter(where))
        case (
            DistributionsRequest(data=data, against=against, columns=names, where=where)
            | DomainRequest(data=data, against=against, features=names, where=where)
        ):
            for role in (data, against):
                yield from ((role, name, loc) for name, loc in [*_listed(names, manifest), *_filter(where)])
        case CodeBookRequest(data=data, where=where):
            yield from ((data, name, loc) for name, loc in [*_features(manifest), *_filter(where)])
        case SharedEntitiesRequest(data=data, where=where):  # whose column is named below
            yield from ((data, name, loc) for name, loc in _filter(where))
        case DaysRequest(data=data, against=against, where=where):
            time = columns.time if columns is not None else None
            dated: list[tuple[str, Loc]] = [(time, ("columns", "time"))] if time is not None else []
            yield from ((data, name, loc) for name, loc in [*dated, *_filter(where)])
            yield from ((against, name, loc) for name, loc in dated)
        case SharedRowsRequest(data=data, against=against, where=where):
            yield from ((data, name, loc) for name, loc in [*_listed(request.columns, manifest), *_filter(where)])
            yield from ((against, name, loc) for name, loc in _listed(request.columns, manifest))
        case RowsRequest(data=data, background=background, where=where):
            yield from ((data, name, loc) for name, loc in [*_features(manifest), *_filter(where)])
            yield from ((background, name, loc) for name, loc in _features(manifest))
        case DuplicatesRequest(data=data, columns=names, labelled=labelled, where=where):
            label = _meanings(ScoresRequest(data), manifest) if labelled else ()
            named = [*_listed(names, manifest), *(each for each in label if each[1][1] == "label"), *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
        case (
            PatternsRequest(data=data, columns=names, where=where)
            | CorrelationsRequest(data=data, columns=names, where=where)
        ):
            yield from ((data, name, loc) for name, loc in [*_listed(names, manifest), *_filter(where)])
        case SlicesRequest(data=data, features=names, of="squares", where=where):
            named = [*_listed(names, manifest), *_meanings(ScoresRequest(data), manifest), *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
        case SlicesRequest(features=names, where=where) | RegionsRequest(features=names, where=where):
            for role in roles_of(request):
                judged = _meanings(CellsRequest(role, (LABEL, DECISION)), manifest)
                named = [*_listed(names, manifest), *judged, *_filter(where)]
                yield from ((role, name, loc) for name, loc in named)
        case RepeatsRequest(data=data, where=where):
            score = columns.score.column if columns is not None and columns.score is not None else None
            kept = [(score, ("columns", "score", "column"))] if score is not None else []
            yield from ((data, name, loc) for name, loc in [*_features(manifest), *kept, *_filter(where)])
        case FlipsRequest(data=data, where=where) | RetrainedRequest(data=data, where=where):
            yield from ((data, name, loc) for name, loc in [*_features(manifest), *_filter(where)])
        case UncertainRequest(data=data, attribute=attribute, where=where):
            decided = _meanings(CellsRequest(data, (DECISION,)), manifest)
            named = [*_probabilities(attribute, manifest), *decided, *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
        case NeighboursRequest(data=data, features=features, where=where):
            decided = _meanings(CellsRequest(data, (DECISION,)), manifest)
            named = [*_listed(features, manifest), *decided, *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
        case ProxiesRequest(data=data, features=features, groupings=groupings, where=where):
            grouped = _meanings(CellsRequest(data, tuple(GROUP + each for each in groupings)), manifest)
            named = [*_listed(features, manifest), *grouped, *_filter(where)]
            yield from ((data, name, loc) for name, loc in named)
    if columns is not None:
        for key in ("count", "weight", "entity"):
            name = getattr(columns, key)
            if name is not None:
                yield from ((role, name, ("columns", key)) for role in roles_of(request))


def _meanings(request: _Counting, manifest: Manifest) -> Iterator[tuple[str, Loc]]:
    """Columns behind the keys of cells, or behind events and scores."""
    columns = manifest.columns
    if columns is None:
        return
    keys = _keys(request)
    if {LABEL, CLASS_LABEL, GROUP + OUTCOME} & set(keys) and columns.label is not None:
        yield columns.label.column, ("columns", "label", "column")
    decided = DECISION in keys or CLASS_DECISION in keys
    if decided and columns.decision is not None and columns.decision.column is not None:
        yield columns.decision.column, ("columns", "decision", "column")
    if QUERY in keys and columns.query is not None:
        yield columns.query, ("columns", "query")
    if needs_score(request, manifest) and columns.score is not None:
        if columns.score.column is not None:
            yield columns.score.column, ("columns", "score", "column")
        else:
            yield from _features(manifest)
    champion = columns.champion
    if isinstance(request, PairedScoresRequest) and champion is not None and champion.score is not None:
        yield champion.score, ("columns", "champion", "score")
    if CHAMPION in keys:
        yield from _champion_decision(manifest)
    for kind, attributes in (("groups", columns.groups), ("strata", columns.strata)):
        for name, group in attributes.items():
            if GROUP + name in keys and group.column is not None:
                yield group.column, ("columns", kind, name, "column")
    if GROUP + GRADE in keys and columns.grade is not None:
        yield columns.grade.column, ("columns", "grade", "column")
    if GROUP + PREVIOUS_GRADE in keys and columns.previous_grade is not None:
        yield columns.previous_grade, ("columns", "previous_grade")
    if columns.time is not None and any(GROUP + period in keys for period in PERIODS):
        yield columns.time, ("columns", "time")
    for name, declared in columns.candidates.items():
        if CANDIDATE + name in keys and declared.column is not None:
            yield declared.column, ("columns", "candidates", name, "column")


def _champion_decision(manifest: Manifest) -> Iterator[tuple[str, Loc]]:
    champion = manifest.columns.champion if manifest.columns else None
    if champion is None or champion.decision is None:
        return
    if champion.decision.column is not None:
        yield champion.decision.column, ("columns", "champion", "decision", "column")
    elif champion.score is not None:
        yield champion.score, ("columns", "champion", "score")


def _probabilities(attribute: str, manifest: Manifest) -> Iterator[tuple[str, Loc]]:
    declared = manifest.columns.groups.get(attribute) if manifest.columns else None
    for group, column in ((declared.probabilities if declared else None) or {}).items():
        yield column, ("columns", "groups", attribute, "probabilities", group)


def _keys(request: _Counting) -> tuple[str, ...]:
    """What is counted by, or needed beside the score."""
    match request:
        case CellsRequest(keys=keys):
            return keys
        case GroupScoresRequest(grouping=grouping, labelled=labelled):
            return (*grouping_keys(grouping), *((LABEL,) if labelled else ()))
        case MomentsRequest(grouping=grouping, of=of):
            beside = {"score": (), "exposure": (QUERY,)}.get(of, (LABEL,))
            return (*grouping_keys(grouping), *beside)
    return (LABEL,)


def _features(manifest: Manifest) -> Iterator[tuple[str, Loc]]:
    for place, feature in enumerate(manifest.features or ()):
        yield feature.name, ("features", place, "name")


def _listed(names: tuple[str, ...], manifest: Manifest) -> Iterator[tuple[str, Loc]]:
    """Columns that a policy names, or that are features."""
    places = dict(_features(manifest))
    yield from ((name, places.get(name, ())) for name in names)


def _filter(where: Condition | None) -> Iterator[tuple[str, Loc]]:
    yield from ((name, ()) for name in sorted(condition_columns(where)))
