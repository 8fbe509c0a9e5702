"""What people weigh who have sampling weights, or of whom some stand in several rows, line by line of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.stats.design import NOTHING, kish

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
        return kish(float(self.sums.sum()), float(self.squares.sum()), int(self.people.sum()))


def spread_of_independent(masses: Masses, influence: Floats) -> float:
    """The variance of Σ w·influence over independent people, whose influences have a weighted mean of 0.

    n/(n − 1) · Σ w²·influence², by which equal weights give the usual variance of a mean; infinite for a single person.
    """
    people = int(masses.people.sum())
    return float(masses.squares @ influence**2) * people / (people - 1) if people > 1 else float("inf")


@dataclass(frozen=True, slots=True)
class RandomGroups:
    """The k random groups of entities in which anybody weighs anything. The others tell nothing."""

    held: npt.NDArray[np.bool_]
    """Of all lines, those that weigh anything."""
    number: Counts
    """The group of each of these, from 0."""
    events: Floats
    """What the events of each group weigh. Shape (k,)."""
    nonevents: Floats

    @classmethod
    def of(cls, group: Counts, events: Masses, nonevents: Masses) -> RandomGroups:
        """From the group of each line."""
        import numpy as np

        held = (events.sums + nonevents.sums) > 0
        _, number = np.unique(group[held], return_inverse=True)
        own, other = (np.bincount(number, each.sums[held]).astype(np.float64) for each in (events, nonevents))
        return cls(held, number.astype(np.int64), own, other)

    @property
    def k(self) -> int:
        """How many there are."""
        return len(self.events)

    @property
    def share(self) -> Floats:
        """Of each group: its share of all events or of all non-events, whichever is larger."""
        import numpy as np

        larger: Floats = np.maximum(self.events / self.events.sum(), self.nonevents / self.nonevents.sum())
        return larger

    @property
    def hides(self) -> bool:
        """Whether a single group holds all events or all non-events, so that nothing is known without it."""
        return bool(self.share.max() >= 1 - NOTHING)

    def totals(self, amounts: Floats) -> Floats:
        """Sums of the lines' amounts. Shape (k,)."""
        import numpy as np

        sums: Floats = np.bincount(self.number, amounts[self.held], minlength=self.k).astype(np.float64)
        return sums

    def spread(self, totals: Floats) -> Floats:
        """The variance of a sum from its totals in the groups, which add up to 0; of several sums their covariances.

        (k − 1)/k · Σ (total / (1 − share))², the linearised delete-a-group jackknife: a group that holds much makes
        the estimate, so its total is near 0 by itself, but without it the estimate is another. Shapes (k,) or (k, m).
        Source: Kott 2001; Wolter 2007, chapter 4.
        """
        import numpy as np

        moved = (totals.T / np.maximum(1 - self.share, NOTHING)).T
        return np.asarray(moved.T @ moved * (self.k - 1) / self.k, np.float64)
