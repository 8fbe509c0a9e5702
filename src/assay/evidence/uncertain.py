"""An attribute that is known only as probabilities: people, and their sums, by bin of the probability and decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE
from assay.evidence.table import (
    LARGEST_COUNT,
    UnreadableTable,
    as_count,
    as_name,
    as_number,
    as_text,
    lines_of,
    table,
)

BINS = 100
"""Of equal width between 0 and 1; 1 itself is in the last."""
TOLERANCE = 1e-6
"""By how much the probabilities of a person may miss 1 together."""
UNDECIDED, UNKNOWN = "undecided", "unknown"
_HEADER = ("group", "bin", "decision", "people", "probability", "square")
_SLACK = 1e-9
"""Of sums that were rounded once, relative to the people."""


@dataclass(frozen=True, slots=True)
class Bin:
    """People with that decision whose probability of belonging to the group lies in the bin."""

    group: str
    place: int
    """From 0 to 99."""
    favourable: bool
    people: int
    probability: float
    """The sum of their probabilities."""
    square: float
    """The sum of the squares."""


@dataclass(frozen=True)
class UncertainGroups:
    """Everybody with probabilities and a decision stands in one bin of each group. Sums do not depend on row order."""

    groups: tuple[str, ...]
    """Sorted."""
    bins: tuple[Bin, ...]
    """By group, place and decision, the unfavourable first; none of them empty."""
    undecided: int
    """People with probabilities and no decision."""
    unknown: int
    """People without probabilities."""

    @property
    def people(self) -> int:
        """Those with probabilities and a decision."""
        return sum(each.people for each in self.bins if each.group == self.groups[0])

    @property
    def total(self) -> int:
        """Everybody."""
        return self.people + self.undecided + self.unknown

    def of(self, group: str) -> tuple[Bin, ...]:
        """The bins of a group."""
        return tuple(each for each in self.bins if each.group == group)

    def csv(self) -> bytes:
        """Canonical bytes: a line for each group, two for those left out, then one per bin."""
        lines: list[Sequence[object]] = [(group, None, None, None, None, None) for group in self.groups]
        lines += [(None, None, UNDECIDED, self.undecided, None, None), (None, None, UNKNOWN, self.unknown, None, None)]
        lines += [
            (e.group, e.place, FAVOURABLE if e.favourable else UNFAVOURABLE, e.people, e.probability, e.square)
            for e in self.bins
        ]
        return table(_HEADER, lines)


def read_uncertain(data: bytes) -> UncertainGroups:
    """The value in a table, of people whose probabilities add up to 1. UnreadableTable for any other."""
    header, *lines = lines_of(data)
    if [as_text(cell) for cell in header] != list(_HEADER):
        raise UnreadableTable("its header is not that of uncertain groups")
    width = next((at for at, line in enumerate(lines) if not line[0]), len(lines))
    groups = tuple(as_name(line[0]) for line in lines[:width])
    left, rest = lines[width : width + 2], lines[width + 2 :]
    if len(groups) < 2 or list(groups) != sorted(set(groups)):
        raise UnreadableTable("its groups are fewer than two, doubled or not in order")
    if [line[2] for line in left] != [UNDECIDED, UNKNOWN]:
        raise UnreadableTable("it does not say who is left out")
    bins = tuple(map(_bin, rest))
    if list(bins) != sorted(bins, key=lambda e: (e.group, e.place, e.favourable)):
        raise UnreadableTable("its bins are not in order")
    if len({(e.group, e.place, e.favourable) for e in bins}) < len(bins) or {e.group for e in bins} - set(groups):
        raise UnreadableTable("its bins are doubled, or of no group")
    found = UncertainGroups(groups, bins, *(as_count(line[3]) for line in left))
    if found.total > LARGEST_COUNT:
        raise UnreadableTable(f"it counts more than {LARGEST_COUNT} people")
    if any(True for _ in _wrong(found)):
        raise UnreadableTable("its sums are not those of people whose probabilities add up to 1")
    return found


def _bin(line: Sequence[str]) -> Bin:
    place, decision, people = as_count(line[1]), line[2], as_count(line[3])
    if place >= BINS or decision not in (FAVOURABLE, UNFAVOURABLE) or not people:
        raise UnreadableTable("a bin is empty, or none at all")
    return Bin(as_name(line[0]), place, decision == FAVOURABLE, people, as_number(line[4]), as_number(line[5]))


def _wrong(found: UncertainGroups) -> Iterator[str]:
    for e in found.bins:
        slack = _SLACK * e.people
        low, high = e.place / BINS * e.people - slack, (e.place + 1) / BINS * e.people + slack
        if not low <= e.probability <= high:
            yield e.group
        if not e.probability**2 <= e.square * e.people + slack * e.people or not e.square <= e.probability + slack:
            yield e.group
    sides = {group: [0, 0] for group in found.groups}
    for e in found.bins:
        sides[e.group][e.favourable] += e.people
    if any(side != sides[found.groups[0]] for side in sides.values()):
        yield "people"
    people = found.people
    if abs(sum(e.probability for e in found.bins) - people) > (TOLERANCE + _SLACK) * people:
        yield "probabilities"
