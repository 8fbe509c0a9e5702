"""What people weigh who have sampling weights, or of whom some stand in several rows, line by line of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Masses:
    """Of the people with the event, or of those without it. Shapes (k,); without weights all three are the same."""

    people: Counts
    sums: Floats
    """Of their weights."""
    squares: Floats
    """Of their squared weights."""

    @property
    def effective(self) -> float:
        """How many people of equal weight they are worth; never more than there are. Source: Kish 1965."""
        squares, people = float(self.squares.sum()), int(self.people.sum())
        return min(float(self.sums.sum()) ** 2 / squares, float(people)) if squares else 0.0


def spread_of_independent(masses: Masses, influence: Floats) -> float:
    """The variance of Σ w·influence over independent people, whose influences have a weighted mean of 0.

    n/(n − 1) · Σ w²·influence², by which equal weights give the usual variance of a mean; infinite for a single person.
    """
    people = int(masses.people.sum())
    return float(masses.squares @ influence**2) * people / (people - 1) if people > 1 else float("inf")


def spread_of_groups(totals: Floats, groups: int) -> float:
    """The variance of a sum from its totals in the random groups that hold anybody, which add up to 0.

    k/(k − 1) · Σ total²; infinite with fewer than two groups. Source: Wolter 2007, chapter 2.
    """
    return float(totals @ totals) * groups / (groups - 1) if groups > 1 else float("inf")
