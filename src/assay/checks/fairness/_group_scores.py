"""Scores of groups: what the checks of their ranking, their calibration and their distribution share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assay.checks.fairness._rates import NOTABLE
from assay.checks.performance._scores import Kind, masses
from assay.checks.registry import Context, GroupingParameters
from assay.evidence.cells import group_name
from assay.evidence.group_scores import GroupScores, Held
from assay.evidence.request import GroupScoresRequest, Needs
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.contrasts import Compare, Member, compare_members
from assay.stats.masses import Masses
from assay.stats.pairing import Question


def score_requests(p: GroupingParameters, view: SubjectView, *, labelled: bool) -> dict[str, GroupScoresRequest]:
    """For each grouping its scores."""
    return {name: GroupScoresRequest(p.data, name, p.where, labelled) for name in view.groupings(p.groups)}


def score_needs(p: GroupingParameters, view: SubjectView, missing: Sequence[str], *, labelled: bool) -> Needs:
    """The scores of the groupings that are declared, where nothing but some of these is missing."""
    measurable = all(each.startswith("columns.groups") for each in missing)
    requests = score_requests(p, view, labelled=labelled).values() if measurable else ()
    return Needs(tuple(requests), tuple(missing))


@dataclass(frozen=True)
class Group:
    """One group of a grouping."""

    name: str
    scores: Scores
    """Of those with a label."""
    place: int
    """Among the groups of the evidence."""

    @property
    def rows(self) -> int:
        """All its people."""
        return self.scores.total

    @property
    def labelled(self) -> int:
        """People with a score and a label."""
        return int(self.scores.events.sum() + self.scores.nonevents.sum())

    @property
    def unusable(self) -> tuple[str, Kind] | None:
        """Why nothing can be said of how its scores go with the events; None where it can."""
        scores, events = self.scores, int(self.scores.events.sum())
        if scores.unscored:
            return f"{scores.unscored} of {self.rows} people of {self.name} have no finite score", "estimate_undefined"
        if not self.labelled:
            return f"nobody of {self.name} has a label", "sample_too_small"
        if events in (0, self.labelled):
            told = "every" if events else "no"
            return f"{told} labelled person of {self.name} has the event ({scores.event})", "estimate_undefined"
        if any(not each.sums.any() for each in masses(scores)):
            what = f"the weights of all with the event, or of all without it, are 0 in {self.name}"
            return what, "estimate_undefined"
        return None


def groups_of(value: GroupScores, *, keep_unknown: bool) -> list[Group]:
    """The groups that are known, by name; with `keep_unknown` the unknown ones too."""
    found = (
        Group(group_name(levels), value.part(place), place)
        for place, levels in enumerate(value.groups)
        if keep_unknown or None not in levels
    )
    return sorted(found, key=lambda group: group.name)


@dataclass(frozen=True)
class Grouped:
    """The groups of one grouping, and all the scores they are made of."""

    grouping: str
    groups: list[Group]
    value: GroupScores


def measure_groups(
    evidence: Evidence,
    p: GroupingParameters,
    c: Context,
    estimates_of: Callable[[Grouped], tuple[Sequence[Estimate], Sequence[Exhibit]]],
    *,
    labelled: bool,
) -> Measured:
    """The estimates and exhibits of every grouping, and how many people have no label, no score or no group."""
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    notes: list[str] = []
    unknown: dict[str, float] = {}
    without: float | None = None
    for grouping, request in score_requests(p, c.view, labelled=labelled).items():
        value = evidence.group_scores(request)
        groups = groups_of(value, keep_unknown=p.missing == "group")
        made, shown = estimates_of(Grouped(grouping, groups, value))
        estimates += made
        exhibits += shown
        if labelled:
            notes += _unlabelled_notes(groups, grouping)
        without = share_unlabelled(value) if labelled else share_unscored(value)
        share = share_unknown(value, groups)
        unknown |= {} if share is None else {grouping: share}
    return Measured(
        estimates=tuple(estimates),
        exhibits=tuple(exhibits),
        notes=tuple(dict.fromkeys(notes)),
        unlabelled=without if labelled else None,
        undecided=None if labelled else without,
        unknown=unknown,
    )


def share_unknown(value: GroupScores, groups: Sequence[Group]) -> float | None:
    """The share of the people who are in none of the groups; None where there is nobody."""
    return (value.total - sum(group.rows for group in groups)) / value.total if value.total else None


def share_unlabelled(value: GroupScores) -> float | None:
    """The share of the people who have a score and no label."""
    return int(value.unlabelled.counts.sum()) / value.total if value.total else None


def share_unscored(value: GroupScores) -> float | None:
    """The share of the people who have no finite score."""
    return sum(value.unscored) / value.total if value.total else None


def _unlabelled_notes(groups: Sequence[Group], grouping: str) -> Iterator[str]:
    """A sentence for each group of which a notable share has no label: the limit is overall."""
    for group in groups:
        without = group.scores.unlabelled
        if without > NOTABLE * group.rows:
            told = f"{without} of {group.rows} people have no label ({without / group.rows:.1%})"
            yield f"In the group {group.name} ({grouping.replace('*', ' and ')}), {told}."


def as_masses(held: Held) -> Masses:
    """What the people of each line weigh; one each without weights."""
    import numpy as np

    counts = held.counts.astype(np.float64)
    if held.weights is None or held.squares is None:
        return Masses(held.counts, counts, counts)
    return Masses(held.counts, held.weights, held.squares)


def against_the_same(
    members: Sequence[Member], question: Question, compared: Sequence[Estimate], compare: Compare
) -> tuple[Estimate, ...]:
    """A second number for each group beside the reference of the first, with as many comparisons as that one has.

    Where the first one has no reference, the second one is undefined for the same reason.
    """
    first = next((each for each in compared if each.headline and each.reference is not None), None)
    if first is None:
        again = [each for each in compared if each.undefined is not None]
        return tuple(each.model_copy(update={"name": question.name, "shape": question.shape}) for each in again)
    ranked = sum(member.value is not None for member in members)
    family = -(-first.comparisons // max(ranked - 1, 1))
    fixed = replace(question, reference=first.reference or "", named=True, family=family)
    return compare_members(members, fixed, compare)
