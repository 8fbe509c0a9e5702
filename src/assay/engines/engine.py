"""What an engine can do: open the datasets of a subject, and measure what expressions cannot say."""

from __future__ import annotations

from abc import ABC, abstractmethod

from assay.engines.dataset import Dataset
from assay.evidence.attributions import Rows
from assay.evidence.correlations import Correlations
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.regions import Regions
from assay.evidence.repeats import Repeats
from assay.evidence.request import (
    CorrelationsRequest,
    DomainRequest,
    FlipsRequest,
    NeighboursRequest,
    ProfileRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    RetrainedRequest,
    RowsRequest,
    SharedRowsRequest,
    SlicesRequest,
)
from assay.evidence.retrained import Retrained
from assay.evidence.shared_rows import SharedRows
from assay.evidence.slices import Slices
from assay.evidence.value import Unavailable
from assay.record.artefact import Role
from assay.record.audit import Confinement


class Engine(ABC):
    """Opens each dataset once, when the first request needs it."""

    @property
    def confinement(self) -> Confinement | None:
        """What holds the model's process; None: it has none."""
        return None

    @abstractmethod
    def dataset(self, role: Role) -> Dataset:
        """The dataset of that role, with the columns that some request wants."""

    @abstractmethod
    def scored(self, role: Role) -> Dataset:
        """The same with the column `s`: its score, finite or null."""

    @abstractmethod
    def profile(self, request: ProfileRequest) -> Profile:
        """Columns counted in bins."""

    @abstractmethod
    def shared_rows(self, request: SharedRowsRequest) -> SharedRows:
        """Rows that stand in two datasets."""

    @abstractmethod
    def rows(self, request: RowsRequest) -> Rows | Unavailable:
        """Attributions of a row sample."""

    @abstractmethod
    def flips(self, request: FlipsRequest) -> Flips | Unavailable:
        """Decisions of sampled people with other values of an input."""

    @abstractmethod
    def correlations(self, request: CorrelationsRequest) -> Correlations | Unavailable:
        """How the numbers of a row sample go with one another."""

    @abstractmethod
    def repeats(self, request: RepeatsRequest) -> Repeats | Unavailable:
        """Scores of sampled people, asked for several times."""

    @abstractmethod
    def slices(self, request: SlicesRequest) -> Slices | Unavailable:
        """Slices of sampled people in which the model errs most."""

    @abstractmethod
    def regions(self, request: RegionsRequest) -> Regions | Unavailable:
        """Wrong decisions of two samples by regions of each input."""

    @abstractmethod
    def retrained(self, request: RetrainedRequest) -> Retrained | Unavailable:
        """Scores of sampled people by the model, and by the one that its recorded training makes."""

    @abstractmethod
    def neighbours(self, request: NeighboursRequest) -> Neighbours | Unavailable:
        """Decisions of sampled people beside those of the people most alike."""

    @abstractmethod
    def domains(self, request: DomainRequest) -> Proxies | Unavailable:
        """Two datasets told apart by inputs."""

    @abstractmethod
    def proxies(self, request: ProxiesRequest) -> Proxies | Unavailable:
        """Groups of sampled people told from inputs."""
