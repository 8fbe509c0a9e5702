"""Events and non-events by score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.evidence.table import table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

EVENTS = "events: "


@dataclass(frozen=True)
class Scores:
    """Events and non-events at each distinct score, ascending. Shapes (k,)."""

    score: Floats
    events: Counts
    nonevents: Counts
    unlabelled: int
    """Rows with a score but no label."""
    unscored: int
    """Rows without a finite score."""
    event: str
    """What the score speaks for, in words: `default = 1`."""
    probability: bool

    @property
    def total(self) -> int:
        """All rows, with and without label and score."""
        return int(self.events.sum() + self.nonevents.sum()) + self.unlabelled + self.unscored

    def csv(self) -> bytes:
        """Canonical bytes: a line for the rows without label and without score, then one per score."""
        score = "probability" if self.probability else "score"
        rows: list[tuple[object, ...]] = [(None, None, None, self.unlabelled, self.unscored)]
        columns = (self.score.tolist(), self.events.tolist(), self.nonevents.tolist())
        rows += [(*line, None, None) for line in zip(*columns, strict=True)]
        return table((score, EVENTS + self.event, "nonevents", "unlabelled", "unscored"), rows)
