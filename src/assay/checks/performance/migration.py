"""Migration: how people moved between the grades of two periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.checks.exhibit import columns
from assay.checks.performance._grades import BY_GRADE, GROUPING, declared, stray
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.cells import Cells
from assay.evidence.keys import GROUP, PREVIOUS_GRADE
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval, quoted
from assay.record.finding import Measured
from assay.stats.grades import Step, bandwidths, steps
from assay.stats.paired import Paired, exact_paired_difference_interval, paired_difference_interval
from assay.stats.resampled import interval_of_one, resample, resample_still
from assay.stats.significance import holm

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

MOST_CELLS = 400
"""Of the matrix that is published."""
MOST_PAIRS = 2000
"""Of a grade and its neighbour; those of 45 grades."""
_BANDS = {"upper_bandwidth": "to a worse grade", "lower_bandwidth": "to a better grade"}


class Parameters(DataParameters):
    """Which people."""


def _request(p: Parameters) -> CellsRequest:
    return CellsRequest(p.data, (GROUP + PREVIOUS_GRADE, BY_GRADE), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """People by the grade before and the grade now."""
    missing = view.lacks(data=(p.data,), grade=True, previous_grade=True)
    return Needs(() if missing else (_request(p),), missing)


@check(
    "performance.migration",
    version=1,
    estimates={"upper_bandwidth": "lower", "lower_bandwidth": "lower", "excess_over_nearer_grade": "lower"},
)
def migration(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """People keep their grade from one period to the next, or move to one near it.

    Method: the matrix counts people by previous grade i and grade j, from the best to the worst of K grades. The
        estimate `upper_bandwidth` is the sum of |i - j| over those who moved to a worse grade, over the sum of the
        farthest that a move from their grade could lead, max(|i - K|, |i - 1|); `lower_bandwidth` is that of the people
        who moved to a better grade. Intervals: BCa, from 1000 bootstrap samples of the people (100 and Student's where
        the matrix has more than 5000 cells), seeded by their counts. There is one estimate `excess_over_nearer_grade`
        for each of the m pairs of a grade and its neighbour nearer to a previous grade, or that itself, in which
        anybody of that previous grade stands: the share of the farther less that of the nearer one. The p-value is
        one-sided and exact: by the binomial distribution, of those who stand in one of both, adjusted by Holm's method;
        the exhibit has that of the z statistic beside it. The intervals are Newcombe's for paired shares, and from
        Clopper-Pearson limits of both shares where the previous grade is under the minimum; a second, simultaneous one
        at 1 - alpha/m holds for all pairs together. A criterion `significance: 0.05` of it fails where the adjusted
        p-value of a pair is at most 0.05; it passes only with a `margin`, where no interval reaches above it. An excess
        below 0 is as it should be and never fails.
    Evidence: counts of people by previous grade and grade in the dataset `data`, of the rows that meet `where`. People
        without a grade are counted and left out; how many have no previous one, such as new clients, a note tells.
    Inconclusive when: nobody has both grades; a grade occurs that columns.grade.order does not name; nobody moved to a
        worse, or to a better grade (that bandwidth); fewer people than the minimum moved so; a previous grade has fewer
        people than the minimum, unless the p-value or the simultaneous interval speaks against it (the excess); a
        p-value is above the level and the interval reaches beyond the margin; there are more than 2000 pairs (the
        excess); too many people have no grade.
    Limits: who left or defaulted between the periods has no grade and is not in the matrix. No law says how far people
        may move: a cycle moves the grades of a model that looks at the moment. People are taken as independent;
        sampling weights and repeated entities are not taken into account.
    Source: ECB, Instructions for reporting the validation results of internal models, February 2019, sections 2.5.5.1
        and 2.5.5.2 (the z test); Efron 1987; Newcombe 1998; Clopper and Pearson 1934; Holm 1979.
    """
    import numpy as np

    cells, grade = evidence.cells(_request(p)), declared(context.view)
    counts, levels = _matrix(cells, grade.levels), grade.levels
    n, total = int(counts.sum()), cells.total
    ungraded, new = (
        sum(k for row, k in zip(cells.rows, cells.counts, strict=True) if row[at] is None) for at in (1, 0)
    )
    unknown = {GROUPING: ungraded / total} if total else {}
    why = stray(cells, (0, 1), levels)
    if why is not None or not n:
        nobody = f"nobody in the {p.data} data has both a grade and a previous grade"
        names = (*_BANDS, "excess_over_nearer_grade")
        kind = "estimate_undefined" if why else "evidence_missing"
        absent = tuple(
            Estimate(name=name, grouping=GROUPING, undefined=why or nobody, undefined_as=kind)  # type: ignore[arg-type]
            for name in names
        )
        return Measured(estimates=absent, unknown=unknown)
    bands = [_band(counts, at, name, context) for at, name in enumerate(_BANDS)]
    notes = [f"{int(np.trace(counts))} of {n} people kept their grade."]
    notes += [f"{new} of {total} people have no previous grade."] if new else []
    found = steps(counts)
    return Measured(
        estimates=(*bands, *_excesses(found, levels, context)),
        exhibits=_tables(counts, found, levels),
        notes=tuple(notes),
        unknown=unknown,
    )


def _matrix(cells: Cells, levels: Sequence[str]) -> Counts:
    import numpy as np

    place = {level: at for at, level in enumerate(levels)}
    counts = np.zeros((len(levels), len(levels)), np.int64)
    for (before, now), n in zip(cells.rows, cells.counts, strict=True):
        if before in place and now in place:
            counts[place[before], place[now]] += n
    return counts


def _band(counts: Counts, side: int, name: str, c: Context) -> Estimate:
    import numpy as np

    moved = int((np.triu(counts, 1) if side == 0 else np.tril(counts, -1)).sum())
    if not moved:
        return Estimate(name=name, grouping=GROUPING, undefined=f"nobody moved {_BANDS[name]}", n=int(counts.sum()))
    k = len(counts)

    def statistic(amounts: Floats) -> Floats:
        return bandwidths(amounts.reshape(-1, k, k))[side]

    found = resample(counts.ravel(), statistic)
    if found.still:
        found = resample_still(found.value, counts.ravel(), statistic, k)
    interval = interval_of_one(found, c.confidence)
    if interval is not None:  # an end without bound is that of every bandwidth
        low, high = interval.low or 0.0, 1.0 if interval.high is None else interval.high
        interval = interval.model_copy(update={"low": low, "high": high})
    return Estimate(
        name=name, grouping=GROUPING, value=found.value, n=moved, interval=interval,
        method=f"matrix weighted bandwidth of the people who moved {_BANDS[name]}",
    )  # fmt: skip


def _excesses(found: Sequence[Step], levels: Sequence[str], c: Context) -> tuple[Estimate, ...]:
    """Of every pair; everybody stands somewhere, so that there is one."""
    m, name = len(found), "excess_over_nearer_grade"
    if m > MOST_PAIRS:
        return (Estimate(name=name, grouping=GROUPING, undefined=f"{m} pairs of grades, more than {MOST_PAIRS}"),)
    worst = min(found, key=lambda step: (step.p_value, -step.excess, step.before, step.now))
    adjusted = holm([step.p_value for step in found], m)
    return tuple(
        Estimate(
            name=name,
            grouping=GROUPING,
            group=f"from {_called(levels[step.before])} to {_called(levels[step.now])}",
            reference=f"to {levels[step.nearer]}",
            value=step.excess,
            n=step.n,
            p_value=step.p_value,
            p_adjusted=q,
            interval=_interval(step, c.confidence, c.minimum),
            simultaneous=_interval(step, 1 - (1 - c.confidence) / m, c.minimum),
            comparisons=m,
            worse_only=True,
            high_is_worse=True,
            headline=step is worst,
            method="share of the farther grade less that of the nearer one; exact binomial test, one-sided, Holm",
        )
        for step, q in zip(found, adjusted, strict=True)
    )


def _called(level: str) -> str:
    return quoted(level, doubtful=" to" in level or "to " in level)


def _interval(step: Step, confidence: float, minimum: int) -> Interval:
    pair = Paired(0, step.count, step.nearer_count, step.n - step.count - step.nearer_count)
    made = exact_paired_difference_interval if step.n < minimum else paired_difference_interval
    return made(pair, confidence)


def _tables(counts: Counts, found: Sequence[Step], levels: Sequence[str]) -> tuple[Exhibit, ...]:
    if counts.size > MOST_CELLS:
        return ()
    p = {(step.before, step.now): (step.p_value, step.z_p_value) for step in found}
    rows = []
    for i, before in enumerate(levels):
        n = int(counts[i].sum())
        for j, now in enumerate(levels):
            share = int(counts[i, j]) / n if n else None
            rows.append((before, now, int(counts[i, j]), share, *p.get((i, j), (None, None))))
    given = columns(
        ("before", "Previous grade", "text"), ("now", "Grade", "text"), ("n", "People", "count"),
        ("share", "Of that previous grade", "rate"), ("p", "p, no more than nearer", "number"),
        ("z", "The same by z", "number"),
    )  # fmt: skip
    return (Exhibit(name="migration", title="People by previous grade and grade", columns=given, rows=tuple(rows)),)
