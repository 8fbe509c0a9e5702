"""What an engine can do: open the datasets of a subject, and measure what expressions cannot say."""

from __future__ import annotations

from abc import ABC, abstractmethod

from assay.engines.dataset import Dataset
from assay.evidence.attributions import Rows
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.request import (
    FlipsRequest,
    NeighboursRequest,
    ProfileRequest,
    ProxiesRequest,
    RowsRequest,
    SharedRowsRequest,
)
from assay.evidence.shared_rows import SharedRows
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
    def neighbours(self, request: NeighboursRequest) -> Neighbours | Unavailable:
        """Decisions of sampled people beside those of the people most alike."""

    @abstractmethod
    def proxies(self, request: ProxiesRequest) -> Proxies | Unavailable:
        """Groups of sampled people told from inputs."""
