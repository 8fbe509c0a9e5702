"""Means of groups, made of moments: what the checks of scores, residuals and exposure share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.checks.exhibit import Unit, columns
from assay.checks.registry import Context, GroupingParameters, GroupParameters
from assay.evidence.cells import Level, group_name
from assay.evidence.keys import ENTITY, QUERY
from assay.evidence.moments import Moments
from assay.evidence.request import MomentsRequest, Quantity
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Shape
from assay.record.finding import Measured
from assay.stats.contrasts import Member
from assay.stats.means import Found, Sample, mean_of
from assay.stats.pairing import Question

ALONE = 2
"""People whose numbers have a spread."""


def moments_requests(p: GroupingParameters, view: SubjectView, of: Quantity) -> dict[str, MomentsRequest]:
    """For each grouping its moments."""
    return {name: MomentsRequest(p.data, name, of, p.where) for name in view.groupings(p.groups)}


def measurable(p: GroupingParameters, view: SubjectView, missing: Sequence[str]) -> bool:
    """Whether something is there to be measured, although some of the groups may not be declared."""
    return bool(view.groupings(p.groups)) and all(each.startswith("columns.groups") for each in missing)


def residuals_lack(p: GroupingParameters, view: SubjectView) -> tuple[str, ...]:
    """What the manifest lacks for label less score."""
    missing, columns = view.lacks(data=(p.data,), groups=p.groups), view.manifest.columns
    if columns is None or columns.label is None:
        missing = (*missing, "columns.label")
    if columns is None or columns.score is None or columns.score.kind != "value":
        missing = (*missing, "columns.score of kind: value")
    return missing


def question(name: str, shape: Shape, grouping: str, p: GroupParameters, c: Context) -> Question:
    """How the groups of a grouping are compared."""
    return Question(name, shape, grouping, c.confidence, c.minimum, c.decide_on, p.reference)


@dataclass(frozen=True)
class Groups:
    """The groups of one grouping as samples."""

    grouping: str
    samples: dict[str, Sample]
    """Of those who have the number, by the name of the group; in the order of the names."""
    everybody: tuple[Sample, ...]
    """All samples, that of people whose group is unknown among them."""
    rows: dict[str, int]
    """All people of each group."""
    centre: float
    unit: float
    unlabelled: float | None
    """Share of all rows; None where there are none, as of the others."""
    undecided: float | None
    """The share without the score, or without a place: as much as without a decision."""
    unknown: float | None
    unscored: int

    @classmethod
    def of(cls, moments: Moments, grouping: str, *, keep_unknown: bool) -> Groups:
        """The groups that are known; with `keep_unknown` the unknown ones too."""
        width = len(grouping.split("*"))
        lines: dict[tuple[Level, ...], list[int]] = {}
        for at, levels in enumerate(moments.rows):
            lines.setdefault(levels[:width], []).append(at)
        made = {levels: _sample(moments, at) for levels, at in lines.items()}
        known = {levels for levels in lines if keep_unknown or None not in levels}
        people = {levels: sum(_people(moments, at)) for levels, at in lines.items()}
        total = moments.total
        return cls(
            grouping=grouping,
            samples={group_name(levels): made[levels] for levels in sorted(known, key=group_name)},
            everybody=tuple(made.values()),
            rows={group_name(levels): people[levels] for levels in known},
            centre=moments.centre,
            unit=moments.unit,
            unlabelled=sum(moments.unlabelled) / total if total else None,
            undecided=sum(moments.unscored) / total if total else None,
            unscored=sum(moments.unscored),
            unknown=sum(n for levels, n in people.items() if levels not in known) / total if total else None,
        )

    def mean(self, name: str) -> Found:
        """Of one group."""
        return mean_of(self.samples[name], self.centre, self.unit)

    def members(self, what: str) -> list[Member]:
        """The groups, ranked by their means."""
        made = []
        for name, sample in self.samples.items():
            n, rows = sample.people, self.rows[name]
            if not sample.sums[0]:
                made.append(Member(name, None, n, rows, f"nobody of {name} has {what}, or weighs anything"))
            elif n < ALONE:
                made.append(Member(name, None, n, rows, f"one person of {name} has {what}"))
            else:
                made.append(Member(name, self.centre + self.unit * sample.mean, n, rows))
        return made


@dataclass(frozen=True)
class Asked:
    """Which means, and what their table is called."""

    of: Quantity
    title: str
    word: str
    """What the comparison is called: "Ratio"."""
    unit: Unit = "number"
    lacking: str = "finite score"
    """What those lack who are left out."""
    alone: bool = True
    """Whether a mean by itself has an interval."""


def measure_means(
    evidence: Evidence,
    p: GroupingParameters,
    c: Context,
    asked: Asked,
    estimates_of: Callable[[Groups], Sequence[Estimate]],
) -> Measured:
    """The estimates of every grouping, those of one name together; a table of means; who has no number or no group."""
    estimates: list[Estimate] = []
    exhibits: list[Exhibit] = []
    notes: dict[str, None] = {}
    unknown: dict[str, float] = {}
    unlabelled = undecided = None
    for grouping, request in moments_requests(p, c.view, asked.of).items():
        groups = Groups.of(evidence.of(request, Moments), grouping, keep_unknown=p.missing == "group")
        made = estimates_of(groups)
        estimates += made
        exhibits.append(_table(groups, asked, [each for each in made if each.name == made[0].name], c.confidence))
        if groups.unscored:
            notes[f"{groups.unscored} people have no {asked.lacking}; they are left out."] = None
        if groups.unknown is not None:
            unknown[grouping] = groups.unknown
        unlabelled, undecided = groups.unlabelled, groups.undecided
    order = {name: at for at, name in enumerate(dict.fromkeys(each.name for each in estimates))}
    return Measured(
        estimates=tuple(sorted(estimates, key=lambda each: order[each.name])),
        exhibits=tuple(exhibits),
        notes=tuple(notes),
        unlabelled=unlabelled if asked.of in ("residual", "absolute_residual") else None,
        undecided=undecided,
        unknown=unknown,
    )


def _table(groups: Groups, asked: Asked, compared: Sequence[Estimate], confidence: float) -> Exhibit:
    """One line per group: its mean with an interval, people, and the comparison with the reference."""
    headline = {estimate.group: estimate for estimate in compared if estimate.headline}
    reference = next((each.reference for each in headline.values() if each.reference), None)
    rows = []
    for name, sample in groups.samples.items():
        found = groups.mean(name) if sample.sums[0] else None
        low, high = (found.limits(confidence) if found and asked.alone else None) or (None, None)
        estimate = headline.get(name)
        interval = estimate.interval if estimate else None
        rows.append((
            name, found.value if found else None, low, high, sample.people, groups.rows[name],
            estimate.value if estimate else None,
            interval.low if interval else None, interval.high if interval else None,
        ))  # fmt: skip
    given = columns(
        ("label", "Group", "text"), ("value", "Mean", "number"), ("low", "From", "number"), ("high", "To", "number"),
        ("counted", "Counted", "count"), ("people", "People", "count"), ("comparison", asked.word, asked.unit),
        ("comparison_low", f"{asked.word} from", asked.unit), ("comparison_high", f"{asked.word} to", asked.unit),
    )  # fmt: skip
    name = groups.grouping
    note = f"{asked.word}s are against {reference}." if reference else None
    return Exhibit(
        name=f"means[{name}]", title=f"{asked.title} by {name.replace('*', ' and ')}", columns=given, rows=tuple(rows),
        chart="interval", note=note,
    )  # fmt: skip


def _people(moments: Moments, lines: Sequence[int]) -> list[int]:
    return [moments.people[at] + moments.unlabelled[at] + moments.unscored[at] for at in lines]


def _sample(moments: Moments, lines: Sequence[int]) -> Sample:
    """The lines of one group, by random group where they are."""
    from math import fsum

    people = sum(moments.people[at] for at in lines)
    parts = []
    for at in lines:
        sums = moments.sums[at]
        first = sums[:3] if moments.weighted else (float(moments.people[at]), *sums[:2])
        squares = sums[3:] if moments.weighted else (float(moments.people[at]), *sums)
        parts.append((first, squares))
    added = tuple(fsum(column) for column in zip(*(first for first, _ in parts), strict=True))
    squared = tuple(fsum(column) for column in zip(*(squares for _, squares in parts), strict=True))
    clusters = None
    if moments.keys[-1] in (ENTITY, QUERY):
        clusters = tuple((moments.rows[at][-1], first) for at, (first, _) in zip(lines, parts, strict=True))
    return Sample(people, added, squared, clusters)  # type: ignore[arg-type]
