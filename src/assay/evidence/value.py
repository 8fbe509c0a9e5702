"""What was measured: the values of evidence requests, each with canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from assay.evidence.attributions import Rows
from assay.evidence.cells import Cells
from assay.evidence.code_book import CodeBook
from assay.evidence.correlations import Correlations
from assay.evidence.days import Days
from assay.evidence.distributions import Distributions
from assay.evidence.duplicates import Duplicates
from assay.evidence.group_scores import GroupScores
from assay.evidence.history import History
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.merging import covers
from assay.evidence.moments import Moments
from assay.evidence.paired_scores import PairedScores
from assay.evidence.papers import Papers
from assay.evidence.patterns import Patterns
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.regions import Regions
from assay.evidence.repeats import Repeats
from assay.evidence.request import (
    CellsRequest,
    DistributionsRequest,
    FlipsRequest,
    GroupScoresRequest,
    ProfileRequest,
    Request,
    RowsRequest,
    ScoresRequest,
)
from assay.evidence.residuals import Residuals
from assay.evidence.retrained import Retrained
from assay.evidence.scores import Scores
from assay.evidence.shared_entities import SharedEntities
from assay.evidence.shared_rows import SharedRows
from assay.evidence.slices import Slices
from assay.evidence.uncertain import UncertainGroups

V = TypeVar("V")


@dataclass(frozen=True)
class Unavailable:
    """Evidence that cannot be had of this subject, such as attributions of a model that has no explainer."""

    what: str


@dataclass(frozen=True)
class Failed:
    """Evidence that could not be made because the model failed: it crashed, hung, or took more than it may."""

    what: str


class EvidenceFailed(Exception):
    """A check asked for evidence that is Failed: its finding is an error; the other controls go on."""


class EvidenceMissing(LookupError):
    """A check asked for evidence that is Unavailable: its finding is inconclusive (evidence_missing), not an error."""


Value = (
    Cells
    | Scores
    | GroupScores
    | Moments
    | Residuals
    | PairedScores
    | Profile
    | SharedRows
    | SharedEntities
    | Days
    | Distributions
    | CodeBook
    | Duplicates
    | Patterns
    | Correlations
    | Slices
    | Regions
    | Rows
    | Flips
    | Repeats
    | Retrained
    | Neighbours
    | Proxies
    | UncertainGroups
    | Papers
    | History
    | Unavailable
    | Failed
)


class Evidence:
    """The values of all requests of an audit; each accessor gives the part that was asked for."""

    def __init__(self, values: dict[Request, Value]) -> None:
        self._values = values

    def of(self, request: Request, kind: type[V]) -> V:
        """The value of a request that answers this one, as it was measured; `kind` is its class.

        Raises EvidenceMissing where it cannot be had of this subject, EvidenceFailed where the model failed.
        """
        for measured, value in self._values.items():
            if covers(measured, request):
                if isinstance(value, Unavailable):
                    raise EvidenceMissing(value.what)
                if isinstance(value, Failed):
                    raise EvidenceFailed(value.what)
                assert isinstance(value, kind)  # noqa: S101
                return value
        raise LookupError(f"not measured: {request}")

    def cells(self, request: CellsRequest) -> Cells:
        """Counts over exactly the request's keys."""
        return self.of(request, Cells).over(request.keys)

    def scores(self, request: ScoresRequest) -> Scores:
        """Events and non-events by score; sums over ranks only where the request asks for them."""
        value = self.of(request, Scores)
        return value if request.exact or value.bins is None else replace(value, bins=replace(value.bins, ranks=None))

    def group_scores(self, request: GroupScoresRequest) -> GroupScores:
        """People by score and group; by event only where the request asks for it."""
        value = self.of(request, GroupScores)
        return value if request.labelled or value.event is None else value.without_labels()

    def profile(self, request: ProfileRequest) -> Profile:
        """Exactly the request's columns, in its order."""
        by_name = {column.name: column for column in self.of(request, Profile).columns}
        return Profile(tuple(by_name[name] for name in request.columns))

    def distributions(self, request: DistributionsRequest) -> Distributions:
        """Exactly the request's columns, in its order."""
        value = self.of(request, Distributions)
        by_name = {column.name: column for column in value.columns}
        return replace(value, columns=tuple(by_name[name] for name in request.columns))

    def rows(self, request: RowsRequest) -> Rows:
        """Attributions; the first `size` rows of the sample."""
        value = self.of(request, Rows)
        n = request.size
        return Rows(value.features, value.attributions[:n], value.base[:n], value.output[:n],
                    value.space, value.method, value.available)  # fmt: skip

    def flips(self, request: FlipsRequest) -> Flips:
        """Exactly the request's inputs, in its order."""
        return self.of(request, Flips).of(request.change)
