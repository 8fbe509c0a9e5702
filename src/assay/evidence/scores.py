"""Events and non-events by score: at each distinct one, or in narrow bins beside sums that lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from assay.evidence.table import table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

EVENTS = "events: "
TO, ENTITY = "to", "entity"
WEIGHTS = ("events_weight", "events_weight_squares", "nonevents_weight", "nonevents_weight_squares")
SCORE_SUMS = ("events_scores", "nonevents_scores")
SUMS = ("sum", "value")


@dataclass(frozen=True)
class Weights:
    """Sums of the sampling weights, and of their squares, in each line. Shapes (k,)."""

    events: Floats
    events_squares: Floats
    nonevents: Floats
    nonevents_squares: Floats


@dataclass(frozen=True)
class Losses:
    """Sums over the labelled rows, weighted where rows are: what Brier score and log loss are made of."""

    event_squares: float
    """Of the squared probabilities of the rows with the event."""
    nonevent_squares: float
    event_logs: float
    """Of -ln p of the rows with the event."""
    nonevent_logs: float
    """Of -ln(1 - p) of the rows without it."""
    impossible: int
    """Rows of which that logarithm is infinite; they are in neither sum."""


@dataclass(frozen=True)
class Ranks:
    """Sums over the distinct scores, by which what depends on ranks is exact although bins are all that is fetched."""

    twice_u: int
    """Twice the pairs of an event and a non-event in which the event's score is higher; a tie counts one."""
    event_rank_squares: int
    """Over the events: the square of twice the non-events below, plus those at the same score."""
    nonevent_rank_squares: int
    """Over the non-events: the square of twice the events above, plus those at the same score."""
    ks: int
    """The greatest |events so far · all non-events - non-events so far · all events| over the scores."""
    average_precision: float


@dataclass(frozen=True)
class Bins:
    """What stands beside events and non-events where a line is a bin. Shapes (k,); bins of several random groups have
    the limits of all of them.
    """

    least: Floats
    """The least score in the bin."""
    greatest: Floats
    event_scores: Floats
    """Sum of the scores of the events, weighted where rows are."""
    nonevent_scores: Floats
    losses: Losses | None
    """Of probabilities."""
    ranks: Ranks | None
    """Where they were asked for."""


@dataclass(frozen=True)
class Scores:
    """Events and non-events by score, ascending. Shapes (k,). People are counted, weighted or not.

    A line is a distinct score; or, where there are too many, a bin of neighbouring ones; or, where people stand in
    several rows, either of them in one random group.
    """

    score: Floats
    """Of a bin its mean, or where nothing weighs anything its least one. The same in every random group."""
    events: Counts
    nonevents: Counts
    unlabelled: int
    """Rows with a score but no label."""
    unscored: int
    """Rows without a finite score."""
    event: str
    """What the score speaks for, in words: `default = 1`."""
    probability: bool
    weights: Weights | None = None
    group: Counts | None = None
    """The random group of each line, where people stand in several rows: 0 to 399, and 400 for those not known."""
    bins: Bins | None = None

    @property
    def total(self) -> int:
        """All rows, with and without label and score."""
        return int(self.events.sum() + self.nonevents.sum()) + self.unlabelled + self.unscored

    @property
    def plain(self) -> bool:
        """Whether rows neither weigh differently nor belong to the same people."""
        return self.weights is None and self.group is None

    @cached_property
    def place(self) -> Counts:
        """Which distinct score, or bin, a line is of: 0, 1, ..."""
        return places(self.score)

    @cached_property
    def several(self) -> npt.NDArray[np.bool_]:
        """Whether the line is a bin of more than one score."""
        import numpy as np

        return np.zeros(len(self.score), bool) if self.bins is None else self.bins.greatest > self.bins.least

    def csv(self) -> bytes:
        """Canonical bytes: a line for the rows without label and without score, one per sum, then one per score."""
        bins, weights = self.bins, self.weights
        first = bins.least if bins else self.score
        columns = [first, *((bins.greatest,) if bins else ()), *((self.group,) if self.group is not None else ())]
        keys = len(columns)
        columns += [self.events, self.nonevents]
        more = [getattr(weights, field.name) for field in fields(weights)] if weights else []
        more += [bins.event_scores, bins.nonevent_scores] if bins else []
        sums = len(SUMS) if bins else 0
        head: list[tuple[object, ...]] = [
            (*(None,) * (keys + 2), self.unlabelled, self.unscored, *(None,) * (len(more) + sums))
        ]
        for name, value in named_sums(bins):
            head.append((*(None,) * (keys + 4 + len(more)), name, value))
        lists = [column.tolist() for column in (*columns, *more)]
        lines = (
            (*line[: keys + 2], None, None, *line[keys + 2 :], *(None,) * sums) for line in zip(*lists, strict=True)
        )
        return table(header_of(self), chain(head, lines))


def header_of(scores: Scores) -> tuple[str, ...]:
    """The header of its table."""
    return header(
        EVENTS + scores.event,
        probability=scores.probability,
        binned=scores.bins is not None,
        clustered=scores.group is not None,
        weighted=scores.weights is not None,
    )


def header(event: str, *, probability: bool, binned: bool, clustered: bool, weighted: bool) -> tuple[str, ...]:
    """The header of a table of scores."""
    return (
        "probability" if probability else "score",
        *((TO,) if binned else ()),
        *((ENTITY,) if clustered else ()),
        event, "nonevents", "unlabelled", "unscored",
        *(WEIGHTS if weighted else ()),
        *((*SCORE_SUMS, *SUMS) if binned else ()),
    )  # fmt: skip


def named_sums(bins: Bins | None) -> Iterator[tuple[str, int | float]]:
    """The sums that stand in lines of their own."""
    for part in (bins.losses, bins.ranks) if bins else ():
        if part is not None:
            yield from zip((field.name for field in fields(part)), astuple(part), strict=True)


def places(ascending: Floats) -> Counts:
    """Which of the distinct numbers each one is: 0, 1, ..."""
    import numpy as np

    return np.cumsum(np.diff(ascending, prepend=ascending[:1]) > 0).astype(np.int64)


def mean_scores(bins: Bins, masses: Floats, places: Counts) -> Floats:
    """The mean score of each line's bin, over all of its random groups; never outside the bin."""
    import numpy as np

    sums = np.bincount(places, bins.event_scores + bins.nonevent_scores)
    weights = np.bincount(places, masses)
    least = np.zeros(len(sums))
    least[places] = bins.least
    means = np.divide(sums, weights, out=least, where=weights > 0)
    return np.clip(means[places], bins.least, bins.greatest)
