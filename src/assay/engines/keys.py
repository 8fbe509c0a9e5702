"""Keys of cells: what rows are grouped by, and which level each value found there means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from assay.engines.dataset import CLUSTER, RANDOM_GROUPS, Dataset
from assay.engines.levels import (
    SCORE,
    bin_names,
    is_good,
    is_one_of,
)
from assay.engines.median import middle_scores
from assay.engines.score import require_probabilities
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Level
from assay.record.columns import Favourable, ScoreColumn
from assay.record.condition import Condition

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True)
class Key(ABC):
    """What to group by. Values are grouped as they stand in the file, and made into levels where they are few."""

    dataset: Dataset

    @property
    @abstractmethod
    def expression(self) -> nw.Expr:
        """Gives the values."""

    @abstractmethod
    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:
        """The level of each value found, with the people who hold it; `broken`: `breaks` was 1 in some row.

        Raises DataError for values that the manifest does not allow.
        """

    @property
    def longest(self) -> int | None:
        """Characters beyond which a text is cut off before it leaves the engine: too long to be a level."""
        return None

    @property
    def breaks(self) -> nw.Expr | None:
        """1 in a row whose number is not whole, where that changes what the levels are called."""
        return None

    @property
    def most(self) -> int | None:
        """How many levels there can be; None where the data say."""
        return None

    def require_few(self, within: int | None) -> None:  # noqa: B027  most keys have few levels by what they are
        """DataError where the column has no few levels, looked at in its first rows, or in all of them."""


@dataclass(frozen=True)
class RandomGroup(Key):
    """The random group of an entity."""

    @property
    def expression(self) -> nw.Expr:
        """Gives the name of the group."""
        import narwhals as nw

        return nw.col(CLUSTER)

    @property
    def most(self) -> int:
        """The groups, and none."""
        return RANDOM_GROUPS + 1

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:  # noqa: ARG002
        """Each its own."""
        return {value: None if value is None else str(value) for value in people}


_SIDES: Mapping[int | None, Level] = {1: FAVOURABLE, 0: UNFAVOURABLE, None: None}
_OUTSIDE = 2


@dataclass(frozen=True)
class Cut(Key):
    """A decision by the score."""

    favourable: Favourable
    score: ScoreColumn
    column: str = SCORE
    """Of the frame: the model's own score, or that of another model."""

    @property
    def expression(self) -> nw.Expr:
        """1 on the good side of the cut, 0 on the other, 2 where a probability lies outside [0, 1]: a number costs the
        engine half of what a name costs, and no scan of its own is needed to find such scores.
        """
        import narwhals as nw

        score = nw.col(self.column)
        bad = nw.when(~score.is_null()).then(nw.lit(0)).otherwise(None)
        side = nw.when(is_good(self.favourable, self.column)).then(nw.lit(1)).otherwise(bad)
        if self.score.kind != "probability":
            return side
        return nw.when((score < 0) | (score > 1)).then(nw.lit(_OUTSIDE)).otherwise(side)

    @property
    def most(self) -> int:
        """Two sides, and none."""
        return len(_SIDES)

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:  # noqa: ARG002
        """Favourable on the good side."""
        if _OUTSIDE in people:
            require_probabilities(self.dataset, self.score, self.column)
        return {side: _SIDES[side] for side in people}


@dataclass(frozen=True)
class AboveMedian(Key):
    """Whether the score lies beyond the median of all people with a score, on its favourable side."""

    score: ScoreColumn
    higher: Literal["favourable", "unfavourable"]
    where: Condition | None
    ties: bool
    """Whether a score at the median counts as beyond it."""

    @property
    def expression(self) -> nw.Expr:
        """1 beyond the median, 0 on its other side. No score lies between the two middle ones, so beyond their mean is
        beyond the one, or from the other one on: nothing is rounded.
        """
        import narwhals as nw

        require_probabilities(self.dataset, self.score)
        score, middle = nw.col(SCORE), middle_scores(self.dataset, self.where)
        if middle is None:
            return nw.when(score.is_null()).then(nw.lit(None, nw.Int64)).otherwise(None)
        if self.higher == "favourable":
            beyond = score >= middle[1] if self.ties else score > middle[0]
        else:
            beyond = score <= middle[0] if self.ties else score < middle[1]
        side = nw.when(~score.is_null()).then(nw.lit(0)).otherwise(None)
        return nw.when(beyond).then(nw.lit(1)).otherwise(side)

    @property
    def most(self) -> int:
        """Two sides, and none."""
        return len(_SIDES)

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:  # noqa: ARG002
        """Favourable beyond the median."""
        return {side: _SIDES[side] for side in people}


@dataclass(frozen=True)
class Binned(Key):
    """An attribute by the bins of its numbers: edges [25, 35] make "under 25", "25-34", "35 and over"."""

    name: str
    edges: tuple[float, ...]
    unknown: tuple[str, ...]
    filtered: bool
    """Whether some rows are left out, which is no reason to call a bin otherwise."""

    @property
    def most(self) -> int:
        """The bins, and none."""
        return len(self.edges) + 2

    @property
    def expression(self) -> nw.Expr:
        """The place of the bin; null where the number is unknown."""
        import narwhals as nw

        known = self._known
        bin_of = nw.when(known < self.edges[0]).then(nw.lit(0)).otherwise(None)
        for place, (low, high) in enumerate(pairwise((*self.edges, None)), start=1):
            inside = known >= low if high is None else (known >= low) & (known < high)
            bin_of = nw.when(inside).then(nw.lit(place)).otherwise(bin_of)
        return bin_of

    @cached_property
    def _known(self) -> nw.Expr:
        import narwhals as nw

        if not self.unknown:
            return self._number
        return nw.when(~is_one_of(self.dataset.code(self.name), self.unknown)).then(self._number).otherwise(None)

    @cached_property
    def _number(self) -> nw.Expr:
        import narwhals as nw

        return nw.col(self.dataset.number(self.name))

    @property
    def _whole_edges(self) -> bool:
        return all(float(edge).is_integer() for edge in self.edges)

    @property
    def breaks(self) -> nw.Expr | None:
        """1 in a row whose number is not whole."""
        import narwhals as nw

        if self.filtered or not self._whole_edges or self.dataset.kind(self.name) == "integer":
            return None
        return nw.when(self._number != self._number.floor()).then(nw.lit(1)).otherwise(nw.lit(0))

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:
        """The names of the bins."""
        whole = self._whole_edges and not broken and (not self.filtered or self.dataset.is_whole(self.name))
        names = bin_names(self.edges, whole=whole)
        return {value: None if value is None else names[value] for value in people}
