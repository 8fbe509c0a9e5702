"""People by group and stratum, counted from cells: what a comparison within strata is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.evidence.cells import FAVOURABLE, Cells, Level, group_name
from assay.evidence.keys import DECISION, ENTITY, grouping_keys
from assay.stats.design import clustered_rate, weighted_rate
from assay.stats.groups import GroupCounts
from assay.stats.strata import Strata, Stratum
from assay.stats.strata_design import Four, Mass, Sampled

Two = tuple[Mass, Mass]
"""Favourable people of a group, and the others."""
NOBODY: Two = (Mass(), Mass())
Held = Mapping[str, Mapping[str, Two]]
"""Stratum → group → its people who have a decision."""


@dataclass(frozen=True)
class Groups:
    """People of one grouping by group and stratum."""

    held: Held
    people: Mapping[str, int]
    """Group → its people of known stratum, with a decision or without."""
    without: int
    """People whose group or stratum is unknown."""
    undecided: int
    weighted: bool = False
    entities: tuple[Held, ...] | None = None
    """What each random group of entities holds; None where nobody stands in several rows."""

    @property
    def designed(self) -> bool:
        """Whether people do not simply count as one each."""
        return self.weighted or self.entities is not None

    def whole(self, group: str) -> GroupCounts:
        """Of all strata together."""
        favourable, other = _whole(self.held, group)
        people, weight = favourable.people + other.people, favourable.weight + other.weight
        design = None
        if people and self.entities is not None:
            sums = [_whole(own, group) for own in self.entities]
            given = [(hits.weight, hits.weight + rest.weight) for hits, rest in sums]
            design = clustered_rate(given, people, weighted=self.weighted)
        elif people and self.weighted:
            whole = weight, favourable.square + other.square
            design = weighted_rate((favourable.weight, favourable.square), whole, people)
        weights = (favourable.weight, weight) if people and self.weighted else None
        return GroupCounts(group, favourable.people, people, self.people[group], design, weights)

    def within(self, group: str, reference: str) -> dict[str, Four]:
        """Stratum → the people of the two groups, where either has any."""
        return _pair(self.held, group, reference)

    def compared(self, group: str, reference: str, stratum: str | None = None) -> Strata | Sampled:
        """The two groups within all strata, or in one."""
        return self._sampled(self.held, self.entities or (), group, reference, stratum)

    def aggregate(self, group: str, reference: str) -> Strata | Sampled:
        """The two groups without strata."""
        held, *entities = (
            {"": {name: _whole(own, name) for name in (group, reference)}}
            for own in (self.held, *(self.entities or ()))
        )
        return self._sampled(held, entities, group, reference, None)

    def _sampled(
        self, held: Held, entities: Sequence[Held], group: str, reference: str, stratum: str | None
    ) -> Strata | Sampled:
        fours, *others = (_pair(own, group, reference, stratum) for own in (held, *entities))
        if not self.designed:
            return Strata(tuple(map(counted, fours.values())))
        return Sampled(fours, None if self.entities is None else tuple(filter(None, others)))


def counted(four: Four) -> Stratum:
    """A table in which people count as one each."""
    return Stratum(*(mass.people for mass in four))


def groups_within(cells: Cells, grouping: str, strata: Sequence[str], *, keep_unknown: bool) -> Groups:
    """The groups and their strata. People whose weights are all 0 count for nothing."""
    keys = [key for name in strata for key in grouping_keys(name)]
    entity = [ENTITY] if ENTITY in cells.keys else []
    table = cells.over((DECISION, *grouping_keys(grouping), *keys, *entity))
    end = len(table.keys) - len(entity)
    start = end - len(keys)
    people: dict[str, int] = {}
    found: dict[str, dict[str, list[int]]] = {}
    by_entity: dict[Level, dict[str, dict[str, list[int]]]] = {}
    without = undecided = 0
    for at, levels in enumerate(table.rows):
        count, own, stratum = table.counts[at], levels[1:start], levels[start:end]
        undecided += count * (levels[0] is None)
        if None in own and not keep_unknown:
            without += count
            continue
        group = group_name(own)
        people.setdefault(group, 0)
        if None in stratum:
            without += count
            continue
        people[group] += count
        if levels[0] is not None and (table.weights is None or table.weights[at]):
            for place in (found, by_entity.setdefault(levels[-1], {})) if entity else (found,):
                place.setdefault(group_name(stratum), {}).setdefault(group, []).append(at)
    held, *entities = (
        {name: {group: _two(table, cells) for group, cells in groups.items()} for name, groups in sorted(one.items())}
        for one in (found, *by_entity.values())
    )
    return Groups(
        held, dict(sorted(people.items())), without, undecided, table.weights is not None,
        tuple(entities) if entity else None,
    )  # fmt: skip


def _two(table: Cells, places: Sequence[int]) -> Two:
    sides = [[at for at in places if (table.rows[at][0] == FAVOURABLE) is hit] for hit in (True, False)]
    favourable, other = (
        Mass(
            sum(table.counts[at] for at in side),
            math.fsum((table.weights or table.counts)[at] for at in side),
            math.fsum((table.squares or table.counts)[at] for at in side),
        )
        for side in sides
    )
    return favourable, other


def _whole(held: Held, group: str) -> Two:
    found = [groups[group] for groups in held.values() if group in groups]
    favourable, other = (
        Mass(
            sum(two[side].people for two in found),
            math.fsum(two[side].weight for two in found),
            math.fsum(two[side].square for two in found),
        )
        for side in (0, 1)
    )
    return favourable, other


def _pair(held: Held, group: str, reference: str, stratum: str | None = None) -> dict[str, Four]:
    """What the two groups hold of every stratum, or of one, where either has any."""
    names = held if stratum is None else held.keys() & {stratum}
    pairs = {name: (*held[name].get(group, NOBODY), *held[name].get(reference, NOBODY)) for name in names}
    return {name: four for name, four in pairs.items() if any(mass.people for mass in four)}
