"""Probabilities of belonging to groups, by bin and decision: written as narwhals expressions."""

from __future__ import annotations

from functools import reduce
from operator import add, and_, or_
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.declared import key_of
from assay.engines.exact import ExactSum
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.cells import FAVOURABLE, Level
from assay.evidence.keys import DECISION
from assay.evidence.request import UncertainRequest
from assay.evidence.uncertain import BINS, TOLERANCE, Bin, UncertainGroups
from assay.record.columns import Columns

if TYPE_CHECKING:
    import narwhals as nw

_BIN, _DECISION, _SUM = "bin", "decided", "together"


def measure_uncertain(request: UncertainRequest, dataset: Dataset, columns: Columns) -> UncertainGroups:
    """Sums of the probabilities of an attribute. Raises DataError where those of a person do not add up to 1."""
    import narwhals as nw

    declared = columns.groups.get(request.attribute)
    if declared is None or declared.probabilities is None:
        raise DataError(f"the manifest gives no probabilities of {request.attribute}", hint="Declare columns.groups.")
    named = dict(sorted(declared.probabilities.items()))
    numbers = {group: f"p{at}" for at, group in enumerate(named)}
    decision = key_of(DECISION, dataset, columns, request.where)
    frame = filtered(dataset, dataset.frame(), request.where).with_columns(
        **{numbers[group]: nw.col(dataset.number(column)) for group, column in named.items()},
        **{_DECISION: decision.expression},
    )
    complete = reduce(and_, (~nw.col(name).is_null() for name in numbers.values()))
    known = frame.filter(complete).with_columns(**{_SUM: reduce(add, map(nw.col, numbers.values()))})
    _require_one(known, numbers, named, dataset, request.attribute)
    everybody = dataset.fetch(frame.select(nw.col(PEOPLE).sum()))[0][0]
    sums = _Sums(dataset, known)
    found = {group: sums.of(name) for group, name in numbers.items()}
    people: dict[Any, int] = {}
    for line in next(iter(found.values())):
        people[line[1]] = people.get(line[1], 0) + int(line[2])
    levels = decision.levels(people, broken=False)
    bins = [made for group, lines in found.items() for made in sums.bins(group, lines, levels)]
    return UncertainGroups(
        groups=tuple(named),
        bins=tuple(sorted(bins, key=lambda e: (e.group, e.place, e.favourable))),
        undecided=sum(n for value, n in people.items() if levels[value] is None),
        unknown=int(everybody or 0) - sum(people.values()),
    )


def _require_one(
    known: nw.LazyFrame[Any], numbers: dict[str, str], named: dict[str, str], dataset: Dataset, attribute: str
) -> None:
    """DataError where a probability lies outside [0, 1] or those of a person do not add up to 1."""
    import narwhals as nw

    together = nw.col(_SUM)
    outside = reduce(or_, ((nw.col(name) < 0) | (nw.col(name) > 1) for name in numbers.values()))
    wrong = known.filter(outside | (together < 1 - TOLERANCE) | (together > 1 + TOLERANCE))
    count, low, high = dataset.fetch(wrong.select(n=nw.len(), low=together.min(), high=nw.col(_SUM).max()))[0]
    if count:
        example = low if abs(low - 1) > abs(high - 1) else high
        say = f"e.g. {example:.6g} together" if abs(example - 1) > TOLERANCE else "one of them lies outside [0, 1]"
        told = ", ".join(named.values())
        raise dataset.wrong(
            next(iter(named.values())),
            f"in {count} rows of {dataset.told} the probabilities of {attribute} ({told}) are no probabilities that "
            f"add up to 1: {say}",
            "Name a column for every group, with one for all others; leave cells empty where nothing is known.",
        )


class _Sums:
    """Exact sums of a probability and of its square, by bin and decision."""

    def __init__(self, dataset: Dataset, known: nw.LazyFrame[Any]) -> None:
        import narwhals as nw

        self.dataset, self.known = dataset, known
        most = dataset.fetch(known.select(nw.col(PEOPLE).max()))[0][0]
        self.exact = ExactSum.up_to(float(most or 1), digits=3)

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """Bin, value of the decision, people, digits of both sums."""
        import narwhals as nw

        p, people = nw.col(name), nw.col(PEOPLE).cast(nw.Float64)
        place = nw.when(p >= 1).then(nw.lit(float(BINS - 1))).otherwise((p * float(BINS)).floor())
        digits = self.exact.digits_of(p * people, "first") | self.exact.digits_of(p * p * people, "second")
        frame = self.known.with_columns(**{_BIN: place.cast(nw.Int64)}, **digits)
        asked = {"n": nw.col(PEOPLE).sum(), **{each: nw.col(each).sum() for each in digits}}
        return self.dataset.fetch(frame.group_by(_BIN, _DECISION).agg(**asked).select(_BIN, _DECISION, *asked))

    def bins(self, group: str, lines: list[tuple[Any, ...]], levels: dict[Any, Level]) -> list[Bin]:
        """Those of people with a decision; several values of it may mean the same."""
        made: dict[tuple[int, bool], list[int]] = {}
        width = self.exact.digits
        for place, value, people, *digits in lines:
            if levels[value] is None or not people:
                continue
            numbers = [int(people), self.exact.units(digits[:width]), self.exact.units(digits[width:])]
            at = int(place), levels[value] == FAVOURABLE
            made[at] = [a + b for a, b in zip(made.get(at, [0, 0, 0]), numbers, strict=True)]
        return [
            Bin(group, place, favourable, n, float(self.exact.value(first)), float(self.exact.value(second)))
            for (place, favourable), (n, first, second) in made.items()
        ]
