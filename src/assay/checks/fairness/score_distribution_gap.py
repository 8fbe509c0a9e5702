"""How far the scores of a group lie from those of another, whatever happened afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from assay.checks.exhibit import columns
from assay.checks.fairness._group_scores import (
    Group,
    Grouped,
    against_the_same,
    as_masses,
    measure_groups,
    score_needs,
)
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.group_scores import GroupScores
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.contrasts import Contrast, Member, compare_members
from assay.stats.distance import (
    MOST_DRAWN,
    OffBy,
    classes_of,
    drawn_sums,
    ks_distance,
    pooled_deviation,
    wasserstein_distance,
    wasserstein_draws,
)
from assay.stats.masses import Masses
from assay.stats.pairing import Question

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

POINTS = 41


class Parameters(GroupParameters):
    """Which people, which groups, which reference."""

    reference: str = "largest"
    """`largest`, `highest` (the highest mean score), or the name of a group."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """People counted at each score of each group."""
    missing = view.lacks(data=(p.data,), score=True, groups=p.groups)
    return score_needs(p, view, [each for each in missing if each != "columns.score.higher"], labelled=False)


@check(
    "fairness.score_distribution_gap",
    version=1,
    estimates={"ks_distance": "lower", "wasserstein_gap": "lower"},
    honours=("weight",),
)
def score_distribution_gap(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The scores of every group are spread as those of the reference are.

    Method: of all people with a score, labelled or not. The estimate `ks_distance` is the greatest difference between
        the shares of two groups at or below a score (Kolmogorov-Smirnov): 0 where they are spread alike, 1 where no two
        scores overlap. Interval: both distributions lie within the bounds of Dvoretzky, Kiefer and Wolfowitz together
        at 1 - alpha, with Massart's constant, which holds at any number of people. The estimate `wasserstein_gap` is
        the area between the two distribution functions over the pooled standard deviation: how far people of the one
        group would have to move, on average, to be spread as the other; where all of them stand apart by the same
        amount, it is their standardised mean difference. Its interval is that number and, on both sides, the 1 - alpha
        quantile of its error: the area between the drawn and the observed difference of the two functions, each over
        its own deviation, in 4,000 draws with a fixed seed of the people of each group, from 128 classes of
        neighbouring scores. So it holds 0 as often as it should where nothing differs. With fewer than 10 people, more
        than 100 groups, or beyond what draws can show (more than 20 comparisons at 95 %), the bounds above over the
        range of the scores take its place. Every group is compared with the `reference`: with `largest` the largest
        group, with `highest` that with the highest mean score, for which all pairs are counted as comparisons. A
        second, simultaneous interval at 1 - alpha/m holds for all m comparisons of a grouping together. Beyond 500 000
        different scores people are counted in bins; what these can hide is added at both ends. Sampling weights weigh
        people, and the numbers of people in the bounds are Kish's effective ones.
    Evidence: people by score and group (`groups`, `a*b` for intersections) in the dataset `data`, of the rows that meet
        `where`. People whose group is unknown are counted and left out, or with `missing: group` are a group of their
        own; people without a finite score are in no distribution, and their share is limited as that of people without
        a decision is.
    Inconclusive when: there are fewer than two groups with scores; everybody of two groups has the same score
        (wasserstein_gap); a group or the reference is under the minimum; too many people have no score or no known
        group; an interval straddles the threshold.
    Limits: a gap says nothing about its cause or about who is treated wrongly: groups may differ in what the score is
        about. The wasserstein_gap takes the scores as a scale, and depends on its unit only through the deviation; of a
        rank only ks_distance means something. Where weights go with scores, the bounds at Kish's numbers are
        approximate. Entities are not honoured.
    Source: Kolmogorov 1933; Smirnov 1948; Massart 1990; Vallender 1974 (Wasserstein distance on the line); Cohen 1988
        (pooled deviation); Efron 1979; Kish 1965.
    """

    def compared(of: Grouped) -> tuple[Sequence[Estimate], Sequence[Exhibit]]:
        spread = _Spread(of.value, of.groups)
        asked = Question(
            "ks_distance", "value", of.grouping, context.confidence, context.minimum, context.decide_on, p.reference
        )
        pairs = compare_members(spread.members, asked, spread.ks)
        first = tuple(each for each in pairs if each.headline)
        moved = against_the_same(spread.members, replace(asked, name="wasserstein_gap"), pairs, spread.wasserstein)
        return [*first, *moved], [spread.table(of.grouping, first, moved)]

    return measure_groups(evidence, p, context, compared, labelled=False)


