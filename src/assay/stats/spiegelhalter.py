"""Whether probabilities come true, by one sum over all of them: Spiegelhalter's test."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from typing import TYPE_CHECKING

from assay.stats.design import LEAST_GROUPS
from assay.stats.masses import Masses, RandomGroups

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic that is about normal where the probabilities are right."""

    z: float
    groups: int | None = None
    """The random groups between which its error was seen; Student's distribution then, with one degree less."""

    @property
    def p_value(self) -> float:
        """Two-sided."""
        if self.groups is None:
            return erfc(abs(self.z) / sqrt(2))
        from scipy.special import stdtr

        return min(2 * float(stdtr(self.groups - 1, -abs(self.z))), 1.0)


def spiegelhalter(probability: Floats, events: Masses, nonevents: Masses, group: Counts | None) -> Statistic | str:
    """Σw(y − p)(1 − 2p) over √Σw²p(1 − p)(1 − 2p)², from masses at each probability; or why there is none.

    Between random groups the error is that of their totals, never below the one above. Source: Spiegelhalter 1986.
    """
    import numpy as np

    steep = 1 - 2 * probability
    total = float(events.sums @ ((1 - probability) * steep) - nonevents.sums @ (probability * steep))
    variance = float((events.squares + nonevents.squares) @ (probability * (1 - probability) * steep**2))
    if not variance > 0:
        return "every probability is 0, 1/2 or 1, of which this sum says nothing"
    if group is None:
        return Statistic(total / sqrt(variance))
    groups = RandomGroups.of(group, events, nonevents)
    if groups.k < LEAST_GROUPS:
        return f"people fall into {groups.k} random groups; the spread between them needs {LEAST_GROUPS}"
    totals = groups.totals((events.sums * (1 - probability) - nonevents.sums * probability) * steep)
    between = groups.k / (groups.k - 1) * float(((totals - np.mean(totals)) ** 2).sum())
    return Statistic(total / sqrt(max(variance, between)), groups.k)
