"""Whether there are enough people in each group for a disparity, or its absence, to be shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from pydantic import Field

from assay.checks.exhibit import Unit, columns
from assay.checks.fairness._rates import groups_of
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.cells import Cells
from assay.evidence.keys import DECISION, LABEL
from assay.evidence.rates import Rate
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.groups import GroupCounts
from assay.stats.power import Rule, bound_shown, people_needed

_KEYS = {"decision": DECISION, "label": LABEL}
_RATE = Rate("selection_rate")
"""Of decisions, or of labels in their place."""


class Parameters(GroupParameters):
    """Which people, which groups, which reference, and what is to be shown."""

    of: Literal["decision", "label"] = "decision"
    """Whose favourable outcomes are counted."""
    ratio: float = Field(default=0.8, gt=0, lt=1)
    """The impact ratio that has to be shown to be reached."""
    power: float = Field(default=0.8, ge=0.5, le=0.999)
    """How likely it has to be that equal groups are shown to reach it."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions, or of labels, by group."""
    missing = view.lacks(data=(p.data,), decision=p.of == "decision", label=p.of == "label", groups=p.groups)
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    return Needs(tuple(dict.fromkeys(_requests(p, view).values())) if measurable else (), missing)


@check(
    "fairness.group_sufficiency",
    version=1,
    estimates={"sufficiency": "higher", "events": "higher", "non_events": "higher"},
    honours=("weight", "entity"),
)
def group_sufficiency(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Each group has as many people as it takes to show that it is treated alike, if it is.

    Method: the estimate `sufficiency` of a group is its people with a decision over the people it needs: so many that,
        if its rate is in truth that of everybody, the interval of the impact ratio at the criterion's `confidence` lies
        between `ratio` and 1/`ratio` with probability `power`. 1 or more is enough. The interval is taken as normal on
        the logarithm of the ratio, an approximation of the MOVER-R interval that `fairness.impact_ratio` judges by.
        With `reference: highest` the group is compared with one of its own size; with `largest` or the name of a group,
        with that group, both growing alike. The estimates `events` and `non_events` are its favourable and its other
        people, for a criterion such as `at_least: 10`, below which approximations are poor. All are counts of the file,
        so that the number itself is judged. With `of: label` labels are counted in place of decisions. A table shows
        the people needed and the ratio that the people who are there can show. Where people have sampling weights or
        somebody stands in several rows, each group has its effective number in the place of its people, as it makes the
        intervals of `fairness.impact_ratio`: at most Kish's, and by the spread between 400 random groups of entities,
        less what Student's quantile takes; events and the others are the effective number times the weighted rate and
        the rest.
    Evidence: counts of people by decision, or label, and group (`groups`, `a*b` for intersections) in the dataset
        `data`, of the rows that meet `where`. People whose group is unknown are counted and left out, or with `missing:
        group` are a group of their own; people without the outcome are in no count.
    Inconclusive when: there are fewer than two groups; everybody or nobody is favourable, so that no number of people
        shows anything; the named reference has nobody; too many people have no outcome or no known group.
    Limits: enough people to show equality where it holds are not enough to show it where a true gap comes near to
        `ratio`. It speaks of each comparison alone: with many groups all of them are shown less often. Rates for which
        fewer people count, such as a true-positive rate, need `of: label` and a look at `events`. Effective numbers are
        themselves estimated, the less surely the fewer entities there are, and are judged as they are.
    Source: Chow, Shao and Wang 2008, chapter 4; Katz, Baptista, Azen and Pike 1978 (variance of the logarithm); Cochran
        1954 (events); Kish 1965; Korn and Graubard 1998 (effective numbers).
    """
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    unknown: dict[str, float] = {}
    share = None
    for grouping, request in _requests(p, context.view).items():
        cells = evidence.cells(request)
        counted, without, absent = _counted(cells, grouping, p, context.confidence)
        found = list(_estimates(counted, grouping, p, context))
        estimates += found
        exhibits.append(_table(counted, found, grouping, p, context))
        if cells.total:
            unknown[grouping], share = without / cells.total, absent / cells.total
    return Measured(
        estimates=tuple(estimates),
        exhibits=tuple(exhibits),
        undecided=share if p.of == "decision" else None,
        unlabelled=share if p.of == "label" else None,
        unknown=unknown,
    )


@dataclass(frozen=True)
class _Group:
    """Favourable people and all who have the outcome, or what they are worth; and the people themselves."""

    favourable: float
    n: float
    counted: int
    """People who have the outcome, each as one."""
    people: int

    @property
    def others(self) -> float:
        return self.n - self.favourable


@dataclass(frozen=True)
class _Counted:
    groups: Mapping[str, _Group]
    rate: float | None
    """Of everybody: that of every group, if they are treated alike."""


def _requests(p: Parameters, view: SubjectView) -> dict[str, CellsRequest]:
    return view.cells(p.data, (_KEYS[p.of],), view.groupings(p.groups), p.where)


def _counted(cells: Cells, grouping: str, p: Parameters, confidence: float) -> tuple[_Counted, int, int]:
    """The groups, the people who belong to none, and those without the outcome."""
    decided = replace(cells, keys=tuple(DECISION if key == _KEYS[p.of] else key for key in cells.keys))
    found, without = groups_of(decided, grouping, _RATE, keep_unknown=p.missing == "group")
    groups = {}
    for each in found:
        n = each.at(confidence)[1] if each.denominator else 0
        favourable = float(each.rate * Fraction(n)) if n else 0.0
        groups[each.name] = _Group(favourable, n, each.denominator, each.rows)
    outcomes = decided.over((DECISION,))
    absent = sum(count for (level,), count in zip(outcomes.rows, outcomes.counts, strict=True) if level is None)
    return _Counted(groups, _rate(found)), without, absent


def _rate(groups: Sequence[GroupCounts]) -> float | None:
    amounts = [each.weights or (each.numerator, each.denominator) for each in groups]
    n = math.fsum(whole for _, whole in amounts)
    return math.fsum(part for part, _ in amounts) / n if n else None


def _multiples(counted: _Counted, asked: str) -> tuple[str | None, dict[str, float]]:
    """The reference, and how many times as many people it has as each group; the reference itself is left out."""
    groups = counted.groups
    if asked == "highest":
        return None, dict.fromkeys(groups, 1.0)
    largest = min(groups, key=lambda name: (-groups[name].people, name))
    reference = largest if asked == "largest" else asked
    if reference not in groups or not groups[reference].n:
        return reference, {}
    of = groups[reference].n
    return reference, {name: of / each.n if each.n else 1.0 for name, each in groups.items() if name != reference}


def _rule(p: Parameters, c: Context) -> Rule:
    return Rule("ratio", p.ratio, 1 / p.ratio, c.confidence)


def _estimates(counted: _Counted, grouping: str, p: Parameters, c: Context) -> Iterator[Estimate]:
    rate, groups = counted.rate, counted.groups
    everybody = sum(each.people for each in groups.values())
    why = None
    if len(groups) < 2:
        why = f"only one group ({next(iter(groups))})" if groups else "no row has a known group"
    elif not rate or rate == 1:
        why = f"{'nobody' if not rate else 'everybody'} is favourable, so that no number of people shows anything"
    else:
        reference, multiples = _multiples(counted, p.reference)
        if not multiples:
            why = f"there is no reference group {reference!r} with anybody to count"
    if why is not None or rate is None:
        yield Estimate(name="sufficiency", grouping=grouping, undefined=f"{grouping}: {why}")
    else:
        for name, multiple in multiples.items():
            needed, own = people_needed(_rule(p, c), rate, 1.0, p.power, multiple), groups[name]
            yield Estimate(
                name="sufficiency", grouping=grouping, group=name, reference=reference, n=own.counted, basis="exact",
                value=own.n / needed if needed else None,
                undefined=None if needed else "no number of people would be enough",
                share=own.people / everybody,
                method=f"{_told(own)} of {needed} people; ratio {p.ratio:g}, power {p.power:g}, "
                f"confidence {c.confidence:g}",
            )  # fmt: skip
    for name, own in groups.items():
        for event, count in (("events", own.favourable), ("non_events", own.others)):
            yield Estimate(
                name=event, grouping=grouping, group=name, n=own.counted, value=float(count), basis="exact",
                share=own.people / everybody, method="count" if own.n == own.counted else "effective number",
            )  # fmt: skip


def _told(group: _Group) -> str:
    return str(group.counted) if group.n == group.counted else f"an effective {group.n:.1f}"


def _table(counted: _Counted, found: list[Estimate], grouping: str, p: Parameters, c: Context) -> Exhibit:
    rate, judged = counted.rate, {e.group: e for e in found if e.name == "sufficiency"}
    reference, multiples = _multiples(counted, p.reference) if counted.groups else (None, {})
    rows: list[tuple[str | int | float | None, ...]] = []
    designed = any(each.n != each.counted for each in counted.groups.values())
    for name, own in counted.groups.items():
        estimate, multiple = judged.get(name), multiples.get(name)
        needed = people_needed(_rule(p, c), rate, 1.0, p.power, multiple) if rate and multiple else None
        shown = (
            bound_shown("ratio", rate, own.n, own.n * multiple, p.power, c.confidence) if rate and multiple else None
        )
        rows.append((
            name, estimate.value if estimate else None, own.counted, *((own.n,) if designed else ()), needed,
            own.favourable, own.others, own.people, shown,
        ))  # fmt: skip
    unit: Unit = "number" if designed else "count"
    return Exhibit(
        name=f"sufficiency[{grouping}]",
        title=f"People by {grouping.replace('*', ' and ')}",
        columns=columns(
            ("label", "Group", "text"), ("value", "Sufficiency", "number"), ("counted", "Counted", "count"),
            *((("effective", "Effective number", "number"),) if designed else ()),
            ("needed", "Needed", "count"), ("events", "Favourable", unit), ("non_events", "Other", unit),
            ("people", "People", "count"), ("shown", "Ratio that can be shown", "ratio"),
        ),
        rows=tuple(rows),
        chart="bar",
        limit=1.0,
        note=None if reference is None else f"Against {reference}, both growing alike.",
    )  # fmt: skip
