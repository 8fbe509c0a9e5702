"""The embedded engine of one audit: one DuckDB, and one model worker where what it would give is not kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from assay.engines.cache import Cache
from assay.engines.embedded.correlations import measure_correlations
from assay.engines.embedded.database import Database
from assay.engines.embedded.dataset import EmbeddedDataset, open_dataset
from assay.engines.embedded.domains import measure_domains
from assay.engines.embedded.flips import measure_flips
from assay.engines.embedded.neighbours import measure_neighbours
from assay.engines.embedded.proxies import measure_proxies
from assay.engines.embedded.regions import measure_regions
from assay.engines.embedded.repeats import measure_repeats
from assay.engines.embedded.retrain import TrainedAgain, measure_retrained
from assay.engines.embedded.rows import Inputs, shared_rows
from assay.engines.embedded.scoring import score_by_model
from assay.engines.embedded.slices import measure_slices
from assay.engines.engine import Engine
from assay.engines.levels import SCORE
from assay.engines.options import EngineOptions
from assay.engines.profile import measure_profile
from assay.engines.score import event_class, needs_score, score_column
from assay.engines.wanted import roles_of, wanted_columns
from assay.errors import DataError
from assay.evidence.attributions import Rows
from assay.evidence.correlations import Correlations
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.regions import Regions
from assay.evidence.repeats import Repeats
from assay.evidence.request import (
    CellsRequest,
    CorrelationsRequest,
    DomainRequest,
    FlipsRequest,
    GroupScoresRequest,
    MomentsRequest,
    NeighboursRequest,
    PairedScoresRequest,
    ProfileRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    ResidualsRequest,
    RetrainedRequest,
    RowsRequest,
    ScoresRequest,
    SharedRowsRequest,
    SlicesRequest,
    UncertainRequest,
)
from assay.evidence.retrained import Retrained
from assay.evidence.shared_rows import SharedRows
from assay.evidence.slices import Slices
from assay.evidence.value import Unavailable
from assay.record.artefact import Role
from assay.record.audit import Confinement
from assay.subject.origins import Unsupported
from assay.subject.scorer import ModelFailure, Scorer, open_scorer
from assay.subject.subject import Subject


class EmbeddedEngine(Engine):
    """Opens each dataset and the model once, when the first request needs it."""

    def __init__(
        self,
        requests: Sequence[Request],
        later: Sequence[Request],
        subject: Subject,
        seed: int,
        options: EngineOptions,
        stack: ExitStack,
        cache: Cache,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self._subject, self._seed, self._options, self._stack = subject, seed, options, stack
        self._cache, self._progress = cache, progress
        self._wanted, self._later = wanted_columns(requests, subject), wanted_columns(later, subject)
        self._datasets: dict[Role, EmbeddedDataset] = {}
        self._scored: dict[Role, EmbeddedDataset] = {}
        self._failed: dict[Role, ModelFailure] = {}
        self._database: Database | None = None
        self._scorer: Scorer | None = None
        self._trained = TrainedAgain(subject, options, stack)
        self._explains = any(isinstance(request, RowsRequest) for request in requests)
        if any(self._asks_model(request) for request in requests):
            self._open_scorer()  # it is loaded while data are read

    def _asks_model(self, request: Request) -> bool:
        """Whether the model has to be there for it: what it gave earlier may be in the cache."""
        if isinstance(
            request,
            CellsRequest
            | ScoresRequest
            | GroupScoresRequest
            | MomentsRequest
            | ResidualsRequest
            | PairedScoresRequest
            | NeighboursRequest
            | SlicesRequest
            | RegionsRequest
            | UncertainRequest,
        ):
            manifest = self._subject.manifest
            by_model = needs_score(request, manifest, of_model=True)
            of = event_class(manifest) if by_model else None
            return by_model and not all(self._cache.has_scores(role, of) for role in roles_of(request))
        if isinstance(request, RetrainedRequest):
            return self._trained.lacking is None
        return isinstance(request, RowsRequest | FlipsRequest | RepeatsRequest)

    def _open_scorer(self) -> Scorer:
        if self._scorer is None:
            memory, seconds, function = self._options.model_memory, self._options.model_seconds, self._options.scorer
            self._scorer = open_scorer(
                self._subject, memory=memory, seconds=seconds, function=function, explains=self._explains,
                meanwhile=self._options.meanwhile,
            )  # fmt: skip
            self._stack.callback(self._scorer.close)
        return self._scorer

    @property
    def confinement(self) -> Confinement | None:
        """What holds the model's process; None: it has none."""
        return None if self._scorer is None else self._scorer.confinement

    def dataset(self, role: Role) -> EmbeddedDataset:
        """The dataset of that role, with the columns that some request wants."""
        if role not in self._datasets:
            if self._database is None:
                files = list({file.path for data in self._subject.data.values() for file in data.files})
                made = Database(files, self._options.memory_limit, self._options.spill)
                self._database = self._stack.enter_context(made)
            wanted, later = self._wanted[role], self._later[role]
            self._datasets[role] = open_dataset(self._database, self._subject, role, wanted, later)
        return self._datasets[role]

    def scored(self, role: Role) -> EmbeddedDataset:
        """The same with the column `s`: its score, finite or null."""
        if role in self._failed:
            raise self._failed[role]  # not tried again: it may have taken an hour
        if role not in self._scored:
            dataset = self.dataset(role)
            made, score = replace(dataset, view=f"scored_{role}"), score_column(self._subject.manifest)
            if score.column is not None:
                column = dataset.number(score.column)
                dataset.database.run(
                    f"CREATE VIEW {made.view} AS SELECT *, {column} + 0.0 AS {SCORE} FROM {dataset.view}"
                )
            else:
                try:
                    self._score(dataset, made.view)
                except ModelFailure as failure:
                    self._failed[role] = failure
                    raise
            self._scored[role] = made
        return self._scored[role]

    def _score(self, dataset: EmbeddedDataset, view: str) -> None:
        manifest = self._subject.manifest
        score_by_model(dataset, view, manifest, self._open_scorer, self._cache, self._progress)

    def profile(self, request: ProfileRequest) -> Profile:
        """Columns counted in bins."""
        against = self.dataset(request.against) if request.against else None
        declared = {feature.name: feature.dtype == "number" for feature in self._subject.manifest.features or ()}
        return measure_profile(request, self.dataset(request.data), against, declared)

    def shared_rows(self, request: SharedRowsRequest) -> SharedRows:
        """Rows that stand in two datasets."""
        return shared_rows(request, self.dataset(request.data), self.dataset(request.against))

    def flips(self, request: FlipsRequest) -> Flips:
        """Decisions of sampled people with other values of an input."""
        dataset, of = self.dataset(request.data), event_class(self._subject.manifest)
        return measure_flips(
            request, dataset, self._subject.manifest, self._seed, lambda people: self._open_scorer().score(people, of)
        )

    def correlations(self, request: CorrelationsRequest) -> Correlations:
        """How the numbers of a row sample go with one another."""
        return measure_correlations(request, self.dataset(request.data), self._seed)

    def repeats(self, request: RepeatsRequest) -> Repeats:
        """Scores of sampled people, asked for several times."""
        dataset, of = self.dataset(request.data), event_class(self._subject.manifest)
        return measure_repeats(
            request, dataset, self._subject.manifest, self._seed, lambda people: self._open_scorer().score(people, of)
        )

    def slices(self, request: SlicesRequest) -> Slices:
        """Slices of sampled people in which the model errs most."""
        manifest = self._subject.manifest
        opened = self.scored if needs_score(request, manifest) else self.dataset
        return measure_slices(request, opened(request.data), manifest, self._seed)

    def regions(self, request: RegionsRequest) -> Regions:
        """Wrong decisions of two samples by regions of each input."""
        manifest = self._subject.manifest
        opened = self.scored if needs_score(request, manifest) else self.dataset
        return measure_regions(request, opened(request.data), opened(request.against), manifest, self._seed)

    def retrained(self, request: RetrainedRequest) -> Retrained | Unavailable:
        """Scores of sampled people by the model and by the one that its training makes, which runs once."""
        if self._trained.lacking is not None:
            return Unavailable(self._trained.lacking)
        dataset, manifest = self.dataset(request.data), self._subject.manifest
        try:
            return measure_retrained(
                request, dataset, manifest, self._seed, self._open_scorer, self._trained, self._progress
            )
        except Unsupported as error:
            return Unavailable(error.what)

    def neighbours(self, request: NeighboursRequest) -> Neighbours:
        """Decisions of sampled people beside those of the people most alike."""
        manifest = self._subject.manifest
        dataset = self.scored(request.data) if needs_score(request, manifest) else self.dataset(request.data)
        return measure_neighbours(request, dataset, manifest, self._seed)

    def domains(self, request: DomainRequest) -> Proxies:
        """Two datasets told apart by inputs."""
        both = self.dataset(request.data), self.dataset(request.against)
        return measure_domains(request, *both, self._subject.manifest, self._seed, self._progress)

    def proxies(self, request: ProxiesRequest) -> Proxies:
        """Groups of sampled people told from inputs."""
        dataset, manifest = self.dataset(request.data), self._subject.manifest
        return measure_proxies(request, dataset, manifest, self._seed, self._progress)

    def rows(self, request: RowsRequest) -> Rows | Unavailable:
        """Attributions of a row sample."""
        features = self._subject.manifest.features
        if not features:
            raise DataError("attributions need `features`", where=self._subject.source.name, hint="List the inputs.")
        inputs, available = Inputs(self.dataset(request.data), features).sample(request.size, self._seed, request.where)
        names = tuple(feature.name for feature in features)
        if not available:
            return _no_rows(names)
        scorer = self._open_scorer()
        try:
            background = None
            if scorer.needs_background:
                dataset = self.dataset(request.background)
                background, _ = Inputs(dataset, features).sample(request.background_size, self._seed, None)
            made = scorer.attributions(inputs, event_class(self._subject.manifest), background)
        except Unsupported as error:
            return Unavailable(error.what)
        return Rows(names, made.values, made.base, made.output, made.space, made.method, available)


def _no_rows(features: tuple[str, ...]) -> Rows:
    import numpy as np

    nothing = np.zeros(0)
    return Rows(features, np.zeros((0, len(features))), nothing, nothing, "", "no rows", 0)