@dataclass(frozen=True)
class _Spread:
    """The distributions of the groups of one grouping, on the scores of all of them."""

    value: GroupScores
    groups: Sequence[Group]
    _drawn: dict[tuple[str, int], Floats] = field(default_factory=dict)

    @cached_property
    def _places(self) -> tuple[Floats, Counts]:
        """All scores, ascending, and which of them each line has."""
        import numpy as np

        scores, places = np.unique(self.value.score, return_inverse=True)
        return scores, places.astype(np.int64)

    @cached_property
    def _lines(self) -> dict[str, tuple[Counts, Masses]]:
        """Of each group the places of its scores, and the people there."""
        import numpy as np

        lines = {group.name: np.flatnonzero(self.value.group == group.place) for group in self.groups}
        people = self.value.people
        return {name: (self._places[1][own], as_masses(people.at(own))) for name, own in lines.items()}

    @cached_property
    def _classes(self) -> tuple[Counts, Floats]:
        """Of each score its class among those of everybody, and the mean score of each class."""
        import numpy as np

        scores, places = self._places
        people = np.bincount(places, self.value.people.counts, minlength=len(scores))
        classes = classes_of(people)
        return classes, np.bincount(classes, people * scores) / np.bincount(classes, people)

    @cached_property
    def members(self) -> list[Member]:
        """The groups, ranked by their mean scores."""
        made = []
        for group in self.groups:
            place, masses = self._lines[group.name]
            n = int(masses.people.sum())
            if masses.sums.sum() > 0:
                mean = float(masses.sums @ self._places[0][place]) / float(masses.sums.sum())
                made.append(Member(group.name, mean, n, group.rows))
            else:
                why = f"nobody of {group.name} has a score, or weighs anything"
                made.append(Member(group.name, None, n, group.rows, why))
        return made

    def ks(self, own: Member, other: Member) -> Contrast:
        """The greatest difference of two distributions."""
        _, one, two, several = self._pair(own, other)
        hidden = (
            max(float(each[several].max(initial=0.0) / each.sum()) for each in (one, two)) if several.any() else 0.0
        )
        off, value = OffBy(self._sizes(own, other), bound=hidden), ks_distance(one, two)
        return Contrast(value, off.around(value), method="Kolmogorov-Smirnov distance")

    def wasserstein(self, own: Member, other: Member) -> Contrast:
        """The area between two distributions over their pooled deviation."""
        scores, one, two, _ = self._pair(own, other)
        deviation = pooled_deviation(scores, one, two, (own.n, other.n))
        if own.n + other.n < 3 or not deviation > 0:
            return Contrast(None, why=f"everybody of {own.name} has the same score, and everybody of {other.name}")
        hidden = 0.0
        if self.value.limits is not None:
            width = self._widths[self._held(own, other)]
            hidden = sum(float(each @ width) / float(each.sum()) for each in (one, two)) / deviation
        reach = 1.0 if self.value.probability else float(scores[-1] - scores[0])
        value = wasserstein_distance(scores, one, two) / deviation
        off = OffBy(self._sizes(own, other), reach / deviation, self._draws(own, other), hidden)
        return Contrast(
            value, off.around(value), method="Wasserstein distance over the pooled standard deviation",
        )  # fmt: skip

    def _draws(self, own: Member, other: Member) -> Floats | None:
        if len(self.groups) > MOST_DRAWN:
            return None
        return wasserstein_draws(self._classes[1], self._sums(own, 0), self._sums(other, 1), (own.n, other.n))

    def _sums(self, member: Member, seed: int) -> Floats:
        """Of a group, or of the reference, which is drawn once."""
        if (member.name, seed) in self._drawn:
            return self._drawn[member.name, seed]
        classes, means = self._classes
        place, masses = self._lines[member.name]
        sums = _padded(drawn_sums(masses, classes[place], seed, weighted=self.value.weighted), len(means))
        if seed:
            self._drawn[member.name, seed] = sums
        return sums

    def _held(self, own: Member, other: Member) -> Counts:
        """The places of the scores that either group has."""
        import numpy as np

        found: Counts = np.union1d(self._lines[own.name][0], self._lines[other.name][0])
        return found

    def _pair(self, own: Member, other: Member) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]:
        """Scores that either of the two has, what both weigh there, and which of them are bins of several scores."""
        import numpy as np

        held = self._held(own, other)
        both: list[Floats] = []
        for member in (own, other):
            place, masses = self._lines[member.name]
            both.append(np.bincount(np.searchsorted(held, place), masses.sums, minlength=len(held)).astype(np.float64))
        return self._places[0][held], both[0], both[1], self._widths[held] > 0

    @cached_property
    def _widths(self) -> Floats:
        """Of each score how wide the bin is that it stands for: the same in every group."""
        import numpy as np

        widths = np.zeros(len(self._places[0]))
        if self.value.limits is not None:
            widths[self._places[1]] = self.value.limits[1] - self.value.limits[0]
        return widths

    def _sizes(self, own: Member, other: Member) -> tuple[float, ...]:
        return tuple(self._lines[member.name][1].effective for member in (own, other))

    def table(self, grouping: str, first: Sequence[Estimate], moved: Sequence[Estimate]) -> Exhibit:
        """One line per group: its mean score, and both distances."""
        ks, gap = ({e.group: e for e in found if e.reference is not None} for found in (first, moved))
        reference = next((each.reference for each in first if each.reference is not None), None)
        rows = []
        for member in self.members:
            of_ks, of_gap = ks.get(member.name), gap.get(member.name)
            interval = of_ks.interval if of_ks else None
            rows.append((
                member.name, of_ks.value if of_ks else None,
                interval.low if interval else None, interval.high if interval else None,
                of_gap.value if of_gap else None, member.value, member.n, member.rows,
            ))  # fmt: skip
        given = columns(
            ("label", "Group", "text"), ("value", "KS distance", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("gap", "Wasserstein gap", "number"), ("mean", "Mean score", "number"),
            ("counted", "With a score", "count"), ("people", "People", "count"),
        )  # fmt: skip
        return Exhibit(
            name=f"distances[{grouping}]",
            title=f"Scores of the groups by {grouping.replace('*', ' and ')}",
            columns=given,
            rows=tuple(rows),
            chart="interval",
            note=f"Distances are to {reference}." if reference else None,
        )


def _padded(drawn: Floats, classes: int) -> Floats:
    """With a column for every class, those above the group's last one too."""
    import numpy as np

    return np.pad(drawn, ((0, 0), (0, classes - drawn.shape[1])))
