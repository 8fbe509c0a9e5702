"""Requests → values: on the engine that the options name, and one model worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from assay.engines.cache import Cache, open_cache
from assay.engines.cells import measure_cells
from assay.engines.engine import Engine
from assay.engines.group_scores import measure_group_scores
from assay.engines.moments import measure_moments
from assay.engines.options import EngineOptions
from assay.engines.papers import read_papers
from assay.engines.scans import scans
from assay.engines.score import asks_model, needs_score, require_probabilities, score_column
from assay.engines.scores import measure_scores
from assay.engines.uncertain import measure_uncertain
from assay.errors import DataError
from assay.evidence.request import (
    CellsRequest,
    FlipsRequest,
    GroupScoresRequest,
    HistoryRequest,
    MomentsRequest,
    NeighboursRequest,
    PapersRequest,
    ProfileRequest,
    ProxiesRequest,
    Request,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
    UncertainRequest,
)
from assay.evidence.value import Failed, Value
from assay.record.audit import Confinement
from assay.record.columns import Columns
from assay.subject.scorer import ModelFailure
from assay.subject.subject import Subject

Progress = Callable[[str, int, int], None]


def measure(
    requests: Sequence[Request],
    subject: Subject,
    *,
    seed: int,
    progress: Progress,
    options: EngineOptions | None = None,
    note: Callable[[str], None] = lambda told: None,  # noqa: ARG005
    confined: Callable[[Confinement], None] = lambda held: None,  # noqa: ARG005
) -> dict[Request, Value]:
    """The value of every request; progress is told as ("measure", done, total), notes on the cache to `note`.

    Each CSV file is read once, into memory or onto disk beyond the memory limit; of a Parquet file each request reads
    the columns it needs. Raises DataError for data and models that do not hold what the manifest says. A row sample
    whose model has no explainer is Unavailable; what a model that fails was needed for is Failed, the rest is measured.
    What held the model's process is told to `confined`.
    """
    values: dict[Request, Value] = {}
    options = options or EngineOptions()
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache(subject, seed, options, note))
        kept = {request: value for request in requests if (value := cache.find(request)) is not None}
        asked = [request for request in requests if request not in kept]
        engine = _engine(asked, subject, seed, options, stack, cache, progress)
        values.update(kept)
        # The model comes last: its process gets ready while the rest is counted.
        ordered = sorted(scans(asked, subject.manifest), key=lambda each: _needs_model(each[0], subject))
        for together in ordered:
            progress("measure", len(values), len(requests))
            measured = _values(together, engine, subject)
            for request, value in measured.items():
                cache.keep(request, value)
            values.update(measured)
        if any(_needs_model(request, subject) for request in requests):
            held = cache.confinement(engine.confinement)
            if held is not None:
                confined(held)
        progress("measure", len(requests), len(requests))
    return {request: values[request] for request in requests}


def _engine(
    requests: Sequence[Request],
    subject: Subject,
    seed: int,
    options: EngineOptions,
    stack: ExitStack,
    cache: Cache,
    progress: Progress,
) -> Engine:
    if options.spark or options.frames:
        from assay.engines.spark.engine import SparkEngine

        return SparkEngine(requests, subject, options, stack)
    from assay.engines.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(requests, subject, seed, options, stack, cache, progress)


def _values(together: Sequence[Request], engine: Engine, subject: Subject) -> dict[Request, Value]:
    """The values of requests that one scan answers."""
    cells = [request for request in together if isinstance(request, CellsRequest)]
    if not cells:
        return {request: _value(request, engine, subject) for request in together}
    values: dict[Request, Value] = {}
    by_score, scored = [request for request in cells if needs_score(request, subject.manifest)], None
    if by_score:
        try:
            scored = engine.scored(cells[0].data)
        except ModelFailure as failure:
            values = dict.fromkeys(by_score, Failed(failure.what))
            cells = [request for request in cells if request not in values]
    if cells:
        values.update(measure_cells(cells, engine.dataset(cells[0].data), _columns(subject), scored).items())
    return values


def _needs_model(request: Request, subject: Subject) -> bool:
    return asks_model(request, subject.manifest)


def _value(request: Request, engine: Engine, subject: Subject) -> Value:
    try:
        return _measured(request, engine, subject)
    except ModelFailure as failure:
        return Failed(failure.what)


def _measured(request: Request, engine: Engine, subject: Subject) -> Value:
    match request:
        case PapersRequest():
            return read_papers(subject)
        case ScoresRequest(data=data):
            require_probabilities(engine.scored(data), score_column(subject.manifest))
            return measure_scores(request, engine.scored(data), _columns(subject))
        case GroupScoresRequest(data=data):
            require_probabilities(engine.scored(data), score_column(subject.manifest))
            return measure_group_scores(request, engine.scored(data), _columns(subject))
        case MomentsRequest(data=data):
            require_probabilities(engine.scored(data), score_column(subject.manifest))
            return measure_moments(request, engine.scored(data), _columns(subject))
        case ProfileRequest():
            return engine.profile(request)
        case SharedRowsRequest():
            return engine.shared_rows(request)
        case RowsRequest():
            return engine.rows(request)
        case FlipsRequest():
            return engine.flips(request)
        case NeighboursRequest():
            return engine.neighbours(request)
        case ProxiesRequest():
            return engine.proxies(request)
        case UncertainRequest(data=data):
            by_score = needs_score(request, subject.manifest)
            return measure_uncertain(request, (engine.scored if by_score else engine.dataset)(data), _columns(subject))
        case CellsRequest():
            raise LookupError("cells are measured together")
        case HistoryRequest():
            raise LookupError("an engine reads files; the ledger's history is handed to the run")


def _columns(subject: Subject) -> Columns:
    columns = subject.manifest.columns
    if columns is None:
        raise DataError("the manifest has no columns", where=subject.source.name, hint="Add `columns`.")
    return columns
