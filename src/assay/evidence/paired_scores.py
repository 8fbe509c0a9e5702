"""Two models' scores of the same rows: what tells how much better one is, with the error of a paired comparison."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields

from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_name,
    as_number,
    as_optional_count,
    as_text,
    lines_of,
    table,
)

SQUARE, LOG, ABSOLUTE = "square", "log", "absolute"
_HEADER = ("sum", "value")
_COUNTS = ("people", "events", "unlabelled", "unscored")
_IMPOSSIBLE = ("impossible", "champion_impossible")
_LARGE = re.compile(r"0|[1-9][0-9]{0,39}")
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Placements:
    """Sums over placements. That of an event is twice the non-events with a lower score, plus those with the same; that
    of a non-event twice the events with a higher score, plus those with the same.
    """

    own: int
    """Of the placements of the events by the challenger, or of the non-events: both give the same sum."""
    champion: int
    event_own_squares: int
    event_champion_squares: int
    event_products: int
    """Of the placement by the challenger times that by the champion."""
    nonevent_own_squares: int
    nonevent_champion_squares: int
    nonevent_products: int


@dataclass(frozen=True, slots=True)
class PairedLoss:
    """Of each row the loss of either model: sums of their mean m, and of d, champion less challenger."""

    name: str
    """`square`, `log` or `absolute`."""
    unit: float
    """In which none of these is beyond 1: a power of two."""
    mean: float
    difference: float
    mean_squares: float
    products: float
    """Of m times d."""
    difference_squares: float


@dataclass(frozen=True)
class PairedScores:
    """The challenger is the model under audit, the champion the one in use. No sum depends on the order of rows."""

    event: str | None
    """What a higher score speaks for, in words; None where the label is taken as a number."""
    people: int
    """Those with a label and both scores, whom all sums are of."""
    events: int | None
    unlabelled: int
    """Those with both scores and no label."""
    unscored: int
    """Those without a finite score of one of the models."""
    placements: Placements | None
    """Of events."""
    losses: tuple[PairedLoss, ...]
    """Of probabilities and of numbers; none of ranks."""
    impossible: tuple[int, int] = (0, 0)
    """People of whom the challenger, and the champion, gave what happened the probability 0: not in the log losses."""

    @property
    def nonevents(self) -> int:
        """Those without the event."""
        return self.people - (self.events or 0)

    @property
    def total(self) -> int:
        """All rows, with and without label and scores."""
        return self.people + self.unlabelled + self.unscored

    def loss(self, name: str) -> PairedLoss | None:
        """The loss of that name, where there is one."""
        return next((each for each in self.losses if each.name == name), None)

    def csv(self) -> bytes:
        """Canonical bytes: one line for each number."""
        return table(_HEADER, self._lines())

    def _lines(self) -> Iterator[tuple[str, object]]:
        yield "event", self.event
        yield from zip(_COUNTS, (self.people, self.events, self.unlabelled, self.unscored), strict=True)
        if self.placements is not None:
            yield from zip(_names(Placements), astuple(self.placements), strict=True)
        for loss in self.losses:
            name, *numbers = astuple(loss)
            yield from zip((f"{name} {each}" for each in _names(PairedLoss)[1:]), numbers, strict=True)
        if self.loss(LOG) is not None:
            yield from zip(_IMPOSSIBLE, self.impossible, strict=True)


def _names(kind: type[Placements | PairedLoss]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def read_paired_scores(data: bytes) -> PairedScores:
    """The value in a table whose sums can be those of two models. UnreadableTable for any other."""
    header, *lines = lines_of(data)
    held = {as_name(line[0]): line[1] for line in lines}
    if tuple(header) != _HEADER or len(held) < len(lines) or not {"event", *_COUNTS} <= held.keys():
        raise UnreadableTable("its header or its lines are not those of paired scores")
    event, events = as_text(held["event"]), as_optional_count(held["events"])
    people, unlabelled, unscored = (as_count(held[name]) for name in ("people", "unlabelled", "unscored"))
    if (event is None) != (events is None) or people + unlabelled + unscored > LARGEST_COUNT or (events or 0) > people:
        raise UnreadableTable("its counts are not those of paired scores")
    losses = tuple(
        PairedLoss(name, *(_of(held, f"{name} {each}") for each in _names(PairedLoss)[1:]))
        for name in ((SQUARE, LOG) if event is not None else (SQUARE, ABSOLUTE))
        if event is None or f"{name} unit" in held
    )
    placements, impossible = None, (0, 0)
    if events is not None:
        placements = Placements(*(_large(held, name) for name in _names(Placements)))
        _require_placements(placements, events, people - events)
    if any(loss.name == LOG for loss in losses):
        own, other = (_large(held, name) for name in _IMPOSSIBLE)
        impossible = own, other
    for loss in losses:
        _require_loss(loss, people - (max(impossible) if loss.name == LOG else 0))
    return PairedScores(event, people, events, unlabelled, unscored, placements, losses, impossible)


def _of(held: dict[str, str], name: str) -> float:
    if name not in held:
        raise UnreadableTable(f"it has no sum {name}")
    return as_number(held[name])


def _large(held: dict[str, str], name: str) -> int:
    cell = held.get(name, "")
    if not _LARGE.fullmatch(cell):
        raise UnreadableTable(f"{cell[:40]!r} is no sum of counts")
    return int(cell)


def _require_placements(sums: Placements, events: int, nonevents: int) -> None:
    """What n placements between 0 and twice the others can add up to."""
    s = sums
    for own, other, squares, products in (
        (events, nonevents, (s.event_own_squares, s.event_champion_squares), s.event_products),
        (nonevents, events, (s.nonevent_own_squares, s.nonevent_champion_squares), s.nonevent_products),
    ):
        for placed, square in zip((s.own, s.champion), squares, strict=True):
            if placed > 2 * own * other or square * own < placed * placed or square > 2 * other * placed:
                raise UnreadableTable("its sums are not those of placements")
        spread = [own * square - placed * placed for placed, square in zip((s.own, s.champion), squares, strict=True)]
        if (own * products - s.own * s.champion) ** 2 > spread[0] * spread[1]:
            raise UnreadableTable("its products are not those of the same placements")


def _require_loss(loss: PairedLoss, people: int) -> None:
    """What numbers that are not beyond 1 can add up to, but for rounding."""
    if people < 0 or loss.unit <= 0 or math.frexp(loss.unit)[0] != 0.5:
        raise UnreadableTable("its unit is no power of two, or it counts nobody")
    slack = _SLACK * max(people, 1)
    m, d, mm, md, dd = loss.mean, loss.difference, loss.mean_squares, loss.products, loss.difference_squares
    within = -slack <= mm <= m + slack and m <= people + slack and dd <= 4 * mm + slack and dd <= people + slack
    squares = (m, mm, people), (d, dd, people), (md, mm, dd)
    if not within or any(both * both > first * second + slack * slack + slack * people
                         for both, first, second in squares):  # fmt: skip
        raise UnreadableTable("its sums are not those of losses")
