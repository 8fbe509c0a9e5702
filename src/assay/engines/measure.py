"""Requests → values: on the engine that the options name, and one model worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from assay.engines.cache import Cache, open_cache
from assay.engines.cells import measure_cells
from assay.engines.code_book import measure_code_book
from assay.engines.days import measure_days
from assay.engines.distributions import measure_distributions
from assay.engines.duplicates import count_duplicates
from assay.engines.engine import Engine
from assay.engines.group_scores import measure_group_scores
from assay.engines.moments import measure_moments
from assay.engines.options import EngineOptions
from assay.engines.paired_scores import measure_paired_scores
from assay.engines.papers import read_papers
from assay.engines.patterns import count_patterns
from assay.engines.periods import NotDays
from assay.engines.residuals import measure_residuals
from assay.engines.scans import scans
from assay.engines.score import asks_model, needs_score, require_probabilities, score_column
from assay.engines.scores import measure_scores
from assay.engines.shared_entities import count_shared_entities
from assay.engines.uncertain import measure_uncertain
from assay.errors import AssayError, DataError
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
    HistoryRequest,
    MomentsRequest,
    NeighboursRequest,
    PairedScoresRequest,
    PapersRequest,
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
from assay.evidence.value import Failed, Unavailable, Value
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
    """The value of every request; see `measuring`."""
    with measuring(
        requests, subject, seed=seed, progress=progress, options=options, note=note, confined=confined
    ) as session:
        return session.values()


@contextmanager
def measuring(
    requests: Sequence[Request],
    subject: Subject,
    *,
    later: Sequence[Request] = (),
    seed: int,
    progress: Progress,
    options: EngineOptions | None = None,
    note: Callable[[str], None] = lambda told: None,  # noqa: ARG005
    confined: Callable[[Confinement], None] = lambda held: None,  # noqa: ARG005
) -> Iterator[Measuring]:
    """What measures the requests, and of `later` those that turn out to be wanted; cache, engine and model are opened
    once, and closed at the end. Notes on the cache go to `note`, what held the model's process to `confined`.

    Each CSV file is read once, into memory or onto disk beyond the memory limit; of a Parquet file each request reads
    the columns it needs.
    """
    options = options or EngineOptions()
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache(subject, seed, options, note))
        kept = {request: value for request in requests if (value := cache.find(request)) is not None}
        asked = [request for request in requests if request not in kept]
        engine = _engine(asked, later, subject, seed, options, stack, cache, progress)
        yield Measuring(tuple(requests), kept, subject, cache, engine, progress, confined)


@dataclass(frozen=True)
class Measuring:
    """An engine at work."""

    requests: tuple[Request, ...]
    kept: dict[Request, Value]
    """What was measured before."""
    subject: Subject
    cache: Cache
    engine: Engine
    progress: Progress
    confined: Callable[[Confinement], None]

    def values(self) -> dict[Request, Value]:
        """The value of every request; progress is told as ("measure", done, total).

        Raises DataError for data and models that do not hold what the manifest says. A row sample whose model has no
        explainer is Unavailable; what a model that fails was needed for is Failed, the rest is measured.
        """
        values, manifest = dict(self.kept), self.subject.manifest
        asked = [request for request in self.requests if request not in values]
        # The model comes last: its process gets ready while the rest is counted.
        ordered = sorted(scans(asked, manifest), key=lambda together: asks_model(together[0], manifest))
        for together in ordered:
            self.progress("measure", len(values), len(self.requests))
            values.update(self._measured(together))
        if any(asks_model(request, manifest) for request in self.requests):
            held = self.cache.confinement(self.engine.confinement)
            if held is not None:
                self.confined(held)
        self.progress("measure", len(self.requests), len(self.requests))
        return {request: values[request] for request in self.requests}

    def analysis(self, requests: Sequence[Request]) -> dict[Request, Value]:
        """The values of requests that no control asks for: what cannot be had of them is Unavailable, never an error.

        Progress is told as ("analyse", done, total).
        """
        values: dict[Request, Value] = {}
        for request in requests:
            self.progress("analyse", len(values), len(requests))
            value = self.cache.find(request)
            if value is None:
                try:
                    value = self._measured((request,))[request]
                except AssayError as error:
                    value = Unavailable(error.what)
            values[request] = value
        return values

    def _measured(self, together: Sequence[Request]) -> dict[Request, Value]:
        try:
            measured = _values(together, self.engine, self.subject)
        except NotDays as error:
            raise DataError(error.what, where=self.subject.place("columns", "time"), hint=error.hint) from error
        for request, value in measured.items():
            self.cache.keep(request, value)
        return measured


def _engine(
    requests: Sequence[Request],
    later: Sequence[Request],
    subject: Subject,
    seed: int,
    options: EngineOptions,
    stack: ExitStack,
    cache: Cache,
    progress: Progress,
) -> Engine:
    if options.spark or options.frames:
        from assay.engines.spark.engine import SparkEngine

        return SparkEngine(requests, later, subject, options, stack)
    from assay.engines.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(requests, later, subject, seed, options, stack, cache, progress)


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
        case PairedScoresRequest(data=data):
            require_probabilities(engine.scored(data), score_column(subject.manifest))
            return measure_paired_scores(request, engine.scored(data), _columns(subject))
        case ResidualsRequest(data=data):
            require_probabilities(engine.scored(data), score_column(subject.manifest))
            return measure_residuals(request, engine.scored(data), _columns(subject))
        case ProfileRequest():
            return engine.profile(request)
        case DistributionsRequest(data=data, against=against):
            declared = {feature.name: feature.dtype == "number" for feature in subject.manifest.features or ()}
            return measure_distributions(request, engine.dataset(data), engine.dataset(against), declared)
        case CodeBookRequest(data=data):
            return measure_code_book(request, engine.dataset(data), subject.manifest.features or ())
        case DomainRequest():
            return engine.domains(request)
        case SharedEntitiesRequest(data=data, against=against):
            return count_shared_entities(request, engine.dataset(data), engine.dataset(against), _columns(subject))
        case DaysRequest(data=data, against=against):
            return measure_days(request, engine.dataset(data), engine.dataset(against), _columns(subject))
        case SharedRowsRequest():
            return engine.shared_rows(request)
        case RowsRequest():
            return engine.rows(request)
        case FlipsRequest():
            return engine.flips(request)
        case RepeatsRequest():
            return engine.repeats(request)
        case RetrainedRequest():
            return engine.retrained(request)
        case DuplicatesRequest(data=data):
            return count_duplicates(request, engine.dataset(data), _columns(subject))
        case PatternsRequest(data=data):
            return count_patterns(request, engine.dataset(data))
        case CorrelationsRequest():
            return engine.correlations(request)
        case SlicesRequest():
            return engine.slices(request)
        case RegionsRequest():
            return engine.regions(request)
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
