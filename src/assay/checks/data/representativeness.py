"""Representativeness: whether the groups of the data are as frequent as in the population."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assay.checks.counted import Levels, counted_rate
from assay.checks.exhibit import columns
from assay.checks.registry import Context, GroupingParameters, check
from assay.evidence.cells import group_name
from assay.evidence.keys import ENTITY, grouping_keys
from assay.evidence.request import CellsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.groups import GroupCounts
from assay.stats.proportion import clopper_pearson, wilson


class Parameters(GroupingParameters):
    """Which people, and which groups."""


def _groupings(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    """Those of which the manifest declares the population."""
    declared = view.manifest.columns.groups if view.manifest.columns else {}
    return tuple(
        name for name in view.groupings(p.groups) if name in declared and declared[name].population is not None
    )


def needs(p: Parameters, view: SubjectView) -> Needs:
    """People by group."""
    missing = view.lacks(data=(p.data,), groups=p.groups)
    wanted = _groupings(p, view)
    lacking: tuple[str, ...]
    if p.groups == "declared":
        lacking = () if wanted or missing else ("columns.groups.<group>.population",)
    else:
        lacking = tuple(
            f"columns.groups.{name}.population" if "*" not in name else f"a population of the intersection {name}"
            for name in view.groupings(p.groups)
            if name not in wanted
        )
    missing = (*missing, *lacking)
    requests = tuple(_requests(p, view).values())
    return Needs(() if missing else requests, missing)


def _requests(p: Parameters, view: SubjectView) -> dict[str, CellsRequest]:
    """For each grouping its people; no intersections, so that each is counted by itself."""
    entity = view.manifest.columns is not None and view.manifest.columns.entity is not None
    more = (ENTITY,) if entity else ()
    return {name: CellsRequest(p.data, (*grouping_keys(name), *more), p.where) for name in _groupings(p, view)}


@check(
    "data.representativeness",
    version=1,
    estimates={"total_variation_distance": "lower", "share_difference": 0},
    honours=("weight", "entity"),
)
def representativeness(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The groups are about as frequent in the data as in the population that the model is used for.

    Method: the population is what columns.groups declares for the attribute, with its source. The estimate
        `total_variation_distance` is half the sum over its groups of |share in the data - share in the population|: the
        share of people who would have to be of another group. Interval: the distance plus and minus half the root of
        the quantile of chi-squared with K - 1 degrees of freedom over the number of people, for K groups: by no more
        can the shares of the sample be away from those that it was drawn from, so that it is wide rather than narrow;
        for two groups it is that of the share. The estimate `share_difference` of a group is its share in the data less
        that in the population, with Wilson's interval, or Clopper and Pearson's where it holds fewer people than the
        minimum; a second, simultaneous one at 1 - alpha/m holds for all m groups together. Sampling weights weigh
        people, and the intervals are taken at the effective number, from the linearised variance; where somebody stands
        in several rows the variance is that between 400 random groups of entities. The distance takes the least
        effective number of all groups.
    Evidence: counts of people by group (`groups`) in the dataset `data`, of the rows that meet `where`. People whose
        group is unknown are counted and left out, or with `missing: group` are a group of their own, which the
        population must name.
    Inconclusive when: the data have no rows with a known group; a group occurs that the population does not name; an
        interval straddles the threshold; there are fewer people than the minimum; too many people have no known group.
    Limits: shares in the data can be right and people within the groups chosen badly. What the population is, is a
        judgement: the applicants, the customers, the country. The Act asks that data be representative and names no
        number. Intersections have no declared population. A published share is taken as it is, and the shares are
        divided by their sum where it misses 1 by their rounding.
    Source: Regulation (EU) 2024/1689, Article 10(3) and (4). Interval: Pearson 1900; Wilson 1927; Clopper and Pearson
        1934; with weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    notes: list[str] = []
    unknown: dict[str, float] = {}
    declared = context.view.manifest.columns.groups if context.view.manifest.columns else {}
    for grouping, request in _requests(p, context.view).items():
        cells = evidence.cells(request)
        population = _whole(declared[grouping].population or {})
        keep = p.missing == "group"

        def known(row: Levels, *, keep: bool = keep) -> bool:
            return keep or row[0] is not None

        there = {group_name(row[:1]) for row in cells.rows if known(row)}
        groups = [
            counted_rate(name, cells, known, lambda row, of=name: group_name(row[:1]) == of)  # type: ignore[misc]
            for name in population
        ]
        lost = sum(n for row, n in zip(cells.rows, cells.counts, strict=True) if not known(row))
        if cells.total:
            unknown[grouping] = lost / cells.total
        stray = sorted(there - set(population))
        people = groups[0].denominator
        if stray or not people:
            told = f"the group {stray[0]!r} occurs, and the declared population does not name it" if stray else (
                f"nobody in the {p.data} data has a known group")  # fmt: skip
            estimates.append(
                Estimate(name="total_variation_distance", grouping=grouping, undefined=f"{grouping}: {told}", n=people,
                         undefined_as="estimate_undefined" if stray else "evidence_missing")
            )  # fmt: skip
            continue
        made = [_Group(group, population[group.name], len(groups), context) for group in groups]
        estimates += [_distance(made, grouping, context), *(each.estimate(grouping) for each in made)]
        exhibits.append(_table(made, grouping))
        notes.append(f"Population of {grouping}: {declared[grouping].population_source}")
    return Measured(estimates=tuple(estimates), exhibits=tuple(exhibits), notes=tuple(notes), unknown=unknown)


def _whole(shares: Mapping[str, float]) -> dict[str, Fraction]:
    """The shares as they are written, divided by their sum; in the order of the names."""
    exact = {name: Fraction(repr(share)) for name, share in sorted(shares.items())}
    total = sum(exact.values(), Fraction())
    return {name: share / total for name, share in exact.items()}


@dataclass(frozen=True)
class _Group:
    counts: GroupCounts
    """Its people over all."""
    share: Fraction
    """Of the population."""
    groups: int
    context: Context

    @property
    def difference(self) -> Fraction:
        return self.counts.rate - self.share

    @property
    def effective(self) -> float:
        """People as many as the share is worth."""
        return self.counts.at(self.context.confidence)[1]

    def limits(self, confidence: float) -> tuple[float, float]:
        few = self.counts.numerator < self.context.minimum
        return (clopper_pearson if few else wilson)(*self.counts.at(confidence), confidence)

    def estimate(self, grouping: str) -> Estimate:
        few, share = self.counts.numerator < self.context.minimum, float(self.share)

        def interval(confidence: float) -> Interval:
            low, high = self.limits(confidence)
            told = "Clopper-Pearson" if few else "Wilson"
            return Interval(low=low - share, high=high - share, confidence=confidence, method=told)

        c, m = self.context.confidence, self.groups
        return Estimate(
            name="share_difference",
            shape="difference",
            grouping=grouping,
            group=self.counts.name,
            value=float(self.difference),
            n=self.counts.denominator,
            numerator=self.counts.numerator if self.counts.weights is None else None,
            denominator=self.counts.denominator if self.counts.weights is None else None,
            design=self.counts.design,
            interval=interval(c),
            simultaneous=interval(1 - (1 - c) / m),
            comparisons=m,
            share=float(self.counts.rate),
            method="share in the data less that in the population",
        )


def _distance(groups: Sequence[_Group], grouping: str, c: Context) -> Estimate:
    value = float(sum((abs(group.difference) for group in groups), Fraction()) / 2)
    people = groups[0].counts.denominator
    if len(groups) == 2:
        rarer = min(groups, key=lambda group: (group.counts.numerator, group.counts.name))
        low, high = (end - float(rarer.share) for end in rarer.limits(c.confidence))
        ends = sorted((abs(low), abs(high)))
        interval = Interval(low=0.0 if low <= 0 <= high else ends[0], high=ends[1], confidence=c.confidence,
                            method="of the share of one group")  # fmt: skip
    else:
        half = _away(len(groups), min(group.effective for group in groups), c.confidence)
        interval = Interval(low=max(value - half, 0.0), high=min(value + half, 1.0), confidence=c.confidence,
                            method="chi-squared, by which a sample is away from its source")  # fmt: skip
    return Estimate(
        name="total_variation_distance",
        grouping=grouping,
        value=value,
        n=people,
        interval=interval,
        method="half the sum of absolute differences of shares",
    )


def _away(groups: int, people: float, confidence: float) -> float:
    """How far the shares of a sample are at most from those of its source, in total variation.

    (Σ|p̂ − p|)² ≤ Σ(p̂ − p)²/p, by Cauchy and Schwarz: Pearson's statistic over the number of people.
    """
    from scipy.special import chdtri

    return 0.5 * math.sqrt(float(chdtri(groups - 1, 1 - confidence)) / people)


def _table(groups: Sequence[_Group], grouping: str) -> Exhibit:
    def lines() -> Iterator[tuple[str | float | int | None, ...]]:
        for group in groups:
            low, high = group.limits(group.context.confidence)
            yield (group.counts.name, float(group.counts.rate), low, high, float(group.share),
                   group.counts.numerator)  # fmt: skip

    given = columns(
        ("label", "Group", "text"), ("value", "Share in the data", "rate"), ("low", "From", "rate"),
        ("high", "To", "rate"), ("population", "In the population", "rate"), ("n", "People", "count"),
    )  # fmt: skip
    return Exhibit(
        name=f"shares[{grouping}]", title=f"Groups in the data and in the population: {grouping}", columns=given,
        rows=tuple(lines()), chart="interval",
    )  # fmt: skip
