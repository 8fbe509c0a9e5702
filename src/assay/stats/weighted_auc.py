"""The area under the ROC curve of people who have sampling weights, or of whom some stand in several rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.stats.auc import Auc
from assay.stats.design import LEAST_GROUPS, NOTHING, kish
from assay.stats.masses import Masses, RandomGroups, spread_of_independent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


def weighted_auc(place: Counts, events: Masses, nonevents: Masses, group: Counts | None = None) -> Auc:
    """From lines at the scores of rank `place`, in the random group `group` where people stand in several rows.

    The area is Σ w·w'·(s > s' + ½·(s = s')) / (Σw · Σw') over events and non-events. Its variance is the linearised
    one: an event's influence is the weighted share of non-events below it less the area, a non-event's likewise;
    independent people are taken as two samples, so that equal weights give DeLong's variance, and random groups by
    the delete-a-group jackknife of their totals. The effective numbers are Kish's, less by the factor by which groups
    vary more than independent people do. With fewer than 10 groups that weigh anything, where one holds all events or
    all non-events, and where nothing varies, each counts as one person and the variance as unknown.

    ValueError where the events or the non-events weigh nothing.
    Source: DeLong, DeLong and Clarke-Pearson 1988; Yao, Li and Graubard 2015; Kott 2001; Wolter 2007, chapter 4; Kish
    1965.
    """
    import numpy as np

    positive, negative = float(events.sums.sum()), float(nonevents.sums.sum())
    if positive <= 0 or negative <= 0:
        raise ValueError("an AUC needs events and non-events that weigh something")
    own, other = np.bincount(place, events.sums), np.bincount(place, nonevents.sums)
    below = (np.cumsum(other) - other / 2) / np.cumsum(other)[-1]
    above = 1 - (np.cumsum(own) - own / 2) / np.cumsum(own)[-1]
    held = below[own > 0]
    value = float(held[0]) if held.min() == held.max() else float(own @ below) / positive
    of_event, of_other = (below - value)[place] / positive, (above - value)[place] / negative
    variance = spread_of_independent(events, of_event) + spread_of_independent(nonevents, of_other)
    people = int(events.people.sum()), int(nonevents.people.sum())
    if group is None:
        return Auc(value, variance, *people, effective=(events.effective, nonevents.effective))
    groups = RandomGroups.of(group, events, nonevents)
    totals = groups.totals(events.sums * of_event + nonevents.sums * of_other)
    if groups.k < LEAST_GROUPS or groups.hides or np.abs(totals).max() <= NOTHING:
        worth = min(groups.k / 2, _worth(groups.events), _worth(groups.nonevents))
        return Auc(value, float("inf"), *people, effective=(worth, worth), groups=groups.k)
    between = float(groups.spread(totals))
    less = min(1.0, variance / between)
    return Auc(
        value, between, *people, effective=(events.effective * less, nonevents.effective * less), groups=groups.k
    )


def _worth(sums: Floats) -> float:
    return kish(float(sums.sum()), float(sums @ sums), len(sums))
