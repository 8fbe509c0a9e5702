"""What a check asks for, before anything is read. Requests are frozen and hashable, so that a plan can merge them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.record.artefact import Role
from assay.record.condition import Condition

GROUP = "group:"
LABEL = "label"
DECISION = "decision"
CLASS_LABEL, CLASS_DECISION = "class:label", "class:decision"
"""The label and the decision as they stand in the data, where there are more than two levels."""
ABOVE_MEDIAN, FROM_MEDIAN = "above median", "from median"
"""Whether the score lies above the median of all rows that meet the filter, on its favourable side; or at it or above.
"""
CANDIDATE = "candidate:"
"""What another model, declared under `columns.candidates`, decides for the same people."""
ENTITY = "entity"
"""Which random group the person of a row fell into: "000" to "399". Cells by it carry the spread between people."""


QUERY = "query"
"""Which random group the ranked list of a row fell into: "00" to "ff". Exposure by it carries the spread of lists."""


def grouping_keys(grouping: str) -> tuple[str, ...]:
    """The cell keys of a grouping: `sex*age_band` → `("group:sex", "group:age_band")`."""
    return tuple(GROUP + name for name in grouping.split("*"))


@dataclass(frozen=True, slots=True)
class CellsRequest:
    """Counts of rows by `keys`: any of "label", "decision", "entity", "group:<name>" (an attribute or a stratum),
    "candidate:<name>", "class:label", "class:decision", "above median" and "from median".
    """

    data: Role
    keys: tuple[str, ...]
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class ScoresRequest:
    """Events and non-events by score. The event is what a higher score speaks for."""

    data: Role
    where: Condition | None = None
    exact: bool = False
    """What depends on ranks is exact, even where there are more scores than are fetched."""


Quantity = Literal["score", "residual", "absolute_residual", "exposure"]
"""A number of a row: its score; its label less the score; the size of that; or 1/log2(1 + its place in the ranked list
of those with the same `columns.query`, the favourable end first), of which ties share the mean."""


@dataclass(frozen=True, slots=True)
class MomentsRequest:
    """Sums of powers of a number, by the groups of a grouping: what means and their errors are made of."""

    data: Role
    grouping: str
    of: Quantity
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class GroupScoresRequest:
    """People by score and by the groups of one grouping, such as "sex" or "sex*age_band"."""

    data: Role
    grouping: str
    where: Condition | None = None
    labelled: bool = True
    """They are told apart by event; else all who have a score count alike, and no label is read."""


@dataclass(frozen=True, slots=True)
class ProfileRequest:
    """Per column: missing, distinct, range, and counts in bins; `against` is counted in the same bins."""

    data: Role
    columns: tuple[str, ...]
    against: Role | None = None
    bins: int = 10
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class SharedRowsRequest:
    """How many rows of `data` stand in `against` too, by the values of `columns`."""

    data: Role
    against: Role
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """A seeded row sample with the model's inputs, and the model's attributions for it."""

    data: Role
    size: int
    background: Role = "train"
    background_size: int = 100
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class FlipsRequest:
    """Decisions of sampled people by a cut of the model's score, as they are and with another value of an input."""

    data: Role
    change: tuple[str, ...]
    """Inputs that are changed, one at a time, to every other value that the data hold."""
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class NeighboursRequest:
    """Decisions of half of the sampled people beside those of the k most alike of the other half."""

    data: Role
    features: tuple[str, ...]
    """Inputs by which people are alike."""
    k: int
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class ProxiesRequest:
    """Groups of sampled people told from inputs, one by one and all together, by models that have not seen them."""

    data: Role
    features: tuple[str, ...]
    groupings: tuple[str, ...]
    """Attributes of the manifest."""
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class UncertainRequest:
    """People by the probability of belonging to each group of an attribute, and by decision."""

    data: Role
    attribute: str
    """Of the manifest, with `probabilities`."""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class PapersRequest:
    """The documents of the manifest and the digests of everything it names."""


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """What the ledger knows of earlier audits of this model and this test set, and of the policies applied."""


Request = (
    CellsRequest
    | ScoresRequest
    | GroupScoresRequest
    | MomentsRequest
    | ProfileRequest
    | SharedRowsRequest
    | RowsRequest
    | FlipsRequest
    | NeighboursRequest
    | ProxiesRequest
    | UncertainRequest
    | PapersRequest
    | HistoryRequest
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a check needs: requests, and what the manifest lacks to meet them."""

    requests: tuple[Request, ...]
    missing: tuple[str, ...] = ()
