"""What a check asks for, before anything is read. Requests are frozen and hashable, so that a plan can merge them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.record.artefact import Role
from assay.record.condition import Condition


@dataclass(frozen=True, slots=True)
class CellsRequest:
    """Counts of rows by `keys`: any of "label", "decision", "entity", "group:<name>" (an attribute or a stratum),
    "candidate:<name>", "champion decision", "class:label", "class:decision", "above median" and "from median".
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
class ResidualsRequest:
    """Sums of powers of label less score and of the label, over everybody: what the errors of a regression are."""

    data: Role
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
class PairedScoresRequest:
    """The model's scores beside those of `columns.champion`, of the same rows."""

    data: Role
    where: Condition | None = None
    of: Literal["events", "residuals"] = "events"
    """`residuals`: the label is a number, as a regression predicts it."""


@dataclass(frozen=True, slots=True)
class ProfileRequest:
    """Per column: missing, distinct, range, and counts in bins; `against` is counted in the same bins.

    One bin holds every value there is, so that nothing is ranked for it.
    """

    data: Role
    columns: tuple[str, ...]
    against: Role | None = None
    bins: int = 10
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class DistributionsRequest:
    """Columns of two datasets, value by value, of numbers with many values in fine bins that both share."""

    data: Role
    against: Role
    columns: tuple[str, ...]
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class CodeBookRequest:
    """Of every feature, the rows that do not hold what the manifest says of it."""

    data: Role
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class DomainRequest:
    """`size` rows of two datasets told apart by inputs, alone and together, by models that have not seen them."""

    data: Role
    against: Role
    features: tuple[str, ...]
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class SharedRowsRequest:
    """How many rows of `data` stand in `against` too, by the values of `columns`."""

    data: Role
    against: Role
    columns: tuple[str, ...]
    near: bool = False
    """Those are counted too that differ from a row of `against` in one column only."""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class SharedEntitiesRequest:
    """How many entities of `data`, and rows about them, stand in `against` too."""

    data: Role
    against: Role
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class DaysRequest:
    """The first and the last day of two datasets, and how many rows of `data` are not later than all of `against`."""

    data: Role
    against: Role
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class DuplicatesRequest:
    """How many rows of a dataset have the same values of `columns`, and how many of them have different labels."""

    data: Role
    columns: tuple[str, ...]
    labelled: bool = True
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class PatternsRequest:
    """How many texts of each column look like personal data."""

    data: Role
    columns: tuple[str, ...]
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class CorrelationsRequest:
    """How the numbers of a seeded row sample go with one another."""

    data: Role
    columns: tuple[str, ...]
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class SlicesRequest:
    """Slices of sampled people in which the model errs most, found on one half and counted on the other."""

    data: Role
    features: tuple[str, ...]
    """Inputs of which slices are made."""
    of: Literal["errors", "squares"]
    """`errors`: the decision is not the label; `squares`: the squared distance of the probability from the event."""
    bins: int
    """Into which a number is cut."""
    size: int
    least: int
    """People of a slice in the half that is searched."""
    most: int
    """Slices that are counted."""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class RegionsRequest:
    """Wrong decisions about sampled people of two datasets, by regions of each input that are made of `against`."""

    data: Role
    against: Role
    features: tuple[str, ...]
    bins: int
    size: int
    """Of each."""
    where: Condition | None = None


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
class RepeatsRequest:
    """Scores of sampled people, asked of the model several times, and those that the data hold."""

    data: Role
    size: int
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class RetrainedRequest:
    """Scores of sampled people by the model and by the one that its recorded training makes, run again."""

    data: Role
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
    | ResidualsRequest
    | PairedScoresRequest
    | ProfileRequest
    | DistributionsRequest
    | CodeBookRequest
    | DomainRequest
    | SharedRowsRequest
    | SharedEntitiesRequest
    | DaysRequest
    | DuplicatesRequest
    | PatternsRequest
    | CorrelationsRequest
    | SlicesRequest
    | RegionsRequest
    | RowsRequest
    | FlipsRequest
    | RepeatsRequest
    | RetrainedRequest
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
