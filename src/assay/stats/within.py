"""The area under the ROC curve of people who are compared only with those of their own fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.stats.auc import Auc

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]


def auc_within(folds: Sequence[tuple[Counts, Counts, Counts]]) -> Auc | None:
    """The chance that an event has a higher score than a non-event of its own fold, ties counting half.

    Of each fold: events, non-events and different scores at ascending scores, or in bins of them. Scores of different
    folds come from different models and are never compared. The variance is DeLong's, of placements within the folds
    about the common area; with one fold it is that of `auc`. `bound` is what bins with several scores can be off by.
    None where no fold holds both events and non-events.
    """
    import numpy as np

    used = [(e, n, s) for e, n, s in folds if e.sum() and n.sum()]
    pairs = [int(e.sum()) * int(n.sum()) for e, n, _ in used]
    if not used:
        return None
    total = sum(pairs)
    twice = [2 * (np.cumsum(n) - n) + n for _, n, _ in used]  # twice the non-events an event there beats
    value = sum(int(e @ below) for (e, _, _), below in zip(used, twice, strict=True)) / (2 * total)
    spread = [0.0, 0.0]
    for (e, n, _), below in zip(used, twice, strict=True):
        above = 2 * (e.sum() - np.cumsum(e)) + e
        spread[0] += float(e @ (below / (2 * n.sum()) - value) ** 2)
        spread[1] += float(n @ (above / (2 * e.sum()) - value) ** 2)
    variance = 0.0
    sizes = [[int(each[side].sum()) for each in used] for side in (0, 1)]
    for squares, own in zip(spread, sizes, strict=True):
        each = squares / (sum(own) - 1) if sum(own) > 1 else float("inf")
        variance += each * sum((p / total) ** 2 / n for p, n in zip(pairs, own, strict=True))
    within = sum(int((e * n)[s > 1].sum()) for e, n, s in used)
    return Auc(value, variance, sum(sizes[0]), sum(sizes[1]), bound=within / (2 * total))


def cross_fitted(found: Auc) -> Auc:
    """The same area with an interval that holds although the models of the folds learn from each other's people.

    What one fold has by chance teaches the model that scores another, and the other way round: each agreement by chance
    of two folds counts twice. Where the scores say nothing the area varies twice as much as that of independent folds,
    and less where they say more: the variance is doubled, and people count half.
    """
    return replace(found, variance=2 * found.variance, effective=(found.events / 2, found.nonevents / 2))
