"""Discrimination within groups: the area under the ROC curve of each group, and the area between two such curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from assay.checks.exhibit import columns
from assay.checks.fairness._group_scores import (
    Group,
    Grouped,
    against_the_same,
    measure_groups,
    score_needs,
)
from assay.checks.performance._scores import area, by_score, masses
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.auc import ENOUGH, Auc, auc_interval
from assay.stats.comparison import level_of_each, mover_difference
from assay.stats.contrasts import Contrast, Member, compare_members
from assay.stats.distance import MOST_DRAWN, OffBy, area_between, area_draws, roc_draws
from assay.stats.pairing import Question

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

POINTS, MOST_CURVES = 51, 12


class Parameters(GroupParameters):
    """Which people, which groups, which reference."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score of each group."""
    return score_needs(p, view, view.lacks(data=(p.data,), label=True, score=True, groups=p.groups), labelled=True)


@check("fairness.auc_parity", version=1, estimates={"auc_difference": 0, "abroca": "lower"}, honours=("weight",))
def auc_parity(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The score ranks the people with the event above those without it equally well in every group.

    Method: the AUC of a group is the chance that one of its members with the event has a higher score than one without
        it, ties counting half. The estimate `auc_difference` is that of a group less that of its reference. Interval:
        that of each AUC (DeLong's on the logit scale; where of its disjoint pairs of somebody with and somebody without
        the event fewer than 5 are expected to stand the wrong way round, the wider of it and Newcombe's), recovered as
        variances and added, since groups are independent (MOVER-D); where a group has fewer than 10 events or others,
        the difference of the extreme limits of both at 1 - alpha/2. With `reference: highest` every pair of groups is
        compared, the lower area less the higher; with `largest` or the name of a group, every other group is compared
        with that one. The estimate `abroca` is the area between the ROC curves of a group and the reference: 0 where
        they are the same, and above |difference of the areas| where they cross. Its interval is that area and, on both
        sides, the 1 - alpha quantile of its error: the area between the drawn and the observed difference of the two
        curves, in 4,000 draws with a fixed seed of the people with the event and of those without it in each group,
        from 128 classes of neighbouring scores. So it holds 0 as often as it should where nothing differs, which a
        percentile interval does not. With fewer than 10 people of a kind, more than 100 groups, or beyond what draws
        can show (more than 20 comparisons at 95 %), the bound of Dvoretzky, Kiefer and Wolfowitz for all four
        distributions takes its place. A second, simultaneous interval at 1 - alpha/m holds for all m comparisons of a
        grouping together. Beyond 500 000 different scores people are counted in bins; what these can hide is proven,
        and added at both ends. Sampling weights weigh people.
    Evidence: people with the event, without it and without a label by score and group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`. The event is what a higher score speaks
        for. People whose group is unknown are counted and left out, or with `missing: group` are a group of their own.
    Inconclusive when: there are fewer than two groups with both classes; somebody of the group has no finite score; a
        group or the reference is under the minimum; too many people have no label or no known group; an interval
        straddles the threshold; the policy decides on the estimate, and the scores were counted in bins.
    Limits: ranking only: equal areas say nothing about calibration or about who is above a cut. Groups differ in how
        hard they are to tell apart, whatever the model does. Entities are not honoured.
    Source: Hanley and McNeil 1982; DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006; Gardner, Brooks and Baker
        2019 (ABROCA); Massart 1990.
    """

    def compared(of: Grouped) -> tuple[Sequence[Estimate], Sequence[Exhibit]]:
        curves = _Curves(of.groups, context)
        asked = Question(
            "auc_difference", "difference", of.grouping, context.confidence, context.minimum, context.decide_on,
            p.reference,
        )  # fmt: skip
        areas = compare_members(curves.members, asked, curves.difference)
        second = replace(asked, name="abroca", shape="value")
        between = against_the_same(curves.members, second, areas, curves.between)
        shown = [curves.table(of.grouping, areas), *curves.exhibits(of.grouping, between)]
        return [curves.with_bound(each) for each in (*areas, *between)], shown

    return measure_groups(evidence, p, context, compared, labelled=True)


@dataclass(frozen=True)
class _Curves:
    """The ROC curves of the groups of one grouping."""

    groups: list[Group]
    context: Context
    _drawn: dict[tuple[str, int], Floats] = field(default_factory=dict)
    _known: dict[tuple[str, float], Interval] = field(default_factory=dict)

    @cached_property
    def _usable(self) -> dict[str, Group]:
        return {group.name: group for group in self.groups if group.unusable is None}

    @cached_property
    def _areas(self) -> dict[str, Auc]:
        return {name: area(group.scores) for name, group in self._usable.items()}

    @cached_property
    def members(self) -> list[Member]:
        """The groups, ranked by their areas."""
        made = []
        for group in self.groups:
            why, kind = group.unusable or ("", "sample_too_small")
            found = self._areas.get(group.name)
            made.append(Member(group.name, found.value if found else None, group.labelled, group.rows, why, kind))
        return made

    def difference(self, own: Member, other: Member) -> Contrast:
        """The area of one group less that of the other."""
        one, two = self._areas[own.name], self._areas[other.name]
        if self.context.decide_on == "estimate" and one.bound + two.bound:
            return _hidden(one.bound + two.bound)

        def interval(confidence: float) -> Interval:
            few = any(min(each.effective or (each.events, each.nonevents)) < ENOUGH for each in (one, two))
            level = level_of_each(confidence) if few else confidence
            limits = self._limits(own.name, level), self._limits(other.name, level)
            return _difference(one, two, limits, confidence, few=few)

        return Contrast(one.value - two.value, interval, method="difference of two areas, independent")

    def _limits(self, name: str, level: float) -> Interval:
        """Of an area by itself, without what bins hide; many pairs take the same."""
        if (name, level) not in self._known:
            self._known[name, level] = auc_interval(replace(self._areas[name], bound=0.0), level)
        return self._known[name, level]

    def between(self, own: Member, other: Member) -> Contrast:
        """The area between two curves."""
        bound = self._areas[own.name].bound + self._areas[other.name].bound
        if self.context.decide_on == "estimate" and bound:
            return _hidden(bound)
        pair = [self._usable[member.name].scores for member in (own, other)]
        value = area_between(by_score(pair[0]), by_score(pair[1]))
        sizes = tuple(each.effective for scores in pair for each in masses(scores))
        draws = None
        if min(sizes) >= ENOUGH and len(self._usable) <= MOST_DRAWN:
            draws = area_draws(self._draws(own.name, 0), self._draws(other.name, 1))
        return Contrast(
            value, OffBy(sizes, draws=draws, bound=bound).around(value), method="area between two ROC curves"
        )  # fmt: skip

    def _draws(self, name: str, seed: int) -> Floats:
        """Of a group, or of the reference, which is drawn once."""
        if seed == 0:
            return self._roc_draws(name, seed)
        if (name, seed) not in self._drawn:
            self._drawn[name, seed] = self._roc_draws(name, seed)
        return self._drawn[name, seed]

    def _roc_draws(self, name: str, seed: int) -> Floats:
        scores = self._usable[name].scores
        return roc_draws(*masses(scores), seed, weighted=scores.weights is not None)

    def with_bound(self, estimate: Estimate) -> Estimate:
        """The estimate with what bins can hide of it."""
        names = [name for name in (estimate.group, estimate.reference) if name in self._areas]
        bound = sum(self._areas[name].bound for name in names)
        return estimate.model_copy(update={"bound": bound}) if bound and estimate.value is not None else estimate

    def table(self, grouping: str, compared: Sequence[Estimate]) -> Exhibit:
        """One line per group."""
        headline = {e.group: e for e in compared if e.headline and e.reference is not None}
        reference = next((e.reference for e in headline.values()), None)
        rows = []
        for group in self.groups:
            found, estimate = self._areas.get(group.name), headline.get(group.name)
            own = auc_interval(found, self.context.confidence) if found else None
            interval = estimate.interval if estimate else None
            rows.append((
                group.name, found.value if found else None, own.low if own else None, own.high if own else None,
                int(group.scores.events.sum()), int(group.scores.nonevents.sum()), group.rows,
                found.variance**0.5 if found and 0 < found.variance < inf else None,
                estimate.value if estimate else None,
                interval.low if interval else None, interval.high if interval else None,
            ))  # fmt: skip
        given = columns(
            ("label", "Group", "text"), ("value", "AUC", "number"), ("low", "From", "number"), ("high", "To", "number"),
            ("events", "Events", "count"), ("others", "Others", "count"), ("people", "People", "count"),
            ("error", "Standard error", "number"), ("comparison", "Difference", "number"),
            ("comparison_low", "Difference from", "number"), ("comparison_high", "Difference to", "number"),
        )  # fmt: skip
        return Exhibit(
            name=f"areas[{grouping}]",
            title=f"Area under the ROC curve by {grouping.replace('*', ' and ')}",
            columns=given,
            rows=tuple(rows),
            chart="interval",
            note=f"Differences are against {reference}. Standard errors are DeLong's." if reference else None,
        )

    def exhibits(self, grouping: str, between: Sequence[Estimate]) -> Iterator[Exhibit]:
        """Both curves of each pair, and what they differ by."""
        for each in [e for e in between if e.value is not None][:MOST_CURVES]:
            pair = [_curve(self._usable[name]) for name in (each.group or "", each.reference or "")]
            rows = [(place / (POINTS - 1), a - b, a, b) for place, (a, b) in enumerate(zip(*pair, strict=True))]
            yield Exhibit(
                name=f"curves[{grouping}: {each.group} / {each.reference}]",
                title=f"ROC curve of {each.group} above that of {each.reference}",
                columns=columns(
                    ("x", "Non-events at or above the cut", "rate"), ("y", "Difference", "number"),
                    ("group", "Events of the group", "rate"), ("reference", "Events of the reference", "rate"),
                ),
                rows=tuple(rows),
                chart="line",
            )  # fmt: skip


def _curve(group: Group) -> list[float]:
    """The curve at POINTS places, from (0, 0) to (1, 1)."""
    import numpy as np

    events, others = by_score(group.scores)
    hits, alarms = (np.concatenate([[0.0], np.cumsum(each[::-1]) / each.sum()]) for each in (events, others))
    found: list[float] = np.interp(np.linspace(0, 1, POINTS), alarms, hits).tolist()
    return found


def _difference(one: Auc, two: Auc, of: tuple[Interval, Interval], confidence: float, *, few: bool) -> Interval:
    """MOVER-D from the limits of both areas; of few people, the extreme limits of both at 1 - alpha/2."""
    own, other = of
    limits, others = (own.low or 0.0, own.high or 0.0), (other.low or 0.0, other.high or 0.0)
    if few:
        low, high, method = limits[0] - others[1], limits[1] - others[0], "limits of both areas, each at 1 - alpha/2"
    else:
        low, high = mover_difference(one.value, limits, two.value, others)
        method = "MOVER-D from the intervals of both areas"
    bound = one.bound + two.bound
    return Interval(
        low=max(low - bound, -1.0), high=min(high + bound, 1.0), confidence=confidence,
        method=method + ("; wider by the bins' bound" if bound else ""),
    )  # fmt: skip


def _hidden(bound: float) -> Contrast:
    why = f"the point decides, and from scores in bins it is known to {bound:.1g} only; an interval holds the bound"
    return Contrast(None, why=why, kind="estimate_unstable")
