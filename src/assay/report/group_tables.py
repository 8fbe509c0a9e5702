"""What a record says of groups, as tables that may be published: without groups that would give few people away."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.audit import Audit
from assay.record.estimate import Estimate
from assay.record.finding import Finding
from assay.record.said import at
from assay.report.disclosure import MINIMUM_CELL, PEOPLE, Counts, Group, with_differences, withheld


@dataclass(frozen=True)
class GroupValue:
    """A row of a table by groups. A group that is withheld has a name and nothing else."""

    group: str
    withheld: bool
    people: int | None = None
    value: float | None = None
    """None: not defined, or the group compared with is withheld, or `reference`."""
    low: float | None = None
    high: float | None = None
    against: str | None = None
    reference: bool = False
    """It is what the others are compared with."""
    left_out: bool = False
    """A cited rule lets it be left out of the comparison."""


@dataclass(frozen=True)
class GroupTable:
    """One measure over the groups of one grouping."""

    control: str
    name: str
    """Of the estimate, such as `impact_ratio`."""
    grouping: str
    """`sex`, or of an intersection `sex*age_band`."""
    confidence: float | None
    rows: tuple[GroupValue, ...]

    @property
    def intersectional(self) -> bool:
        """Whether its groups are of several attributes together."""
        return "*" in self.grouping


def group_tables(audit: Audit, minimum_cell: int = MINIMUM_CELL) -> tuple[GroupTable, ...]:
    """The comparisons between the declared groups, in the order of the record."""
    tables, cells = _measured(audit)
    hidden = withheld(cells, minimum_cell)
    return tuple(_table(finding, name, grouping, found, hidden) for finding, name, grouping, found in tables)


def of_model(finding: Finding) -> bool:
    """Whether a control is about how the model does, not about papers or files."""
    return finding.check is not None and finding.check.id.split(".")[0] in (
        "performance", "fairness", "robustness", "uncertainty",
    )  # fmt: skip


def ends(one: Estimate) -> tuple[float | None, float | None, float | None]:
    """Both ends of the interval and its confidence."""
    return (one.interval.low, one.interval.high, one.interval.confidence) if one.interval else (None, None, None)


_Tables = list[tuple[Finding, str, str, list[Estimate]]]


def _measured(audit: Audit) -> tuple[_Tables, dict[Group, Counts]]:
    """The comparisons of declared groups, and how many people each number of a group is made of."""
    declared = set(at(audit.manifest, "columns.groups") or ())
    tables: _Tables = []
    cells: dict[Group, dict[str, int]] = {}
    for finding in audit.findings:
        of: dict[tuple[str, str], list[Estimate]] = {}
        for one in finding.measured.estimates if of_model(finding) else ():
            if one.group is None or one.grouping is None or one.of is not None:
                continue
            if not set(one.grouping.split("*")) <= declared:
                continue
            _count(cells, one.grouping, one.group, one.name, _counts(one))
            if one.reference is not None:
                _count(cells, one.grouping, one.reference, one.name, _reference(one))
            if one.headline:
                of.setdefault((one.name, one.grouping), []).append(one)
        tables += [(finding, name, grouping, found) for (name, grouping), found in of.items()]
    return tables, with_differences(cells)


def _count(cells: dict[Group, dict[str, int]], grouping: str, group: str, name: str, counts: dict[str, int]) -> None:
    held = cells.setdefault((grouping, group), {})
    for what, count in counts.items():
        told = f"{name}{what}"
        held[told] = min(held.get(told, count), count)


def _counts(one: Estimate) -> dict[str, int]:
    rate = one.design.rate if one.design else None
    people = one.denominator if one.denominator is not None else one.design.people if one.design else one.n
    return _split(people, one.numerator, rate)


def _reference(one: Estimate) -> dict[str, int]:
    design = one.reference_design
    if one.reference_denominator is None and design is None:
        return {}
    people = one.reference_denominator if one.reference_denominator is not None else design.people if design else 0
    return _split(people, one.reference_numerator, design.rate if design else None)


def _split(people: int, hits: int | None, rate: float | None) -> dict[str, int]:
    """A weighted rate tells the count that it would have without weights, near enough."""
    counted = hits if hits is not None else None if rate is None else round(rate * people)
    return {PEOPLE: people} if counted is None else {PEOPLE: people, ": hits": counted, ": others": people - counted}


def _table(
    finding: Finding, name: str, grouping: str, estimates: list[Estimate], hidden: frozenset[Group]
) -> GroupTable:
    rows: dict[str, GroupValue] = {}
    for one in estimates:
        assert one.group is not None  # noqa: S101
        gone, other = (grouping, one.group) in hidden, (grouping, one.reference or "") in hidden
        low, high, _ = ends(one)
        rows[one.group] = GroupValue(one.group, withheld=True) if gone else GroupValue(
            one.group, withheld=False, people=_counts(one)[PEOPLE], value=None if other else one.value,
            low=None if other else low, high=None if other else high, against=None if other else one.reference,
            left_out=one.excluded is not None,
        )  # fmt: skip
    for one in estimates:
        if one.reference is not None and one.reference not in rows:
            gone = (grouping, one.reference) in hidden
            people = None if gone else _reference(one).get(PEOPLE)
            rows[one.reference] = GroupValue(one.reference, withheld=gone, people=people, reference=not gone)
    level = next((ends(one)[2] for one in estimates if one.interval), None)
    return GroupTable(finding.id, name, grouping, level, tuple(rows[group] for group in sorted(rows)))
