"""Which groups a public table leaves out, so that no small number of people can be read off it or computed from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

Group = tuple[str, str]
"""Grouping and group: `sex*age_band` and `female, 25-34`."""
Counts = Mapping[str, int]
"""What is counted → how many people of the group. The same names throughout a grouping."""
MINIMUM_CELL = 5
"""A public view shows no count of fewer people than this, unless another number is asked for."""
PEOPLE = ": people"
_PRIME = (1 << 61) - 1
_PART = re.compile(r"“((?:[^”]|””)*)”(?:, |$)|(.*?)(?:, |$)", re.DOTALL)


def with_differences(cells: Mapping[Group, Counts]) -> dict[Group, Counts]:
    """The counts with those of people whom only one of two measures counts, as one of all and one of those who repaid.

    What a measure counts in all is named with PEOPLE at its end.
    """
    made = {group: dict(counts) for group, counts in cells.items()}
    tables: dict[str, dict[Group, dict[str, int]]] = {}
    for group, counts in made.items():
        sizes = {what: count for what, count in counts.items() if what.endswith(PEOPLE)}
        tables.setdefault(group[0], {})[group] = sizes
    for groups in tables.values():
        names = sorted({name for sizes in groups.values() for name in sizes})
        for one, other in combinations(names, 2):
            apart = {group: abs(s[one] - s[other]) for group, s in groups.items() if one in s and other in s}
            if any(apart.values()):
                for group, count in apart.items():
                    made[group][f"{one} or {other}, not both"] = count
    return {**made}


def withheld(cells: Mapping[Group, Counts], minimum: int = MINIMUM_CELL) -> frozenset[Group]:
    """The groups to leave out of tables whose sums everybody knows.

    Left out is a group of which some count lies under `minimum`, and then as many more, the smallest first, as it takes
    that neither such a group nor a number of people under the minimum follows from what is shown: not by subtracting
    from the sum of a table, and not by subtracting a group of an intersection from the same group of one attribute.
    """
    small = {group for group, counts in cells.items() if any(count < minimum for count in counts.values())}
    if not small:
        return frozenset()
    between = _between(cells)
    everything = {**cells, **between}
    hidden, sums = small | set(between), tuple(_sums(everything))
    while (more := _exposing(everything, sums, small, hidden, minimum)) is not None:
        hidden.add(more)
    return frozenset(hidden - set(between))


class _Sum:
    """Groups that add up to another group, or, where `to` is None, to everybody."""

    def __init__(self, of: tuple[Group, ...], to: Group | None) -> None:
        self.of, self.to = of, to
        self.all = of if to is None else (*of, to)


def _exposing(
    cells: Mapping[Group, Counts], sums: tuple[_Sum, ...], small: set[Group], hidden: set[Group], minimum: int
) -> Group | None:
    """A group that is still shown and gives something away; None where nothing is given away."""
    for one in sums:
        left = [group for group in one.of if group in hidden]
        if not left or one.to in hidden or not _few(cells, left, minimum):
            continue
        if found := _smallest(cells, one.of, hidden) or _smallest(cells, one.all, hidden):
            return found
    known = _determined(sums, hidden)
    if not known & small:
        return None
    of_small, of_known = ([one for one in sums if told & set(one.all)] for told in (known & small, known))
    for near in (
        [group for one in of_small for group in one.of],
        [group for one in of_small for group in one.all],
        [group for one in of_known for group in one.all],
    ):
        if found := _smallest(cells, near, hidden):
            return found
    return None


def _few(cells: Mapping[Group, Counts], groups: list[Group], minimum: int) -> bool:
    """Whether some count of the groups together lies under the minimum."""
    together: dict[str, int] = {}
    for group in groups:
        for what, count in cells[group].items():
            together[what] = together.get(what, 0) + count
    return any(count < minimum for count in together.values())


def _smallest(cells: Mapping[Group, Counts], groups: Iterable[Group], hidden: set[Group]) -> Group | None:
    """The smallest of those that are shown: what is left of a table then tells the most."""
    shown = (group for group in groups if group not in hidden)
    return min(shown, key=lambda group: (max(cells[group].values(), default=0), group), default=None)


def _between(cells: Mapping[Group, Counts]) -> dict[Group, Counts]:
    """What two intersections share and no table shows: their sums over it are the same, and so tell of each other."""
    tables = {grouping: tuple(grouping.split("*")) for grouping, _ in cells}
    shown = {frozenset(attributes) for attributes in tables.values()}
    made: dict[Group, dict[str, int]] = {}
    for one, other in combinations(tables, 2):
        common = tuple(name for name in tables[one] if name in tables[other])
        if not common or frozenset(common) in shown:
            continue
        shown.add(frozenset(common))
        for group, counts in cells.items():
            levels = _parts(group)
            if group[0] != one or len(levels) != len(tables[one]):
                continue
            kept = [levels[tables[one].index(name)] for name in common]
            name = ", ".join(f"“{level.replace('”', '””')}”" for level in kept)
            total = made.setdefault(("*".join(common), name), {})
            for what, count in counts.items():
                total[what] = total.get(what, 0) + count
    return {**made}


def _sums(cells: Mapping[Group, Counts]) -> Iterator[_Sum]:
    tables: dict[str, list[Group]] = {}
    for group in cells:
        tables.setdefault(group[0], []).append(group)
    parts = {group: _parts(group) for group in cells}
    for grouping, groups in tables.items():
        yield _Sum(tuple(groups), None)
        attributes = grouping.split("*")
        for coarse, margins in tables.items():
            places = [attributes.index(name) for name in coarse.split("*") if name in attributes]
            if coarse == grouping or len(places) != len(coarse.split("*")):
                continue
            of: dict[tuple[str, ...], list[Group]] = {}
            for group in groups:
                if len(parts[group]) == len(attributes):
                    of.setdefault(tuple(parts[group][place] for place in places), []).append(group)
            yield from (_Sum(tuple(of[parts[to]]), to) for to in margins if parts[to] in of)


def _parts(group: Group) -> tuple[str, ...]:
    """The levels of a group, in the order of its attributes."""
    grouping, name = group
    if "*" not in grouping:
        alone = name.startswith("“") and name.endswith("”") and len(name) > 1
        return (name[1:-1].replace("””", "”") if alone else name,)
    found, end = [], 0
    while end < len(name):
        match = _PART.match(name, end)
        if match is None or match.end() == end:
            break
        found.append(match[2] if match[1] is None else match[1].replace("””", "”"))
        end = match.end()
    return tuple(found)


def _determined(sums: tuple[_Sum, ...], hidden: set[Group]) -> set[Group]:
    """The hidden groups whose number follows from the sums: by Gaussian elimination, modulo a large prime."""
    order = {group: place for place, group in enumerate(sorted(hidden))}
    reduced: dict[int, dict[int, int]] = {}
    for one in sums:
        row = {order[group]: 1 for group in one.of if group in order}
        if one.to in order:
            row[order[one.to]] = _PRIME - 1
        row = _less(row, reduced)
        if not row:
            continue
        pivot = min(row)
        inverse = pow(row[pivot], -1, _PRIME)
        row = {place: value * inverse % _PRIME for place, value in row.items()}
        for other, before in reduced.items():
            if pivot in before:
                reduced[other] = _minus(before, row, before[pivot])
        reduced[pivot] = row
    return {group for group, place in order.items() if len(reduced.get(place, ())) == 1}


def _less(row: dict[int, int], reduced: Mapping[int, dict[int, int]]) -> dict[int, int]:
    for place in sorted(row):
        if place in reduced and place in row:
            row = _minus(row, reduced[place], row[place])
    return row


def _minus(row: Mapping[int, int], other: Mapping[int, int], times: int) -> dict[int, int]:
    made = dict(row)
    for place, value in other.items():
        rest = (made.get(place, 0) - times * value) % _PRIME
        if rest:
            made[place] = rest
        else:
            made.pop(place, None)
    return made
