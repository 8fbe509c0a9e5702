"""Rank ordering of grades: the worse the grade, the more people default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.checks.counted import counted_rate
from assay.checks.exhibit import columns
from assay.checks.performance._bands import inversions_interval
from assay.checks.performance._grades import BY_GRADE, GROUPING, declared, stray
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.cells import UNFAVOURABLE
from assay.evidence.keys import ENTITY, LABEL
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.comparison import difference_interval, exact_difference_interval, level_of_each
from assay.stats.groups import GroupCounts
from assay.stats.proportion import wilson


class Parameters(DataParameters):
    """Which people."""


def _request(p: Parameters, view: SubjectView) -> CellsRequest:
    entity = view.manifest.columns is not None and view.manifest.columns.entity is not None
    return CellsRequest(p.data, (LABEL, BY_GRADE, ENTITY) if entity else (LABEL, BY_GRADE), p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels by grade."""
    missing = view.lacks(data=(p.data,), label=True, grade=True)
    return Needs(() if missing else (_request(p, view),), missing)


@check(
    "performance.grade_ordering",
    version=1,
    estimates={"inversions": "lower", "default_rate_step": "higher"},
    honours=("weight", "entity"),
)
def grade_ordering(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The worse the grade, the larger the share of its people who default.

    Method: a default is the unfavourable label. The estimate `default_rate_step` is the default rate of a grade less
        that of the next better one, in the order of columns.grade, with Newcombe's hybrid score interval, and where one
        of both is under the minimum the Clopper-Pearson limits of both rates; a second, simultaneous one at 1 - alpha/m
        holds for all m steps together. The estimate `inversions` is the number of steps below 0. Its interval goes from
        the number of steps shown to be below 0 to the number of those not shown to be at least 0, both by the
        simultaneous intervals; but to 0 where every step is shown not to fall by its own, for then none has to allow
        for the others. So `at_most: 0` passes where every step is shown not to fall, and fails where one is shown to.
        Its n is that of the grade with the fewest people. Sampling weights weigh people, and the interval is taken at
        the effective number, from the linearised variance; where somebody stands in several rows the variance is that
        between 400 random groups of entities, with Student's quantile.
    Evidence: counts of people by label and grade in the dataset `data`, of the rows that meet `where`. People without a
        label are left out; people without a grade are counted and left out. Grades in which nobody has a label are
        passed over, and told in a note.
    Inconclusive when: fewer than two grades have people with a label; a grade occurs that columns.grade.order does not
        name; a step is shown neither to go up nor to go down; a grade that counts has fewer people than the minimum;
        too many people have no label or no grade.
    Limits: neighbouring grades of nearly the same rate need many people to be told apart: the fewer the people, the
        less often an order is shown; a small fall that is allowed (`estimate: default_rate_step`, `at_least: -0.01`)
        takes fewer. Grades that are not neighbours are not compared. Grades are taken as independent.
    Source: ECB, Instructions for reporting the validation results of internal models, February 2019, section 2.5 (the
        number of inversions is practice); Newcombe 1998; Clopper and Pearson 1934; Dunn 1961 and Berger 1982 for the
        number of inversions; with weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    asked, grade = _request(p, context.view), declared(context.view)
    cells = evidence.cells(asked)
    shares = [
        sum(n for row, n in zip(cells.rows, cells.counts, strict=True) if row[at] is None) / cells.total
        if cells.total
        else None
        for at in (0, 1)
    ]
    unknown = {} if shares[1] is None else {GROUPING: shares[1]}
    rates = [
        counted_rate(
            level,
            cells,
            lambda row, of=level: row[0] is not None and row[1] == of,  # type: ignore[misc]
            lambda row: row[0] == UNFAVOURABLE,
        )
        for level in grade.levels
    ]
    held = [rate for rate in rates if rate.denominator]
    why = stray(cells, (1,), grade.levels)
    if why is not None or len(held) < 2:
        few = "fewer than two grades have people with a label"
        kind = "estimate_undefined" if why else "evidence_missing"
        absent = Estimate(name="inversions", grouping=GROUPING, undefined=why or few, undefined_as=kind)  # type: ignore[arg-type]
        return Measured(estimates=(absent,), unlabelled=shares[0], unknown=unknown)
    steps = [_Step(better, worse, len(held) - 1, context) for better, worse in pairwise(held)]
    empty = [rate.name for rate in rates if not rate.denominator]
    return Measured(
        estimates=(_inversions(steps, context), *(step.estimate for step in steps)),
        exhibits=(_table(held, context.confidence),),
        notes=(f"Nobody with a label is in the grades {', '.join(empty)}.",) if empty else (),
        unlabelled=shares[0],
        unknown=unknown,
    )


@dataclass(frozen=True)
class _Step:
    better: GroupCounts
    worse: GroupCounts
    pairs: int
    context: Context

    def interval(self, confidence: float) -> Interval:
        if self.size < self.context.minimum:
            level = level_of_each(confidence)
            return exact_difference_interval(self.worse.at(level), self.better.at(level), confidence)
        return difference_interval(self.worse.at(confidence), self.better.at(confidence), confidence)

    @property
    def size(self) -> int:
        return min(self.worse.denominator, self.better.denominator)

    @property
    def together(self) -> Interval:
        return self.interval(1 - (1 - self.context.confidence) / self.pairs)

    @property
    def estimate(self) -> Estimate:
        return Estimate(
            name="default_rate_step",
            grouping=GROUPING,
            group=self.worse.name,
            reference=self.better.name,
            value=float(self.worse.rate - self.better.rate),
            n=self.size,
            interval=self.interval(self.context.confidence),
            simultaneous=self.together,
            comparisons=self.pairs,
            method="default rate of the worse grade less that of the better one"
            + (", effective numbers" if self.worse.design is not None else ""),
        )


def _inversions(steps: Sequence[_Step], c: Context) -> Estimate:
    interval = inversions_interval(
        [step.interval(c.confidence) for step in steps], [step.together for step in steps], c.confidence
    )
    return Estimate(
        name="inversions",
        grouping=GROUPING,
        value=float(sum(step.worse.rate < step.better.rate for step in steps)),
        n=min(step.size for step in steps),
        interval=interval,
        simultaneous=interval,
        comparisons=len(steps),
        method="neighbouring grades of which the worse has the lower default rate",
    )


def _table(held: Sequence[GroupCounts], confidence: float) -> Exhibit:
    def lines() -> Iterator[tuple[str | float | int, ...]]:
        for rate in held:
            yield (
                rate.name,
                float(rate.rate),
                *wilson(*rate.at(confidence), confidence),
                rate.numerator,
                rate.denominator,
            )

    given = columns(
        ("label", "Grade", "text"), ("value", "Default rate", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
        ("events", "Defaults", "count"), ("n", "People", "count"),
    )  # fmt: skip
    return Exhibit(name="grades", title="Default rate by grade, from the best to the worst", columns=given,
                   rows=tuple(lines()), chart="interval")  # fmt: skip
