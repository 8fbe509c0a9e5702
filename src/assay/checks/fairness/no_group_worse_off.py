"""Champion and challenger: whether a group is worse off by the model under audit than by the one in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import Context, GroupingParameters, check
from assay.evidence.cells import FAVOURABLE, Cells, group_name
from assay.evidence.keys import CHAMPION, LABEL, grouping_keys
from assay.evidence.rates import Rate
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.paired import (
    Paired,
    exact_paired_difference_interval,
    gain_in_lowest_ratio,
    lowest_ratio,
    paired_difference_interval,
)

RATIO = "lowest_ratio_change"
Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]
MOST_GROUPS = 60
"""Of one grouping, for an interval of the lowest ratio: its work grows with the fourth power."""
MOST_LINES = 5_000
"""Groups of one grouping that are compared at all."""


class Parameters(GroupingParameters):
    """Which people, which groups, and which rate."""

    rate: Literal["selection_rate", "true_positive_rate"] = "selection_rate"
    """`selection_rate`: favourable decisions; `true_positive_rate`: of those with the favourable outcome."""


def _keys(p: Parameters) -> tuple[str, ...]:
    return (*Rate(p.rate).keys, CHAMPION)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of both decisions by group, and of labels where the rate needs them."""
    labelled = p.rate == "true_positive_rate"
    missing = view.lacks(data=(p.data,), label=labelled, decision=True, groups=p.groups, champion=("decision",))
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    return Needs(tuple(dict.fromkeys(_requests(p, view).values())) if measurable else (), missing)


def _requests(p: Parameters, view: SubjectView) -> dict[str, CellsRequest]:
    return view.cells(p.data, _keys(p), view.groupings(p.groups), p.where)


