"""Regions of one input, and how many decisions of two datasets are wrong in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal, get_args

from assay.evidence.request import RegionsRequest
from assay.evidence.table import UnreadableTable, as_count, as_name, as_optional_number, as_text, lines_of, table

Kind = Literal["range", "level", "rare", "missing"]
REGION = ("feature", "is", "above", "up_to", "level")
REGIONS = (*REGION, "n", "wrong", "against_n", "against_wrong")
SIDES = ("data", "against")
MOST_LEVELS = 50
"""Of a category, that are regions of their own."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where one input lies."""

    feature: str
    kind: Kind
    """`range`: in (above, up_to]; `level`: at this one; `rare`: at a level that few hold or nobody held where the
    regions were made; `missing`: there is no value."""
    above: float | None = None
    """None: without lower bound."""
    up_to: float | None = None
    """None: without upper bound."""
    level: str | None = None

    @property
    def name(self) -> str:
        """`above 25, up to 35`, `north`, `(rare)`."""
        if self.kind == "level":
            return str(self.level)
        ends = (("above", self.above), ("up to", self.up_to))
        told = ", ".join(f"{word} {_number(end)}" for word, end in ends if end is not None)
        return told if self.kind == "range" and told else "(any number)" if self.kind == "range" else f"({self.kind})"

    @property
    def cells(self) -> tuple[object, ...]:
        """As a line of a table."""
        return self.feature, self.kind, self.above, self.up_to, self.level


def read_region(cells: Sequence[str]) -> Region:
    """The region of such a line. UnreadableTable where there can be none."""
    kind = next((kind for kind in get_args(Kind) if kind == cells[1]), None)
    if kind is None:
        raise UnreadableTable("a region is of no known kind")
    made = Region(
        as_name(cells[0]), kind, as_optional_number(cells[2]), as_optional_number(cells[3]), as_text(cells[4])
    )
    bounded = made.above is not None or made.up_to is not None
    if (made.level is not None) != (kind == "level") or (bounded and kind != "range"):
        raise UnreadableTable("a region says what its kind does not have")
    if made.above is not None and made.up_to is not None and not made.above < made.up_to:
        raise UnreadableTable("a region has no width")
    return made


def _number(value: float) -> str:
    """As short as it can be written without loss."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


@dataclass(frozen=True, slots=True)
class Side:
    """People of one dataset who have a label and a decision, and those of them whose decision is not their label."""

    people: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """The sample of one dataset."""

    available: int
    """Rows it was drawn from."""
    drawn: int
    unlabelled: int
    undecided: int
    """With a label, and without a decision."""

    @property
    def known(self) -> int:
        """People with a label and a decision."""
        return self.drawn - self.unlabelled - self.undecided


@dataclass(frozen=True)
class Regions:
    """Wrong decisions by the regions of each input, which are made of the dataset `against`. No row of anybody."""

    sampled: tuple[Sampled, Sampled]
    """Of `data`, and of `against`."""
    regions: tuple[tuple[Region, Side, Side], ...]
    """Those of one input stand together; `data`, then `against`."""

    def csv(self) -> bytes:
        """Canonical bytes: a line for each sample, then one for each region."""
        rows: list[tuple[object, ...]] = [
            (side, None, None, None, None, each.available, each.drawn, each.unlabelled, each.undecided)
            for side, each in zip(SIDES, self.sampled, strict=True)
        ]
        rows += [(*region.cells, a.people, a.wrong, b.people, b.wrong) for region, a, b in self.regions]
        return table(REGIONS, rows)


def read_regions(data: bytes, asked: RegionsRequest) -> Regions:
    """Regions of the inputs asked for, in each of which nobody stands twice, of samples no larger than asked for."""
    header, *lines = lines_of(data)
    if tuple(header) != REGIONS or [line[0] for line in lines[:2]] != list(SIDES):
        raise UnreadableTable("its header is not that of regions")
    sampled = tuple(Sampled(*(as_count(cell) for cell in line[5:])) for line in lines[:2])
    for each in sampled:
        if each.drawn > min(asked.size, each.available) or each.known < 0:
            raise UnreadableTable("its sample is larger than what it is of, or smaller than who is unknown in it")
    if len(lines) > len(asked.features) * (max(asked.bins, MOST_LEVELS) + 2) + 2:
        raise UnreadableTable("it has more regions than its inputs can have")
    regions, known = tuple(_lines(lines[2:])), [each.known for each in sampled]
    by_input = [(name, list(mine)) for name, mine in groupby(regions, key=lambda each: each[0].feature)]
    names = [name for name, _ in by_input]
    if names != [name for name in asked.features if name in names]:
        raise UnreadableTable("its inputs are not those that were asked for, each once")
    for _, mine in by_input:
        _require_apart([region for region, *_ in mine])
        if [sum(own.people for _, own, _ in mine), sum(other.people for *_, other in mine)] != known:
            raise UnreadableTable("its regions do not hold everybody once")
    return Regions((sampled[0], sampled[1]), regions)


def _lines(lines: Sequence[list[str]]) -> Iterator[tuple[Region, Side, Side]]:
    for line in lines:
        n, wrong, against_n, against_wrong = (as_count(cell) for cell in line[5:])
        if wrong > n or against_wrong > against_n or not n + against_n:
            raise UnreadableTable("nobody is in a region, or more are wrong than there are")
        yield read_region(line[:5]), Side(n, wrong), Side(against_n, against_wrong)


def _require_apart(regions: Sequence[Region]) -> None:
    """UnreadableTable where two regions of one input overlap or are the same."""
    ranges = [region for region in regions if region.kind == "range"]
    ends = all(one.up_to is not None and one.up_to == other.above for one, other in pairwise(ranges))
    others = [region for region in regions if region.kind != "range"]
    if not ends or len(set(others)) < len(others):
        raise UnreadableTable("two regions of an input overlap")
