"""Matthews correlation: how much decisions and outcomes have to do with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.checks.performance._decisions import ClassParameters, Decided, Why, decided, decision_needs, measured_from
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.stats.resampled import interval_of_one, resample, resample_still

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


class Parameters(ClassParameters):
    """Which people, and which outcomes there are."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    return decision_needs(p, view)


@check("performance.matthews", version=1, estimates={"matthews_correlation": "higher"})
def matthews(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Decisions and outcomes go together more than chance would have it.

    Method: the estimate `matthews_correlation` is the correlation of label and decision: 1 where every decision is
        right, 0 where they have nothing to do with each other, and of two outcomes -1 where every decision is wrong.
        Where there are more than two outcomes, `classes` names all of them, and it is the correlation of Gorodkin.
        Interval: BCa, from 1000 bootstrap samples of the people, seeded by their counts. Where no sample moves it, as
        where every decision is right, the samples are drawn from a Dirichlet distribution with the people of each cell
        of label by decision, and two people in each label's empty cells; the interval is then one of percentiles.
    Evidence: counts of people by label and decision in the dataset `data`, of the rows that meet `where`. People
        without a label or a decision are counted and left out.
    Inconclusive when: all labels or all decisions are the same; a class occurs nowhere, or one that `classes` does not
        name occurs; fewer people than the minimum have the rarest label or the rarest decision; so many samples have no
        correlation that there is no interval; the interval straddles the threshold; too many people have no label or no
        decision.
    Limits: a number for comparison: no rate of people stands behind it. Rows are taken as independent people; sampling
        weights and repeated entities are not taken into account. Labels exist only where an outcome was observed: of
        people who were refused it is often unknown.
    Source: Matthews 1975; Gorodkin 2004; scikit-learn matthews_corrcoef. Interval: Efron 1987.
    """
    given = decided(evidence, p, context)
    counts = _counts(given, p.levels)
    margins = [int(n) for axis in (0, 1) for n in counts.sum(axis=axis) if n]
    n = min(margins, default=0)
    why = given.why_not(p.levels, strict=True) or _one_sided(counts)
    if why is not None:
        estimate = Estimate(name="matthews_correlation", undefined=why[0], undefined_as=why[1], n=n)
        return measured_from([estimate], given)
    k, flat = len(p.levels), counts.ravel()

    def statistic(amounts: Floats) -> Floats:
        return correlations(amounts.reshape(-1, k, k))

    found = resample(flat, statistic)
    if found.still:
        found = resample_still(found.value, flat, statistic, k)
    interval = interval_of_one(found, context.confidence)
    if interval is not None:  # an end without bound is that of every correlation
        low, high = -1.0 if interval.low is None else interval.low, 1.0 if interval.high is None else interval.high
        interval = interval.model_copy(update={"low": low, "high": high})
    estimate = Estimate(
        name="matthews_correlation",
        value=found.value,
        n=n,
        interval=interval,
        method="correlation of label and decision",
    )
    return measured_from([estimate], given)


def _counts(given: Decided, levels: tuple[str, ...]) -> Counts:
    """Label by decision; people of levels that are not among them are left out."""
    import numpy as np

    place = {level: at for at, level in enumerate(sorted(levels))}
    counts = np.zeros((len(place), len(place)), np.int64)
    for (label, decision, *_), n in zip(given.table.rows, given.table.counts, strict=True):
        if label in place and decision in place:
            counts[place[label], place[decision]] += n
    return counts


def _one_sided(counts: Counts) -> Why | None:
    for axis, what in ((1, "labels"), (0, "decisions")):
        if (counts.sum(axis=axis) > 0).sum() < 2:
            return f"all {what} are the same, and a correlation needs at least two", "sample_too_small"
    return None


def correlations(tables: Floats) -> Floats:
    """Of each table (…, label, decision); nan where all labels or all decisions of it are the same."""
    import numpy as np

    labels, decisions, total = tables.sum(axis=2), tables.sum(axis=1), tables.sum(axis=(1, 2))
    right = np.trace(tables, axis1=1, axis2=2)
    together = right * total - (labels * decisions).sum(axis=1)
    spread = [total * total - (margin * margin).sum(axis=1) for margin in (labels, decisions)]
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = together / np.sqrt(np.where(spread[0] > 0, spread[0], np.nan) * spread[1])
    return np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan)