@check("fairness.no_group_worse_off", version=1, estimates={"{rate}_change": "higher", "lowest_ratio_change": "higher"})
def no_group_worse_off(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """No group receives the favourable decision less often than by the model that is in use today.

    Method: the model under audit is the challenger, the model in use the champion; both decide about the same people,
        and those count who have a decision of both. The estimate `<rate>_change`, with `rate` selection_rate or
        true_positive_rate, is the rate of a group by the challenger minus that by the champion, so `at_least: -0.02`
        says that no group may lose more than two percentage points. Interval: Newcombe's for paired rates; for a group
        under the minimum Clopper-Pearson limits of the shares of those who win and of those who lose. A second,
        simultaneous interval at 1 - alpha/m holds for all m groups of a grouping together. `lowest_ratio_change` is the
        change of disparity: the lowest rate over the highest among the groups of a grouping, by the challenger minus
        the same by the champion; below 0 the groups have moved apart. Its interval is the min-max of the linearised
        intervals of all differences of ratios, by the delta method on the paired counts, Bonferroni-adjusted; a group
        under the minimum is left out of it and stays undecided.
    Evidence: counts of people by decision, decision of the champion (`columns.champion.decision`) and group (`groups`,
        `a*b` for intersections), and for the true positive rate by label, in the dataset `data`, of the rows that meet
        `where`. People whose group is unknown are counted and left out, or with `missing: group` are a group.
    Inconclusive when: the manifest declares no decision of the champion; nobody has a known group and both decisions; a
        group has nobody who counts, or fewer people than the minimum; an interval straddles the threshold; by one model
        nobody is favourable, fewer than two groups reach the minimum, or there are more than 60 (the lowest ratio);
        there are more than 5000 groups; too many people have no decision, label or known group; the manifest declares
        sampling weights or entities.
    Limits: that no group is worse off does not say that the groups are treated alike: `fairness.impact_ratio` measures
        that. Who is known to have the favourable outcome depends on whom the champion accepted. Weights and entities
        are not taken into account.
    Source: Newcombe 1998 (paired), method 10; Clopper and Pearson 1934; Agresti and Min 2005. The demand that nobody
        is made worse off is Pareto's; no law states it.
    """
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    unknown: dict[str, float] = {}
    without: dict[str, float] = {}
    for grouping, request in _requests(p, context.view).items():
        cells = evidence.cells(request)
        asked = _Asked(p, grouping, context)
        groups, nowhere = _groups(cells, asked)
        if len(groups) > MOST_LINES:
            estimates += asked.too_many(len(groups))
        else:
            estimates += [*asked.changes(groups), *asked.ratio(groups)]
            exhibits.append(asked.table(groups))
        if cells.total:
            unknown[grouping] = nowhere / cells.total
            without = {key: _without(cells, key) for key in _keys(p)}
    return Measured(
        estimates=tuple(estimates),
        exhibits=tuple(exhibits),
        unlabelled=without.get(LABEL),
        undecided=max((share for key, share in without.items() if key != LABEL), default=None),
        unknown=unknown,
    )


def _without(cells: Cells, key: str) -> float:
    over = cells.over((key,))
    return sum(n for (level,), n in zip(over.rows, over.counts, strict=True) if level is None) / over.total


@dataclass(frozen=True)
class _Group:
    """The first of the pairs is the challenger."""

    name: str
    rows: int
    pairs: Paired

    @property
    def turned(self) -> Paired:
        """The champion first."""
        return Paired(self.pairs.both, self.pairs.second, self.pairs.first, self.pairs.neither)


def _groups(cells: Cells, asked: _Asked) -> tuple[list[_Group], int]:
    """The groups of a grouping by name, and how many people belong to none."""
    rate, people, nowhere = Rate(asked.p.rate), Counter[str](), 0
    pairs: dict[str, Counter[tuple[bool, bool]]] = {}
    table = cells.over((*rate.keys, CHAMPION, *grouping_keys(asked.grouping)))
    width = len(rate.keys)
    for levels, n in zip(table.rows, table.counts, strict=True):
        outcomes, champion, group = levels[:width], levels[width], levels[width + 1 :]
        if None in group and asked.p.missing == "exclude":
            nowhere += n
            continue
        people[group_name(group)] += n
        counted = pairs.setdefault(group_name(group), Counter())
        if champion is not None and rate.counts(outcomes):
            counted[rate.hits(outcomes), champion == FAVOURABLE] += n
    groups = [
        _Group(name, people[name], Paired(n[True, True], n[True, False], n[False, True], n[False, False]))
        for name, n in sorted(pairs.items())
    ]
    return groups, nowhere


@dataclass(frozen=True)
class _Asked:
    """One grouping."""

    p: Parameters
    grouping: str
    c: Context

    @property
    def name(self) -> str:
        return f"{self.p.rate}_change"

    def _undefined(self, name: str, why: str, kind: Kind, n: int = 0) -> Estimate:
        told = f"{self.grouping}: {why}"
        return Estimate(name=name, grouping=self.grouping, undefined=told, undefined_as=kind, n=n)

    def too_many(self, groups: int) -> list[Estimate]:
        """More groups than anybody reads."""
        why = f"there are {groups} groups, more than {MOST_LINES}"
        return [self._undefined(name, why, "estimate_unstable") for name in (self.name, RATIO)]

    def _few(self, name: str, group: _Group, known: int, why: str) -> Estimate:
        return Estimate(
            name=name, grouping=self.grouping, group=group.name, undefined=why, undefined_as="sample_too_small",
            n=group.pairs.n, share=group.rows / known,
        )  # fmt: skip

    def changes(self, groups: Sequence[_Group]) -> Iterator[Estimate]:
        """How much more often each group is favoured."""
        known, level = sum(group.rows for group in groups), 1 - (1 - self.c.confidence) / max(len(groups), 1)
        if not groups:
            yield self._undefined(self.name, "no row has a known group", "evidence_missing")
        for group in groups:
            pairs = group.pairs
            if not pairs.n:
                why = f"nobody of {group.name} counts by the decisions of both models"
                yield self._few(self.name, group, known, why)
                continue
            yield Estimate(
                name=self.name,
                grouping=self.grouping,
                group=group.name,
                value=(pairs.first - pairs.second) / pairs.n,
                n=pairs.n,
                interval=self._interval(pairs, self.c.confidence),
                simultaneous=self._interval(pairs, level),
                comparisons=len(groups),
                share=group.rows / known,
                method="rate by the challenger minus that by the champion, of the same people",
            )

    def _interval(self, pairs: Paired, confidence: float) -> Interval:
        few = pairs.n < self.c.minimum
        return (exact_paired_difference_interval if few else paired_difference_interval)(pairs, confidence)

    def ratio(self, groups: Sequence[_Group]) -> Iterator[Estimate]:
        """By how much the lowest ratio moves."""
        many = [group for group in groups if group.pairs.n >= self.c.minimum]
        known, n = sum(group.rows for group in groups), sum(group.pairs.n for group in many)
        before, after = self._ratios(many)
        if len(many) < 2:
            yield self._undefined(RATIO, "fewer than two groups have enough people", "sample_too_small", n)
        elif before is None or after is None:
            why = "by one of the models nobody is favourable, so there is no ratio"
            yield self._undefined(RATIO, why, "estimate_undefined", n)
        elif len(many) > MOST_GROUPS:
            why = f"there are {len(many)} groups, more than {MOST_GROUPS}"
            yield self._undefined(RATIO, why, "estimate_unstable", n)
        else:
            yield Estimate(
                name=RATIO, grouping=self.grouping, value=after - before, n=n,
                interval=gain_in_lowest_ratio([group.turned for group in many], self.c.confidence),
                method="lowest ratio by the challenger minus that by the champion",
            )  # fmt: skip
        for group in groups:
            if group not in many:
                why = f"{group.pairs.n} people, fewer than the minimum of {self.c.minimum}"
                yield self._few(RATIO, group, known, why)

    def _ratios(self, groups: Sequence[_Group]) -> tuple[float | None, float | None]:
        if not groups:
            return None, None
        rates = [(group.pairs.second_rate, group.pairs.first_rate) for group in groups]
        before, after = (lowest_ratio(each) for each in zip(*rates, strict=True))
        return before, after

    def table(self, groups: Sequence[_Group]) -> Exhibit:
        """A line for each group."""
        rows: list[tuple[str | float | None, ...]] = []
        for group in groups:
            pairs = group.pairs
            if not pairs.n:
                rows.append((group.name, None, None, None, None, None, 0, 0, 0))
                continue
            interval = self._interval(pairs, self.c.confidence)
            rows.append((
                group.name, (pairs.first - pairs.second) / pairs.n, interval.low, interval.high,
                pairs.second_rate, pairs.first_rate, pairs.first, pairs.second, pairs.n,
            ))  # fmt: skip
        return Exhibit(
            name=f"changes[{self.grouping}]",
            title=f"Champion and challenger by {self.grouping.replace('*', ' and ')}",
            columns=columns(
                ("label", "Group", "text"), ("value", "Change", "number"), ("low", "From", "number"),
                ("high", "To", "number"), ("champion", "Champion", "rate"), ("challenger", "Challenger", "rate"),
                ("won", "Newly favourable", "count"), ("lost", "Newly unfavourable", "count"),
                ("people", "Counted", "count"),
            ),
            rows=tuple(rows),
            chart="interval",
            limit=0.0,
        )  # fmt: skip
