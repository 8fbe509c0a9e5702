"""Concentration: whether most people stand in few grades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.checks.exhibit import columns
from assay.checks.performance._grades import BY_GRADE, GROUPING, declared, stray
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.cells import Cells
from assay.evidence.keys import GROUP, PREVIOUS_GRADE
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.grades import concentration as index_of
from assay.stats.grades import concentration_p
from assay.stats.resampled import interval_of_one, resample, resample_still

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


class Parameters(DataParameters):
    """Which people."""


def _before(view: SubjectView) -> bool:
    return view.manifest.columns is not None and view.manifest.columns.previous_grade is not None


def _request(p: Parameters, view: SubjectView) -> CellsRequest:
    return CellsRequest(p.data, (BY_GRADE, GROUP + PREVIOUS_GRADE) if _before(view) else (BY_GRADE,), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """People by grade, and by the grade before where there is one."""
    missing = view.lacks(data=(p.data,), grade=True)
    return Needs(() if missing else (_request(p, view),), missing)


@check("performance.concentration", version=1, estimates={"herfindahl_index": "lower"})
def concentration(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The people are spread over the grades, and no more concentrated in a few of them than a period before.

    Method: with the share R of the people in each of the K grades of columns.grade, the estimate `herfindahl_index` is
        1 + ln(sum of R squared) / ln K: 0 where all grades hold as many people, 1 where one holds everybody. Interval:
        BCa, from 1000 bootstrap samples of the people, seeded by their counts; where all stand in one grade the samples
        are drawn from a Dirichlet distribution with two people in the empty grades. Where the manifest declares
        columns.previous_grade, the p-value is that of the hypothesis that the grades are no more concentrated than the
        previous grades of the people who have both were, by the normal approximation for the coefficient of variation
        over the grades; a criterion `significance: 0.05` fails where it is at most 0.05.
    Evidence: counts of people by grade, and by previous grade where there is one, in the dataset `data`, of the rows
        that meet `where`. People without a grade are counted and left out.
    Inconclusive when: nobody has a grade; a grade occurs that columns.grade.order does not name; the interval straddles
        the threshold; there are fewer people than the minimum; too many people have no grade.
    Limits: no law says how much concentration is too much: a homogeneous portfolio has a reason for it. The p-value
        takes the K grades for the sample, as the instruction does: it says little where these are few, and takes the
        two periods as independent. People are counted, not exposures; sampling weights and repeated entities are not
        taken into account.
    Source: ECB, Instructions for reporting the validation results of internal models, February 2019, section 2.5.5.3;
        Efron 1987.
    """
    cells, levels = evidence.cells(_request(p, context.view)), declared(context.view).levels
    counts = _counts(cells, 0, levels)
    n, total = int(counts.sum()), cells.total
    unknown = {GROUPING: (total - n) / total} if total else {}
    why = stray(cells, (0,), levels)
    if why is not None or not n:
        kind = "estimate_undefined" if why else "evidence_missing"
        told = why or f"nobody in the {p.data} data has a grade"
        absent = Estimate(name="herfindahl_index", grouping=GROUPING, undefined=told, undefined_as=kind)  # type: ignore[arg-type]
        return Measured(estimates=(absent,), unknown=unknown)

    def statistic(amounts: Floats) -> Floats:
        return index_of(amounts)

    found = resample(counts, statistic)
    if found.still:
        found = resample_still(found.value, counts, statistic, len(levels))
    now, before = _both(cells, levels) if _before(context.view) else (None, None)
    tested = None if now is None or before is None or not now.sum() else concentration_p(now.tolist(), before.tolist())
    estimate = Estimate(
        name="herfindahl_index",
        grouping=GROUPING,
        value=found.value,
        n=n,
        p_value=tested,
        interval=interval_of_one(found, context.confidence),
        method="1 + ln(sum of squared shares) / ln(number of grades)"
        + ("" if tested is None else "; against the previous grades"),
    )
    return Measured(estimates=(estimate,), exhibits=(_table(counts, before, levels),), unknown=unknown)


def _counts(cells: Cells, at: int, levels: tuple[str, ...], *, both: bool = False) -> Counts:
    import numpy as np

    counts = np.zeros(len(levels), np.int64)
    place = {level: number for number, level in enumerate(levels)}
    for row, n in zip(cells.rows, cells.counts, strict=True):
        if row[at] in place and not (both and any(level not in place for level in row)):
            counts[place[row[at] or ""]] += n
    return counts


def _both(cells: Cells, levels: tuple[str, ...]) -> tuple[Counts, Counts]:
    """Of the people who have both grades: those of now and those of before."""
    return _counts(cells, 0, levels, both=True), _counts(cells, 1, levels, both=True)


def _table(counts: Counts, before: Counts | None, levels: tuple[str, ...]) -> Exhibit:
    n = int(counts.sum())
    given = columns(("label", "Grade", "text"), ("value", "Share", "rate"), ("n", "People", "count"))
    lines = [(level, int(k) / n, int(k)) for level, k in zip(levels, counts, strict=True)]
    rows: tuple[tuple[str | float | int, ...], ...] = tuple(lines)
    if before is not None:
        given += columns(("before", "People of both periods, before", "count"))
        rows = tuple((*line, int(k)) for line, k in zip(lines, before, strict=True))
    return Exhibit(name="grades", title="People by grade", columns=given, rows=rows, chart="bar")
