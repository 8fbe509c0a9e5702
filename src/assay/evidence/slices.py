"""Slices of people that were found on one half of a sample, and how much the model errs in them on the other half."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.evidence.regions import REGION, Region, Sampled, read_region
from assay.evidence.request import SlicesRequest
from assay.evidence.table import UnreadableTable, as_count, as_number, lines_of, table

SLICES = ("kind", *REGION, "n", "sum", "squares")
_SAMPLE = ("available", "drawn", "unlabelled", "undecided", "looked_at")
ROUNDING = 1e-9
"""What sums of floats may be off by, in parts of them."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much the model errs for some people: each 1 or 0, or by a square between them."""

    people: int
    total: float
    squares: float
    """Sum of the squared errors, for the spread; of errors that are 1 or 0 the sum itself."""

    def less(self, other: Amount) -> Amount:
        """Without some of these people."""
        people = self.people - other.people
        total, squares = max(self.total - other.total, 0.0), max(self.squares - other.squares, 0.0)
        return Amount(people, total if people else 0.0, squares if people else 0.0)


@dataclass(frozen=True, slots=True)
class Slice:
    """People for whom one input lies in a region, or two do."""

    regions: tuple[Region, ...]
    inside: Amount
    """Of the half that was kept for the test."""

    @property
    def name(self) -> str:
        """`region north & age above 25, up to 35`."""
        return " & ".join(f"{each.feature} {each.name}" for each in self.regions)


@dataclass(frozen=True)
class Slices:
    """What was found on the first half of the sample, measured on the second. No row of anybody."""

    sampled: Sampled
    looked_at: int
    """Slices of enough people that were compared with everybody else, on the first half."""
    tested: Amount
    """All people of the second half."""
    slices: tuple[Slice, ...]
    """The weakest first, as the first half has it."""

    @property
    def searched(self) -> int:
        """People of the first half."""
        return self.sampled.known - self.tested.people

    def csv(self) -> bytes:
        """Canonical bytes: the sample, the second half, then a line for each slice and one for its second region."""
        each, nothing = self.sampled, (None,) * len(REGION)
        counts = (each.available, each.drawn, each.unlabelled, each.undecided, self.looked_at)
        rows: list[tuple[object, ...]] = [
            (kind, *nothing, n, None, None) for kind, n in zip(_SAMPLE, counts, strict=True)
        ]
        rows.append(("tested", *nothing, *_cells(self.tested)))
        for one in self.slices:
            first, *more = one.regions
            rows.append(("slice", *first.cells, *_cells(one.inside)))
            rows += [("and", *region.cells, None, None, None) for region in more]
        return table(SLICES, rows)


def _cells(amount: Amount) -> tuple[object, ...]:
    return amount.people, float(amount.total), float(amount.squares)


def read_slices(data: bytes, asked: SlicesRequest) -> Slices:
    """As many slices of these inputs as were asked for, or fewer, in each no more people and errors than in all."""
    header, *lines = lines_of(data)
    if tuple(header) != SLICES or [line[0] for line in lines[:6]] != [*_SAMPLE, "tested"]:
        raise UnreadableTable("its header is not that of slices")
    available, drawn, unlabelled, undecided, looked_at = (as_count(line[6]) for line in lines[:5])
    sampled, tested = Sampled(available, drawn, unlabelled, undecided), _amount(lines[5], asked)
    if drawn > min(asked.size, available) or sampled.known < 0:
        raise UnreadableTable("its sample is larger than what it is of, or smaller than who is unknown in it")
    if tested.people != sampled.known - sampled.known // 2:
        raise UnreadableTable("its second half is none")
    slices = tuple(_slices(lines[6:], asked))
    if len(slices) > min(asked.most, looked_at):
        raise UnreadableTable("it has more slices than were asked for")
    if len({one.regions for one in slices}) < len(slices):
        raise UnreadableTable("it has a slice twice")
    for one in slices:
        names = [region.feature for region in one.regions]
        if len(names) > 2 or names != [name for name in asked.features if name in names]:
            raise UnreadableTable("a slice is not of one or two of the inputs that were asked for")
        slack = ROUNDING * tested.people
        more = one.inside.total > tested.total + slack or one.inside.squares > tested.squares + slack
        if one.inside.people > tested.people or more:
            raise UnreadableTable("a slice has more people or errors than there are")
    return Slices(sampled, looked_at, tested, slices)


def _slices(lines: Sequence[list[str]], asked: SlicesRequest) -> Iterator[Slice]:
    begins = [place for place, line in enumerate(lines) if line[0] == "slice"]
    if (lines and begins[:1] != [0]) or any(line[0] not in ("slice", "and") for line in lines):
        raise UnreadableTable("its lines are not those of slices")
    for begin, end in pairwise([*begins, len(lines)]):
        regions = tuple(read_region(line[1:6]) for line in lines[begin:end])
        yield Slice(regions, _amount(lines[begin], asked))


def _amount(line: Sequence[str], asked: SlicesRequest) -> Amount:
    n, total, squares = as_count(line[6]), as_number(line[7]), as_number(line[8])
    slack = 1 + ROUNDING
    if not (0 <= squares <= total * slack and total <= n * slack and total * total <= squares * n * slack):
        raise UnreadableTable("its errors are not those of so many people")
    if asked.of == "errors" and (not total.is_integer() or total != squares):
        raise UnreadableTable("its errors are no counts")
    return Amount(n, total, squares)
