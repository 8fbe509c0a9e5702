"""The Spark engine of one audit: a session of its own, or that of the DataFrames it is given."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.engines.engine import Engine
from assay.engines.levels import SCORE
from assay.engines.options import EngineOptions
from assay.engines.profile import measure_profile
from assay.engines.score import needs_score, score_column
from assay.engines.spark.dataset import SparkDataset, open_dataset
from assay.engines.spark.rows import shared_rows
from assay.engines.spark.session import spark_session
from assay.engines.spark.source import open_source
from assay.engines.wanted import wanted_columns
from assay.errors import DataError
from assay.evidence.profile import Profile
from assay.evidence.request import (
    CorrelationsRequest,
    DomainRequest,
    FlipsRequest,
    NeighboursRequest,
    ProfileRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    RetrainedRequest,
    RowsRequest,
    SharedRowsRequest,
    SlicesRequest,
)
from assay.evidence.shared_rows import SharedRows
from assay.evidence.value import Unavailable
from assay.record.artefact import Role
from assay.subject.subject import Subject

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


_ROWS = Unavailable("rows of the data, which never leave the Spark cluster")


class SparkEngine(Engine):
    """Opens the session and each dataset once, when the first request needs it. Rows never leave the cluster."""

    def __init__(
        self,
        requests: Sequence[Request],
        later: Sequence[Request],
        subject: Subject,
        options: EngineOptions,
        stack: ExitStack,
    ) -> None:
        self._subject, self._options, self._stack = subject, options, stack
        self._wanted, self._later = wanted_columns(requests, subject), wanted_columns(later, subject)
        self._datasets: dict[Role, SparkDataset] = {}
        self._scored: dict[Role, SparkDataset] = {}
        self._spark: SparkSession | None = None
        if any(needs_score(request, subject.manifest, of_model=True) for request in requests):
            raise DataError(
                "the score is what the model gives, and on Spark rows do not leave the cluster to be scored",
                where=subject.place("columns", "score"),
                hint="Score the data first, and name the column of the score: columns.score.column.",
            )

    def dataset(self, role: Role) -> SparkDataset:
        """The dataset of that role, with the columns that some request wants."""
        if role not in self._datasets:
            manifest = self._subject.manifest
            if role not in manifest.data:
                where, hint = self._subject.source.name, "Name a file or a table for it."
                raise DataError(f"the manifest has no data.{role}", where=where, hint=hint)
            if self._spark is None and role not in self._options.frames:
                self._spark = self._stack.enter_context(spark_session(self._options.spark or ""))
            data = open_source(self._spark, self._subject, role, self._options)
            told = manifest.data[role].told
            self._datasets[role] = open_dataset(
                data, role, told, self._wanted[role], manifest.columns, self._later[role]
            )
        return self._datasets[role]

    def scored(self, role: Role) -> SparkDataset:
        """The same with the column `s`: its score, finite or null."""
        if role not in self._scored:
            dataset, score = self.dataset(role), score_column(self._subject.manifest)
            assert score.column is not None  # noqa: S101  the model's own score is refused before anything is read
            column = dataset.number(score.column)
            made = replace(dataset, data=dataset.data.selectExpr("*", f"{column} + 0.0D AS {SCORE}"))
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

    def rows(self, request: RowsRequest) -> Unavailable:  # noqa: ARG002
        """Attributions need rows, and no row leaves the cluster."""
        return _ROWS

    def flips(self, request: FlipsRequest) -> Unavailable:  # noqa: ARG002
        """The model is asked about rows, and no row leaves the cluster."""
        return _ROWS

    def correlations(self, request: CorrelationsRequest) -> Unavailable:  # noqa: ARG002
        """A sample of rows is looked at, and no row leaves the cluster."""
        return _ROWS

    def repeats(self, request: RepeatsRequest) -> Unavailable:  # noqa: ARG002
        """The model is asked about rows, and no row leaves the cluster."""
        return _ROWS

    def slices(self, request: SlicesRequest) -> Unavailable:  # noqa: ARG002
        """A sample of rows is searched, and no row leaves the cluster."""
        return _ROWS

    def regions(self, request: RegionsRequest) -> Unavailable:  # noqa: ARG002
        """Samples of rows are looked at, and no row leaves the cluster."""
        return _ROWS

    def retrained(self, request: RetrainedRequest) -> Unavailable:  # noqa: ARG002
        """Two models are asked about rows, and no row leaves the cluster."""
        return _ROWS

    def neighbours(self, request: NeighboursRequest) -> Unavailable:  # noqa: ARG002
        """Rows are compared with each other, and no row leaves the cluster."""
        return _ROWS

    def domains(self, request: DomainRequest) -> Unavailable:  # noqa: ARG002
        """Models are fitted to rows, and no row leaves the cluster."""
        return _ROWS

    def proxies(self, request: ProxiesRequest) -> Unavailable:  # noqa: ARG002
        """Models are fitted to rows, and no row leaves the cluster."""
        return _ROWS
