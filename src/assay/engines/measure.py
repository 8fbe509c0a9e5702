"""Requests → values: on the engine that the options name, and one model worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from assay.engines.cells import measure_cells
from assay.engines.engine import Engine
from assay.engines.options import EngineOptions
from assay.engines.papers import read_papers
from assay.engines.score import needs_score
from assay.engines.scores import measure_scores
from assay.errors import DataError
from assay.evidence.request import (
    CellsRequest,
    HistoryRequest,
    PapersRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
)
from assay.evidence.value import Value
from assay.record.columns import Columns
from assay.subject.subject import Subject

Progress = Callable[[str, int, int], None]


def measure(
    requests: Sequence[Request],
    subject: Subject,
    *,
    seed: int,
    progress: Progress,
    options: EngineOptions | None = None,
) -> dict[Request, Value]:
    """The value of every request; progress is told as ("measure", done, total).

    Each CSV file is read once, into memory or onto disk beyond the memory limit; of a Parquet file each request reads
    the columns it needs. Raises DataError for data and models that do not hold what the manifest says. A row sample
    whose model has no explainer is Unavailable.
    """
    values: dict[Request, Value] = {}
    with ExitStack() as stack:
        engine = _engine(requests, subject, seed, options or EngineOptions(), stack)
        for done, request in enumerate(requests):
            progress("measure", done, len(requests))
            values[request] = _value(request, engine, subject)
        progress("measure", len(requests), len(requests))
    return values


def _engine(
    requests: Sequence[Request], subject: Subject, seed: int, options: EngineOptions, stack: ExitStack
) -> Engine:
    from assay.engines.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(requests, subject, seed, options, stack)


def _value(request: Request, engine: Engine, subject: Subject) -> Value:
    match request:
        case PapersRequest():
            return read_papers(subject)
        case CellsRequest(data=data):
            by_score = needs_score(request, subject.manifest)
            return measure_cells(request, engine.scored(data) if by_score else engine.dataset(data), _columns(subject))
        case ScoresRequest(data=data):
            return measure_scores(request, engine.scored(data), _columns(subject))
        case ProfileRequest():
            return engine.profile(request)
        case SharedRowsRequest():
            return engine.shared_rows(request)
        case RowsRequest():
            return engine.rows(request)
        case HistoryRequest():
            raise LookupError("an engine reads files; the ledger's history is handed to the run")


def _columns(subject: Subject) -> Columns:
    columns = subject.manifest.columns
    if columns is None:
        raise DataError("the manifest has no columns", where=subject.source.name, hint="Add `columns`.")
    return columns
