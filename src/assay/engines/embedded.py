"""The embedded engine: requests → values, on DuckDB and one model worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from assay.engines.cells import measure_cells, measure_scores
from assay.engines.database import Database
from assay.engines.dataset import Dataset, open_dataset
from assay.engines.papers import read_papers
from assay.engines.profile import measure_profile
from assay.engines.rows import Inputs, shared_rows
from assay.engines.score import event_class, needs_score, scored
from assay.engines.wanted import wanted_columns
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
from assay.evidence.value import Rows, Unavailable, Value
from assay.record.artefact import Role
from assay.record.columns import Columns
from assay.subject.model import ModelSession
from assay.subject.origins import Unsupported
from assay.subject.subject import Subject

Progress = Callable[[str, int, int], None]


def measure(
    requests: Sequence[Request], subject: Subject, *, seed: int, progress: Progress, memory_limit: str = "512MB"
) -> dict[Request, Value]:
    """The value of every request; progress is told as ("measure", done, total).

    Each CSV file is read once, into memory or onto disk beyond `memory_limit`; of a Parquet file each request reads the
    columns it needs. Raises DataError for data and models that do not hold what the manifest says. A row sample whose
    model has no explainer is Unavailable.
    """
    values: dict[Request, Value] = {}
    with ExitStack() as stack:
        engine = _Engine(requests, subject, seed, memory_limit, stack)
        for done, request in enumerate(requests):
            progress("measure", done, len(requests))
            values[request] = engine.value(request)
        progress("measure", len(requests), len(requests))
    return values


class _Engine:
    """Opens each dataset and the model once, when the first request needs it."""

    def __init__(
        self, requests: Sequence[Request], subject: Subject, seed: int, memory_limit: str, stack: ExitStack
    ) -> None:
        self._subject, self._seed, self._memory_limit, self._stack = subject, seed, memory_limit, stack
        self._wanted = wanted_columns(requests, subject)
        self._datasets: dict[Role, Dataset] = {}
        self._scored: dict[Role, Dataset] = {}
        self._database: Database | None = None
        self._session: ModelSession | None = None
        by_model = any(needs_score(request, subject.manifest, of_model=True) for request in requests)
        if by_model or any(isinstance(request, RowsRequest) for request in requests):
            self._session = stack.enter_context(ModelSession(subject))  # its imports run while data are read

    def value(self, request: Request) -> Value:
        match request:
            case PapersRequest():
                return read_papers(self._subject)
            case CellsRequest():
                return measure_cells(request, self._for(request), self._columns())
            case ScoresRequest():
                return measure_scores(request, self._for(request), self._columns())
            case ProfileRequest():
                against = self._dataset(request.against) if request.against else None
                features = self._subject.manifest.features or ()
                declared = {feature.name: feature.dtype == "number" for feature in features}
                return measure_profile(request, self._dataset(request.data), against, declared)
            case SharedRowsRequest():
                return shared_rows(request, self._dataset(request.data), self._dataset(request.against))
            case RowsRequest():
                return self._rows(request)
            case HistoryRequest():
                raise LookupError("an engine reads files; the ledger's history is handed to the run")

    def _columns(self) -> Columns:
        columns = self._subject.manifest.columns
        if columns is None:
            raise DataError("the manifest has no columns", where=self._subject.source.name, hint="Add `columns`.")
        return columns

    def _dataset(self, role: Role) -> Dataset:
        if role not in self._datasets:
            if self._database is None:
                files = [self._subject.path(each.path) for each in self._subject.manifest.data.values()]
                self._database = self._stack.enter_context(Database(files, self._memory_limit))
            self._datasets[role] = open_dataset(self._database, self._subject, role, self._wanted[role])
        return self._datasets[role]

    def _for(self, request: CellsRequest | ScoresRequest) -> Dataset:
        """The request's dataset, scored where the request needs the score."""
        dataset = self._dataset(request.data)
        if not needs_score(request, self._subject.manifest):
            return dataset
        if request.data not in self._scored:
            self._scored[request.data] = scored(dataset, self._subject.manifest, self._session)
        return self._scored[request.data]

    def _rows(self, request: RowsRequest) -> Value:
        features, session = self._subject.manifest.features, self._session
        if not features or session is None:
            raise DataError("attributions need `features`", where=self._subject.source.name, hint="List the inputs.")
        inputs, available = Inputs(self._dataset(request.data), features).sample(
            request.size, self._seed, request.where
        )
        names = tuple(feature.name for feature in features)
        if not available:
            return _no_rows(names)
        try:
            background = None
            if session.needs_background:
                dataset = self._dataset(request.background)
                background, _ = Inputs(dataset, features).sample(request.background_size, self._seed, None)
            made = session.attributions(inputs, event_class(self._subject.manifest), background)
        except Unsupported as error:
            return Unavailable(error.what)
        return Rows(names, made.values, made.base, made.output, made.space, made.method, available)


def _no_rows(features: tuple[str, ...]) -> Rows:
    import numpy as np

    nothing = np.zeros(0)
    return Rows(features, np.zeros((0, len(features))), nothing, nothing, "", "no rows", 0)
