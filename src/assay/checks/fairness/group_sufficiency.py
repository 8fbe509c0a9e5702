"""Whether there are enough people in each group for a disparity, or its absence, to be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.cells import FAVOURABLE, Cells, group_name
from assay.evidence.request import DECISION, LABEL, CellsRequest, Needs, grouping_keys
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.power import Rule, bound_shown, people_needed

_KEYS = {"decision": DECISION, "label": LABEL}


class Parameters(GroupParameters):
    """Which people, which groups, which reference, and what is to be shown."""

    of: Literal["decision", "label"] = "decision"
    """Whose favourable outcomes are counted."""
    ratio: float = Field(default=0.8, gt=0, lt=1)
    """The impact ratio that has to be shown to be reached."""
    power: float = Field(default=0.8, ge=0.5, lt=1)
    """How likely it has to be that equal groups are shown to reach it."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions, or of labels, by group."""
    missing = view.lacks(data=(p.data,), decision=p.of == "decision", label=p.of == "label", groups=p.groups)
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    return Needs(tuple(dict.fromkeys(_requests(p, view).values())) if measurable else (), missing)


@check("fairness.group_sufficiency", version=1)
def group_sufficiency(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Each group has as many people as it takes to show that it is treated alike, if it is.

    Method: the estimate `sufficiency` of a group is its people with a decision over the people it needs: so many that,
        if its rate is in truth that of everybody, the interval of the impact ratio at the criterion's `confidence` lies
        between `ratio` and 1/`ratio` with probability `power`. 1 or more is enough. The interval is taken as normal on
        the logarithm of the ratio, an approximation of the MOVER-R interval that `fairness.impact_ratio` judges by.
        With `reference: highest` the group is compared with one of its own size; with `largest` or the name of a group,
        with that group, both growing alike. The estimates `events` and `non_events` are its favourable and its other
        people, for a criterion such as `at_least: 10`, below which approximations are poor. All are counts of the
        file, so that the number itself is judged. With `of: label` labels are counted in place of decisions. A table
        shows the people needed and the ratio that the people who are there can show.
    Evidence: counts of people by decision, or label, and group (`groups`, `a*b` for intersections) in the dataset
        `data`, of the rows that meet `where`. People whose group is unknown are counted and left out, or with
        `missing: group` are a group of their own; people without the outcome are in no count.
    Inconclusive when: there are fewer than two groups; everybody or nobody is favourable, so that no number of people
        shows anything; the named reference has nobody; too many people have no outcome or no known group; the rows have
        sampling weights or repeated entities.
    Limits: enough people to show equality where it holds are not enough to show it where a true gap comes near to
        `ratio`. It speaks of each comparison alone: with many groups all of them are shown less often. Rates for
        which fewer people count, such as a true-positive rate, need `of: label` and a look at `events`.
    Source: Chow, Shao and Wang 2008, chapter 4; Katz, Baptista, Azen and Pike 1978 (variance of the logarithm); Cochran
        1954 (events).
    """
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    unknown: dict[str, float] = {}
    share = None
    for grouping, request in _requests(p, context.view).items():
        cells = evidence.cells(request)
        counted, without, absent = _counted(cells, grouping, p)
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


Counted = Mapping[str, tuple[int, int, int]]
"""Group → favourable people, people with the outcome, and all."""


def _requests(p: Parameters, view: SubjectView) -> dict[str, CellsRequest]:
    return view.cells(p.data, (_KEYS[p.of],), view.groupings(p.groups), p.where)


def _counted(cells: Cells, grouping: str, p: Parameters) -> tuple[Counted, int, int]:
    """The groups, the people who belong to none, and those without the outcome."""
    table = cells.over((_KEYS[p.of], *grouping_keys(grouping)))
    favourable, known, people = Counter[str](), Counter[str](), Counter[str]()
    without = absent = 0
    for (outcome, *levels), count in zip(table.rows, table.counts, strict=True):
        absent += count * (outcome is None)
        if None in levels and p.missing != "group":
            without += count
            continue
        name = group_name(levels)
        people[name] += count
        known[name] += count * (outcome is not None)
        favourable[name] += count * (outcome == FAVOURABLE)
    return {name: (favourable[name], known[name], people[name]) for name in sorted(people)}, without, absent


def _rate(counted: Counted) -> float | None:
    """The rate of everybody: that of every group, if they are treated alike."""
    n = sum(known for _, known, _ in counted.values())
    return sum(k for k, _, _ in counted.values()) / n if n else None


def _multiples(counted: Counted, asked: str) -> tuple[str | None, dict[str, float]]:
    """The reference, and how many times as many people it has as each group; the reference itself is left out."""
    if asked == "highest":
        return None, dict.fromkeys(counted, 1.0)
    largest = min(counted, key=lambda name: (-counted[name][2], name))
    reference = largest if asked == "largest" else asked
    if reference not in counted or not counted[reference][1]:
        return reference, {}
    of = counted[reference][1]
    return reference, {
        name: of / known if known else 1.0 for name, (_, known, _) in counted.items() if name != reference
    }


def _rule(p: Parameters, c: Context) -> Rule:
    return Rule("ratio", p.ratio, 1 / p.ratio, c.confidence)


def _estimates(counted: Counted, grouping: str, p: Parameters, c: Context) -> Iterator[Estimate]:
    rate, everybody = _rate(counted), sum(people for _, _, people in counted.values())
    why = None
    if len(counted) < 2:
        why = f"only one group ({next(iter(counted))})" if counted else "no row has a known group"
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
            needed, n = people_needed(_rule(p, c), rate, 1.0, p.power, multiple), counted[name][1]
            yield Estimate(
                name="sufficiency", grouping=grouping, group=name, reference=reference, n=n, basis="exact",
                value=n / needed if needed else None,
                undefined=None if needed else "no number of people would be enough",
                share=counted[name][2] / everybody,
                method=f"{n} of {needed} people; ratio {p.ratio:g}, power {p.power:g}, confidence {c.confidence:g}",
            )  # fmt: skip
    for name, (favourable, n, people) in counted.items():
        for event, count in (("events", favourable), ("non_events", n - favourable)):
            yield Estimate(
                name=event, grouping=grouping, group=name, n=n, value=float(count), basis="exact",
                share=people / everybody, method="count",
            )  # fmt: skip


def _table(counted: Counted, found: list[Estimate], grouping: str, p: Parameters, c: Context) -> Exhibit:
    rate, judged = _rate(counted), {e.group: e for e in found if e.name == "sufficiency"}
    reference, multiples = _multiples(counted, p.reference) if counted else (None, {})
    rows: list[tuple[str | int | float | None, ...]] = []
    for name, (favourable, n, people) in counted.items():
        estimate, multiple = judged.get(name), multiples.get(name)
        needed = people_needed(_rule(p, c), rate, 1.0, p.power, multiple) if rate and multiple else None
        shown = bound_shown("ratio", rate, n, n * multiple, p.power, c.confidence) if rate and multiple else None
        rows.append((
            name, estimate.value if estimate else None, n, needed, favourable, n - favourable, people, shown,
        ))  # fmt: skip
    return Exhibit(
        name=f"sufficiency[{grouping}]",
        title=f"People by {grouping.replace('*', ' and ')}",
        columns=columns(
            ("label", "Group", "text"), ("value", "Sufficiency", "number"), ("counted", "Counted", "count"),
            ("needed", "Needed", "count"), ("events", "Favourable", "count"), ("non_events", "Other", "count"),
            ("people", "People", "count"), ("shown", "Ratio that can be shown", "ratio"),
        ),
        rows=tuple(rows),
        chart="bar",
        limit=1.0,
        note=None if reference is None else f"Against {reference}, both growing alike.",
    )  # fmt: skip
