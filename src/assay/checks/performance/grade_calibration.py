"""Jeffreys test: whether the probabilities of the grades come true."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.checks.exhibit import columns
from assay.checks.performance._grades import BY_GRADE, GROUPING, declared, stray
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.cells import UNFAVOURABLE, Cells
from assay.evidence.keys import GRADE, LABEL
from assay.evidence.request import CellsRequest, MomentsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.codes import code
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.grades import exact_p, jeffreys_interval, jeffreys_p
from assay.stats.proportion import clopper_pearson
from assay.stats.significance import holm


class Parameters(DataParameters):
    """Which people."""


def _requests(p: Parameters, view: SubjectView) -> tuple[CellsRequest, MomentsRequest | None]:
    """People by label and grade, and where no probabilities are declared the sums of the scores by grade."""
    cells = CellsRequest(p.data, (LABEL, BY_GRADE), p.where)
    given = declared(view).probabilities is not None
    return cells, None if given else MomentsRequest(p.data, GRADE, "score", p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels by grade, and the mean probability of each grade where the manifest has none."""
    grade = view.manifest.columns.grade if view.manifest.columns else None
    scored = grade is None or grade.probabilities is None
    missing = view.lacks(data=(p.data,), label=True, grade=True, probability=scored)
    if missing:
        return Needs((), missing)
    return Needs(tuple(request for request in _requests(p, view) if request is not None))


