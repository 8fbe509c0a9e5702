"""The embedded engine of one audit: one DuckDB, one model worker."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from assay.engines.embedded.database import Database
from assay.engines.embedded.dataset import EmbeddedDataset, open_dataset
from assay.engines.embedded.profile import measure_profile
from assay.engines.embedded.rows import Inputs, shared_rows
from assay.engines.embedded.scoring import score_by_model
from assay.engines.engine import Engine
from assay.engines.levels import SCORE
from assay.engines.options import EngineOptions
from assay.engines.score import event_class, needs_score, require_probabilities, score_column
from assay.engines.wanted import wanted_columns
from assay.errors import DataError
from assay.evidence.request import ProfileRequest, Request, RowsRequest, SharedRowsRequest
from assay.evidence.value import Profile, Rows, SharedRows, Unavailable
from assay.record.artefact import Role
from assay.subject.origins import Unsupported
from assay.subject.scorer import Scorer, open_scorer
from assay.subject.subject import Subject


class EmbeddedEngine(Engine):
    """Opens each dataset and the model once, when the first request needs it."""

    def __init__(
        self, requests: Sequence[Request], subject: Subject, seed: int, options: EngineOptions, stack: ExitStack
    ) -> None:
        self._subject, self._seed, self._options, self._stack = subject, seed, options, stack
        self._wanted = wanted_columns(requests, subject)
        self._datasets: dict[Role, EmbeddedDataset] = {}
        self._scored: dict[Role, EmbeddedDataset] = {}
        self._database: Database | None = None
        self._scorer: Scorer | None = None
        by_model = any(needs_score(request, subject.manifest, of_model=True) for request in requests)
        if by_model or any(isinstance(request, RowsRequest) for request in requests):
            memory, seconds = options.model_memory, options.model_seconds
            self._scorer = open_scorer(subject, memory=memory, seconds=seconds, function=options.scorer)
            stack.callback(self._scorer.close)  # its imports run while data are read

    def dataset(self, role: Role) -> EmbeddedDataset:
        """The dataset of that role, with the columns that some request wants."""
        if role not in self._datasets:
            if self._database is None:
                files = [self._subject.path(each.path) for each in self._subject.manifest.data.values()]
                self._database = self._stack.enter_context(Database(files, self._options.memory_limit))
            self._datasets[role] = open_dataset(self._database, self._subject, role, self._wanted[role])
        return self._datasets[role]

    def scored(self, role: Role) -> EmbeddedDataset:
        """The same with the column `s`: its score, finite or null."""
        if role not in self._scored:
            dataset = self.dataset(role)
            made, score = replace(dataset, view=f"scored_{role}"), score_column(self._subject.manifest)
            if score.column is not None:
                column = dataset.number(score.column)
                dataset.database.run(
                    f"CREATE VIEW {made.view} AS SELECT *, {column} + 0.0 AS {SCORE} FROM {dataset.view}"
                )
            else:
                assert self._scorer is not None  # noqa: S101  it was started because some request needs it
                score_by_model(dataset, made.view, self._subject.manifest, self._scorer)
            require_probabilities(made, score)
            self._scored[role] = made
        return self._scored[role]

    def profile(self, request: ProfileRequest) -> Profile:
        """Columns counted in bins."""
        against = self.dataset(request.against) if request.against else None
        declared = {feature.name: feature.dtype == "number" for feature in self._subject.manifest.features or ()}
        return measure_profile(request, self.dataset(request.data), against, declared)

    def shared_rows(self, request: SharedRowsRequest) -> SharedRows:
        """Rows that stand in two datasets."""
        return shared_rows(request, self.dataset(request.data), self.dataset(request.against))

    def rows(self, request: RowsRequest) -> Rows | Unavailable:
        """Attributions of a row sample."""
        features, scorer = self._subject.manifest.features, self._scorer
        if not features or scorer is None:
            raise DataError("attributions need `features`", where=self._subject.source.name, hint="List the inputs.")
        inputs, available = Inputs(self.dataset(request.data), features).sample(request.size, self._seed, request.where)
        names = tuple(feature.name for feature in features)
        if not available:
            return _no_rows(names)
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
