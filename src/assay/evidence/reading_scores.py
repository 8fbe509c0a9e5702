"""Tables of scores read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assay.evidence.cells import LARGEST_WEIGHT
from assay.evidence.scores import (
    ENTITY,
    EVENTS,
    SCORE_SUMS,
    SUMS,
    TO,
    WEIGHTS,
    Bins,
    Losses,
    Ranks,
    Scores,
    Weights,
    header,
    mean_scores,
    places,
)
from assay.evidence.table import LARGEST_COUNT, UnreadableTable, as_count, as_number, as_text, lines_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

LAST_GROUP = 400
_LARGE = re.compile(r"0|[1-9][0-9]{0,39}")
_SLACK = 1e-6
"""What fixed point and rounding may take away from a sum, in parts of the greatest one."""


def read_scores(data: bytes) -> Scores:
    """Scores or bins, ascending, each with an event or a non-event."""
    import numpy as np

    names, *lines = lines_of(data)
    place = {name: at for at, name in enumerate(names)}
    event = next(
        ((at, told) for at, cell in enumerate(names) if (told := as_text(cell) or "").startswith(EVENTS)), None
    )
    binned, clustered, weighted = TO in place, ENTITY in place, WEIGHTS[0] in place
    if event is None or not lines or len(place) != len(names):
        raise UnreadableTable("its header is not that of scores")
    at, told = event
    expected = header(
        told, probability=names[0] == "probability", binned=binned, clustered=clustered, weighted=weighted
    )
    if [as_text(cell) for cell in names] != list(expected):
        raise UnreadableTable("its header is not that of scores")
    first = next((number for number, line in enumerate(lines) if number and line[0]), len(lines))
    head, lines = lines[:first], lines[first:]

    def column(name: str, read: Callable[[str], Any], kind: Any) -> Any:
        return np.array([read(line[place[name]]) for line in lines], dtype=kind)

    events, nonevents = column(names[at], as_count, object), column("nonevents", as_count, object)
    unlabelled, unscored = (as_count(head[0][place[name]]) for name in ("unlabelled", "unscored"))
    if events.sum() + nonevents.sum() + unlabelled + unscored > LARGEST_COUNT:
        raise UnreadableTable(f"it counts more than {LARGEST_COUNT} rows")
    events, nonevents = events.astype(np.int64), nonevents.astype(np.int64)
    group = column(ENTITY, as_count, np.int64) if clustered else None
    score = column(names[0], as_number, np.float64)
    _require_order(score, group, events + nonevents)
    if names[0] == "probability" and len(score) and not 0 <= score[0] <= score[-1] <= 1:
        raise UnreadableTable("a probability lies outside 0 to 1")
    weights = Weights(*(column(name, as_weight, np.float64) for name in WEIGHTS)) if weighted else None
    if weights is not None:
        require_weights(events, weights.events, weights.events_squares)
        require_weights(nonevents, weights.nonevents, weights.nonevents_squares)
    bins = None
    if binned:
        sums = {line[place[SUMS[0]]]: line[place[SUMS[1]]] for line in head[1:]}
        losses = Losses(*_named(Losses, sums)) if names[0] == "probability" else None
        ranks = Ranks(*_named(Ranks, sums)) if fields(Ranks)[0].name in sums else None
        greatest, *inside = (column(name, as_number, np.float64) for name in (TO, *SCORE_SUMS))
        bins = Bins(score, greatest, inside[0], inside[1], losses, ranks)
        masses = (weights.events, weights.nonevents) if weights else (events.astype(float), nonevents.astype(float))
        _require_bins(bins, *masses, people=int(events.sum() + nonevents.sum()))
        if ranks is not None and (weighted or clustered):
            raise UnreadableTable("sums over ranks are not those of weights or entities")
        if ranks is not None:
            _require_ranks(ranks, events, nonevents, several=bins.greatest > bins.least)
        score = mean_scores(bins, masses[0] + masses[1], places(score))
    return Scores(
        score=score,
        events=events,
        nonevents=nonevents,
        unlabelled=unlabelled,
        unscored=unscored,
        event=told.removeprefix(EVENTS),
        probability=names[0] == "probability",
        weights=weights,
        group=group,
        bins=bins,
    )


def _named(kind: type[Losses | Ranks], sums: dict[str, str]) -> list[Any]:
    missing = [field.name for field in fields(kind) if field.name not in sums]
    if missing:
        raise UnreadableTable(f"it has no sum {missing[0]}")
    return [_as_large(sums[field.name]) if field.type == "int" else _as_sum(sums[field.name]) for field in fields(kind)]


def _as_large(cell: str) -> int:
    if not _LARGE.fullmatch(cell):
        raise UnreadableTable(f"{cell[:40]!r} is no sum of counts")
    return int(cell)


def _as_sum(cell: str) -> float:
    if (number := as_number(cell)) < 0:
        raise UnreadableTable(f"{cell[:40]!r} is no sum of squares or logarithms")
    return number


def as_weight(cell: str) -> float:
    """A weight, or the sum of some or of their squares."""
    if not 0 <= (number := as_number(cell)) <= LARGEST_WEIGHT:
        raise UnreadableTable("a weight is negative or beyond all bounds")
    return number


def _require_order(score: Floats, group: Counts | None, people: Counts) -> None:
    keys: Sequence[Any] = score.tolist() if group is None else list(zip(score.tolist(), group.tolist(), strict=True))
    if any(a >= b for a, b in pairwise(keys)) or (people == 0).any():
        raise UnreadableTable("its scores are empty, doubled or not in order")
    if group is not None and (group > LAST_GROUP).any():
        raise UnreadableTable(f"it has a random group beyond {LAST_GROUP}")


def require_weights(people: Counts, weights: Floats, squares: Floats) -> None:
    """What sums of n numbers that are not negative can be: (Σw)²/n ≤ Σw² ≤ (Σw)², but for rounding."""
    whole, rounding = weights * weights, people * squares.max(initial=0.0) * 1e-14
    if (squares > whole * (1 + _SLACK) + rounding).any() or (
        (squares + rounding) * people * (1 + _SLACK) < whole
    ).any():
        raise UnreadableTable("its weights and their squares are not of the same people")


def _require_bins(bins: Bins, events: Floats, nonevents: Floats, *, people: int) -> None:
    """Bins that do not overlap, sums of scores that lie within them, and squares of probabilities that fit those."""
    import numpy as np

    least, greatest = bins.least, bins.greatest
    same = np.diff(least) == 0
    if (greatest < least).any() or (np.diff(greatest)[same] != 0).any() or (least[1:] <= greatest[:-1])[~same].any():
        raise UnreadableTable("its bins overlap")
    for masses, sums in ((events, bins.event_scores), (nonevents, bins.nonevent_scores)):
        slack = _SLACK * max(1.0, float(np.abs(sums).max(initial=0.0)))
        if ((sums < masses * least - slack) | (sums > masses * greatest + slack)).any():
            raise UnreadableTable("the scores of a bin do not lie within it")
    losses = bins.losses
    if losses is None:
        return
    probable = not len(least) or (least[0] >= 0 and greatest[-1] <= 1)
    squares = ((losses.event_squares, bins.event_scores), (losses.nonevent_squares, bins.nonevent_scores))
    if not probable or losses.impossible > people or any(s > t.sum() * (1 + _SLACK) + _SLACK for s, t in squares):
        raise UnreadableTable("its sums are not those of probabilities")


def _require_ranks(ranks: Ranks, events: Counts, nonevents: Counts, *, several: npt.NDArray[np.bool_]) -> None:
    """What the bins leave open: pairs within a bin, and what their squares can add up to."""
    p, n, below, binned, within = int(events.sum()), int(nonevents.sum()), 0, 0, 0
    for e, o, inside in zip(events.tolist(), nonevents.tolist(), several.tolist(), strict=True):
        binned += e * (2 * below + o)
        within += e * o * inside
        below += o
    squares = ((ranks.event_rank_squares, p, n), (ranks.nonevent_rank_squares, n, p))
    if (
        abs(ranks.twice_u - binned) > within
        or any(s * own < ranks.twice_u**2 or s > 4 * other * other * own for s, own, other in squares)
        or ranks.ks > p * n
        or ranks.average_precision > 1 + _SLACK
    ):
        raise UnreadableTable("its sums of ranks are not those of its bins")
