"""People by score and group: at each distinct score of a group, or in bins that all groups share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.evidence.cells import Level
from assay.evidence.scores import EVENTS, WEIGHTS, Bins, Scores, Weights
from assay.evidence.table import table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

BIN = ("from", "to")
PEOPLE = ("people", "nonevents", "unlabelled")
UNLABELLED_WEIGHTS = ("unlabelled_weight", "unlabelled_weight_squares")
ALONE_WEIGHTS = ("weight", "weight_squares")


@dataclass(frozen=True)
class Held:
    """The people of one kind in each line, weighted or not. Shapes (k,)."""

    counts: Counts
    weights: Floats | None = None
    squares: Floats | None = None

    def __add__(self, other: Held) -> Held:
        """Both kinds as one."""
        if self.weights is None or self.squares is None or other.weights is None or other.squares is None:
            return Held(self.counts + other.counts)
        return Held(self.counts + other.counts, self.weights + other.weights, self.squares + other.squares)

    def at(self, lines: npt.NDArray[np.bool_] | Counts) -> Held:
        """Those of some lines."""
        if self.weights is None or self.squares is None:
            return Held(self.counts[lines])
        return Held(self.counts[lines], self.weights[lines], self.squares[lines])

    @property
    def columns(self) -> list[Floats]:
        """Sums of weights and of their squares, where there are any."""
        return [] if self.weights is None or self.squares is None else [self.weights, self.squares]


@dataclass(frozen=True)
class GroupScores:
    """People by group and score: lines in the order of the groups, and of the scores within each. Shapes (k,)."""

    keys: tuple[str, ...]
    """As in cells: "group:sex"."""
    groups: tuple[tuple[Level, ...], ...]
    """The levels of each group that has anybody, in the order of cells."""
    unscored: tuple[int, ...]
    """Of each group the people without a finite score."""
    group: Counts
    """Which of the groups the line is of."""
    score: Floats
    """A distinct score, or of a bin the mean over all people in it: in every group the same."""
    events: Held
    nonevents: Held
    unlabelled: Held
    """People with a score and no label; everybody where no label was read."""
    event: str | None
    """What the score speaks for, in words; None where no label was read."""
    probability: bool
    limits: tuple[Floats, Floats] | None = None
    """Of bins the least and the greatest score of all people in them."""

    @property
    def people(self) -> Held:
        """All who have a score."""
        return self.events + self.nonevents + self.unlabelled

    @property
    def total(self) -> int:
        """All rows, with and without label and score."""
        return int(self.people.counts.sum()) + sum(self.unscored)

    @property
    def weighted(self) -> bool:
        """Whether people have sampling weights."""
        return self.unlabelled.weights is not None

    def without_labels(self) -> GroupScores:
        """The same people, told apart by nothing but score and group."""
        import numpy as np

        nobody = np.zeros(len(self.score), np.int64)
        none = Held(nobody, *(np.zeros(len(self.score)) for _ in self.unlabelled.columns))
        return GroupScores(
            self.keys, self.groups, self.unscored, self.group, self.score, none, none, self.people,
            None, self.probability, self.limits,
        )  # fmt: skip

    def part(self, group: int) -> Scores:
        """The scores of one group by event, as those of everybody are given."""
        mine = (self.group == group) & (self.events.counts + self.nonevents.counts > 0)
        score, events, nonevents = self.score[mine], self.events.at(mine), self.nonevents.at(mine)
        weights = Weights(*events.columns, *nonevents.columns) if self.weighted else None
        bins = None
        if self.limits is not None:
            least, greatest = self.limits
            own, other = (held.counts if held.weights is None else held.weights for held in (events, nonevents))
            bins = Bins(least[mine], greatest[mine], score * own, score * other, None, None)
        return Scores(
            score=score,
            events=events.counts,
            nonevents=nonevents.counts,
            unlabelled=int(self.unlabelled.counts[self.group == group].sum()),
            unscored=self.unscored[group],
            event=self.event or "",
            probability=self.probability,
            weights=weights,
            bins=bins,
        )

    def csv(self) -> bytes:
        """Canonical bytes: of each group the people without a score, then a line per score or bin."""
        kinds = (self.unlabelled,) if self.event is None else (self.events, self.nonevents, self.unlabelled)
        columns = [self.score, *(self.limits or ())]
        before = len(columns)
        columns += [held.counts for held in kinds]
        weights = [column for held in kinds for column in held.columns]
        lists = list(zip(*(column.tolist() for column in (*columns, *weights)), strict=True))
        ends = [0, *self._ends()]

        def lines() -> Iterator[tuple[object, ...]]:
            for place, (levels, unscored) in enumerate(zip(self.groups, self.unscored, strict=True)):
                yield (*levels, *(None,) * (before + len(kinds)), unscored, *(None,) * len(weights))
                for line in lists[ends[place] : ends[place + 1]]:
                    yield (*levels, *line[: before + len(kinds)], None, *line[before + len(kinds) :])

        return table(header_of(self), lines())

    def _ends(self) -> list[int]:
        import numpy as np

        ends: list[int] = np.cumsum(np.bincount(self.group, minlength=len(self.groups))).tolist()
        return ends


def header_of(scores: GroupScores) -> tuple[str, ...]:
    """The header of its table."""
    event = None if scores.event is None else EVENTS + scores.event
    return header(
        scores.keys,
        event,
        probability=scores.probability,
        binned=scores.limits is not None,
        weighted=scores.weighted,
    )


def header(
    keys: Sequence[str], event: str | None, *, probability: bool, binned: bool, weighted: bool
) -> tuple[str, ...]:
    """The header of a table of scores by group."""
    people = PEOPLE[:1] if event is None else (event, *PEOPLE[1:])
    weights = ALONE_WEIGHTS if event is None else (*WEIGHTS, *UNLABELLED_WEIGHTS)
    return (
        *keys,
        "probability" if probability else "score",
        *(BIN if binned else ()),
        *people,
        "unscored",
        *(weights if weighted else ()),
    )