@check("performance.grade_calibration", version=1, estimates={"default_rate_excess": "lower"})
def grade_calibration(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """In each grade, and in the portfolio, no more people default than the grade's probability says.

    Method: a default is the unfavourable label. The estimate `default_rate_excess` of a grade is the share of its
        people who defaulted less its probability; that of the portfolio is the share of all less the mean of their
        grades' probabilities. The probability of a grade is the one that columns.grade declares, else the mean score of
        all its people, also of those without a label. The p-value is that of the Jeffreys test: with D defaults of N
        people the Beta(D + 1/2, N - D + 1/2) distribution at the probability; a small one says that the probability is
        too low. Where nobody defaulted it is 1, and in a grade under the minimum it is the larger of it and the exact
        one, that of D or more defaults by the binomial distribution; the exhibit has the exact one of every grade. It
        is one-sided; those of the grades are adjusted by Holm's method, that of the portfolio stands alone. A criterion
        `significance: 0.05` fails where the adjusted p-value is at most 0.05; it passes only with a `margin`, where the
        interval does not reach above it: a share below the probability is never too low. Interval: that of the same
        distribution less the probability, and in a grade under the minimum Clopper-Pearson's; a second, simultaneous
        one at 1 - alpha/m holds for all m grades together.
    Evidence: counts of people by label and grade in the dataset `data`, of the rows that meet `where`, and where no
        probabilities are declared the sum of the scores of each grade. People without a label are left out; people
        without a grade are counted and left out.
    Inconclusive when: nobody has a label and a grade; a grade occurs that columns.grade.order does not name; somebody
        has no score where the scores make the probabilities; a grade has fewer people than the minimum, unless the
        p-value or the simultaneous interval speaks against it; the p-value is above the level and the interval reaches
        above the margin: a large p-value shows that people are few; too many people have no label or no grade.
    Limits: defaults are taken as independent, which those of one year are not: more than the stated share of good
        grades fails in a bad year. A probability that is too high is not found. Where the scores make the
        probabilities, they are compared with the defaults of those who have a label: if these are unlike the others of
        their grade, the excess shows that too. A grade in which nobody has a label is told in a note and not tested.
        Sampling weights and repeated entities are not taken into account.
    Source: ECB, Instructions for reporting the validation results of internal models, February 2019, section 2.5.3;
        Brown, Cai and DasGupta 2001; Clopper and Pearson 1934; Holm 1979.
    """
    asked, scored = _requests(p, context.view)
    cells, grade = evidence.cells(asked), declared(context.view)
    unlabelled, unknown = _shares(cells)
    given: tuple[Mapping[str, float], str | None]
    if grade.probabilities is not None:
        given = {code(name): each for name, each in grade.probabilities.items()}, None
    else:
        given = _means(evidence, scored, context.view)
    minimum = context.minimum
    rows = [_Row(level, *_counts(cells, level), given[0].get(level), minimum) for level in grade.levels]
    held = [row for row in rows if row.n]
    why = stray(cells, (1,), grade.levels) or given[1]
    if why is None and (lacking := [row.name for row in held if row.probability is None]):
        why = f"nobody in the grade {lacking[0]} has a score, which would make its probability"
    if why is not None or not held:
        nobody = f"nobody in the {p.data} data has both a label and a grade"
        absent = Estimate(name="default_rate_excess", grouping=GROUPING, undefined=why or nobody,
                          undefined_as="estimate_undefined" if why else "evidence_missing")  # fmt: skip
        return Measured(estimates=(absent,), unlabelled=unlabelled, unknown=unknown)
    total = sum(row.n for row in held)
    mean = math.fsum(row.n * (row.probability or 0.0) for row in held) / total
    everybody = _Row(None, sum(row.events for row in held), total, mean, minimum)
    adjusted = holm([row.p_value for row in held], len(held))
    grades = [_estimate(row, q, len(held), context) for row, q in zip(held, adjusted, strict=True)]
    estimates = (*grades, _estimate(everybody, None, 1, context))
    empty = [row.name for row in rows if not row.n]
    return Measured(
        estimates=estimates,
        exhibits=(_table([*held, everybody], estimates),),
        notes=(f"Nobody with a label is in the grades {', '.join(map(str, empty))}.",) if empty else (),
        unlabelled=unlabelled,
        unknown=unknown,
    )


@dataclass(frozen=True)
class _Row:
    name: str | None
    """None: the portfolio."""
    events: int
    n: int
    probability: float | None
    minimum: int

    @property
    def p_value(self) -> float:
        p = jeffreys_p(self.events, self.n, self.probability or 0.0)
        return max(p, self.exact_p) if self.n < self.minimum else p

    @property
    def exact_p(self) -> float:
        return exact_p(self.events, self.n, self.probability or 0.0)

    def interval(self, confidence: float) -> Interval:
        few, probability = self.n < self.minimum, self.probability or 0.0
        low, high = (clopper_pearson if few else jeffreys_interval)(self.events, self.n, confidence)
        return Interval(low=low - probability, high=high - probability, confidence=confidence,
                        method="Clopper-Pearson" if few else "Jeffreys")  # fmt: skip


def _counts(cells: Cells, level: str) -> tuple[int, int]:
    of = {row[0]: n for row, n in zip(cells.rows, cells.counts, strict=True) if row[1] == level and row[0] is not None}
    return of.get(UNFAVOURABLE, 0), sum(of.values())


def _shares(cells: Cells) -> tuple[float | None, dict[str, float]]:
    if not cells.total:
        return None, {}
    none = [sum(n for row, n in zip(cells.rows, cells.counts, strict=True) if row[at] is None) for at in (0, 1)]
    return none[0] / cells.total, {GROUPING: none[1] / cells.total}


def _means(
    evidence: Evidence, request: MomentsRequest | None, view: SubjectView
) -> tuple[Mapping[str, float], str | None]:
    """The mean probability of the unfavourable label in each grade, or why there is none."""
    from assay.evidence.moments import Moments

    assert request is not None and view.manifest.columns is not None  # noqa: S101, PT018
    moments = evidence.of(request, Moments)
    if sum(moments.unscored):
        return {}, f"{sum(moments.unscored)} of {moments.total} people have no finite score"
    favourable = view.manifest.columns.higher == "favourable"
    made = {}
    for (level, *_), n, sums in zip(moments.rows, moments.people, moments.sums, strict=True):
        if level is not None and n:
            mean = min(max(moments.centre + moments.unit * sums[0] / n, 0.0), 1.0)
            made[level] = 1 - mean if favourable else mean
    return made, None


def _estimate(row: _Row, adjusted: float | None, m: int, c: Context) -> Estimate:
    return Estimate(
        name="default_rate_excess",
        grouping=GROUPING,
        group=row.name,
        value=row.events / row.n - (row.probability or 0.0),
        n=row.n,
        p_value=row.p_value,
        p_adjusted=adjusted,
        interval=row.interval(c.confidence),
        simultaneous=row.interval(1 - (1 - c.confidence) / m),
        comparisons=m,
        worse_only=True,
        high_is_worse=True,
        method="share of defaults less the probability; Jeffreys test, one-sided" + (", Holm" if m > 1 else ""),
    )


def _table(rows: Sequence[_Row], estimates: Sequence[Estimate]) -> Exhibit:
    def lines() -> Iterator[tuple[str | float | int | None, ...]]:
        for row, estimate in zip(rows, estimates, strict=True):
            own, probability = estimate.interval, row.probability or 0.0
            ends = (None, None) if own is None else (own.low, own.high)
            limits = (None if end is None else end + probability for end in ends)
            rate = row.events / row.n
            yield (row.name or "Portfolio", rate, *limits, probability, row.events, row.n, estimate.p_value,
                   estimate.p_adjusted, row.exact_p)  # fmt: skip

    given = columns(
        ("label", "Grade", "text"), ("value", "Default rate", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
        ("probability", "Probability", "rate"), ("events", "Defaults", "count"), ("n", "People", "count"),
        ("p", "p", "number"), ("p_adjusted", "p, adjusted", "number"), ("exact", "p, exact", "number"),
    )  # fmt: skip
    return Exhibit(
        name="grades", title="Defaults and probabilities by grade", columns=given, rows=tuple(lines()), chart="interval"
    )
