"""Confusion tables of groups, from cells, and the rates that are made of them, for many tables at once.

A table has the shape (…, 2, 2): label by decision, 0 unfavourable and 1 favourable. It holds counts or sums of weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.intp]

METRICS = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "true_negative_rate",
    "accuracy",
    "precision",
    "f1",
)
"""All that `rates` computes, in its order."""
_LEVELS = {"unfavourable": 0, "favourable": 1}


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where the cells of one grouping lie in its confusion tables."""

    groups: tuple[tuple[str, ...], ...]
    """The levels of each group, sorted."""
    cells: Places
    """(k,): the cells that have a label, a decision and a known group, ordered by `slots`."""
    slots: Places
    """(k,): ascending; 4 · group + 2 · label + decision of each of them."""

    def tables(self, amounts: Floats) -> Floats:
        """Tables of all groups, (…, groups, 2, 2), of amounts per cell, (…, cells): a sum over the cells of each."""
        import numpy as np

        out = np.zeros((*amounts.shape[:-1], 4 * len(self.groups)))
        if len(self.cells):
            begins = np.flatnonzero(np.diff(self.slots, prepend=-1))
            out[..., self.slots[begins]] = np.add.reduceat(amounts[..., self.cells], begins, axis=-1)
        return out.reshape(*amounts.shape[:-1], len(self.groups), 2, 2)


def grouping(rows: Sequence[tuple[str | None, ...]], label: int, decision: int, parts: Sequence[int]) -> Grouping:
    """The grouping by the levels at `parts` of cells with these levels; label and decision stand at their places.

    Cells without label, without decision or with an unknown part are in no table. No parts: one group of everybody.
    """
    import numpy as np

    known = [
        (tuple(level for level in (row[part] for part in parts) if level is not None), row, cell)
        for cell, row in enumerate(rows)
        if row[label] is not None and row[decision] is not None
    ]
    known = [one for one in known if len(one[0]) == len(parts)]
    groups = tuple(sorted({levels for levels, _, _ in known}))
    place = {levels: 4 * at for at, levels in enumerate(groups)}
    slots = [place[levels] + 2 * _LEVELS[row[label] or ""] + _LEVELS[row[decision] or ""] for levels, row, _ in known]
    order = np.argsort(slots, kind="stable")
    cells = np.array([cell for _, _, cell in known], dtype=np.intp)
    return Grouping(groups, cells[order], np.array(slots, dtype=np.intp)[order])


def rates(tables: Floats) -> dict[str, Floats]:
    """Each of METRICS for each table; nan where the denominator is 0, never 0 in its place."""
    tn, fp, fn, tp = (tables[..., label, decision] for label in (0, 1) for decision in (0, 1))
    positives, negatives, selected = tp + fn, tn + fp, tp + fp
    everybody = positives + negatives
    return {
        "selection_rate": _over(selected, everybody),
        "true_positive_rate": _over(tp, positives),
        "false_positive_rate": _over(fp, negatives),
        "false_negative_rate": _over(fn, positives),
        "true_negative_rate": _over(tn, negatives),
        "accuracy": _over(tp + tn, everybody),
        "precision": _over(tp, selected),
        "f1": _over(2 * tp, positives + selected),
    }


def _over(part: Floats, whole: Floats) -> Floats:
    import numpy as np

    rate: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return rate
