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
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.grades import Step, bandwidths, steps
from assay.stats.paired import Paired, paired_difference_interval
from assay.stats.resampled import interval_of_one, resample, resample_still

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

MOST_CELLS = 400
"""Of the matrix that is published."""
_BANDS = {"upper_bandwidth": "to a worse grade", "lower_bandwidth": "to a better grade"}


class Parameters(DataParameters):
    """Which people."""


def _request(p: Parameters) -> CellsRequest:
    return CellsRequest(p.data, (GROUP + PREVIOUS_GRADE, BY_GRADE), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """People by the grade before and the grade now."""
    missing = view.lacks(data=(p.data,), grade=True, previous_grade=True)
    return Needs(() if missing else (_request(p),), missing)


@check("performance.migration", version=1)
def migration(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """People keep their grade from one period to the next, or move to one near it.

    Method: the matrix counts people by previous grade i and grade j, from the best to the worst of K grades. The
        estimate `upper_bandwidth` is the sum of |i - j| over those who moved to a worse grade, over the sum of the
        farthest that a move from their grade could lead, max(|i - K|, |i - 1|); `lower_bandwidth` is that of the people
        who moved to a better grade. Intervals: BCa, from 1000 bootstrap samples of the people (100 and Student's where
        the matrix has more than 5000 cells), seeded by their counts. The estimate `excess_over_nearer_grade` is of the
        grade to which more people of one previous grade moved than to its neighbour nearer to that: the share of the
        farther less that of the nearer one, of the pair with the smallest p-value of all m pairs in which anybody
        stands. The p-value is that of the z statistic of two shares of the same people, one-sided, and times m where
        adjusted; the intervals are Newcombe's for paired shares, and a simultaneous one at 1 - alpha/m. A criterion
        `significance: 0.05` of it fails where the farther grade is more frequent beyond chance.
    Evidence: counts of people by previous grade and grade in the dataset `data`, of the rows that meet `where`. People
        without a grade are counted and left out; how many have no previous one, such as new clients, a note tells.
    Inconclusive when: nobody has both grades; a grade occurs that columns.grade.order does not name; nobody moved to a
        worse, or to a better grade (that bandwidth); fewer people than the minimum moved so; too many people have no
        grade.
    Limits: who left or defaulted between the periods has no grade and is not in the matrix. No law says how far people
        may move: a cycle moves the grades of a model that looks at the moment. People are taken as independent;
        sampling weights and repeated entities are not taken into account.
    Source: ECB, Instructions for reporting the validation results of internal models, February 2019, sections 2.5.5.1
        and 2.5.5.2; Efron 1987; Newcombe 1998.
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
        estimates=(*bands, _excess(found, levels, context)),
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


def _excess(found: Sequence[Step], levels: Sequence[str], c: Context) -> Estimate:
    """Of the pair that speaks most for a farther grade; everybody stands somewhere, so that there is one."""
    worst, m = min(found, key=lambda step: (step.p_value, -step.excess, step.before, step.now)), len(found)
    pair = Paired(0, worst.count, worst.nearer_count, worst.n - worst.count - worst.nearer_count)

    def interval(confidence: float) -> Interval:
        return paired_difference_interval(pair, confidence)

    return Estimate(
        name="excess_over_nearer_grade",
        grouping=GROUPING,
        group=f"from {levels[worst.before]} to {levels[worst.now]}",
        reference=f"to {levels[worst.nearer]}",
        value=worst.excess,
        n=worst.n,
        p_value=worst.p_value,
        p_adjusted=min(1.0, m * worst.p_value),
        interval=interval(c.confidence),
        simultaneous=interval(1 - (1 - c.confidence) / m),
        comparisons=m,
        method="share of the farther grade less that of the nearer one; z test, one-sided, Bonferroni",
    )


def _tables(counts: Counts, found: Sequence[Step], levels: Sequence[str]) -> tuple[Exhibit, ...]:
    if counts.size > MOST_CELLS:
        return ()
    p = {(step.before, step.now): step.p_value for step in found}
    rows = []
    for i, before in enumerate(levels):
        n = int(counts[i].sum())
        for j, now in enumerate(levels):
            share = int(counts[i, j]) / n if n else None
            rows.append((before, now, int(counts[i, j]), share, p.get((i, j))))
    given = columns(
        ("before", "Previous grade", "text"), ("now", "Grade", "text"), ("n", "People", "count"),
        ("share", "Of that previous grade", "rate"), ("p", "p, no more than nearer", "number"),
    )  # fmt: skip
    return (Exhibit(name="migration", title="People by previous grade and grade", columns=given, rows=tuple(rows)),)
