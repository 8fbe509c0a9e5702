"""Cells: rows grouped by the values of a few columns, in one scan for all requests that can share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from assay.engines.coded import LOOKED_AT
from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.declared import key_of
from assay.engines.keys import Key
from assay.engines.levels import MAXIMUM_GROUPS
from assay.engines.weights import WeightSums, weight_sums
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.cells import Cells, Level
from assay.evidence.request import CellsRequest
from assay.record.columns import Columns
from assay.record.condition import Condition

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_CELLS = 200_000
"""Of one request: some 100 MB while they are counted."""
MAXIMUM_CUBE = 50_000
"""Cells of the cube that answers several requests at once: Python adds it up for each of them in some 50 ms. Beyond it
each request is a grouping set of its own, which costs the engine a hash table but no cells that nobody asked for.
"""
MOST_SETS = 16
"""Grouping sets of one scan: each takes memory of its own, whatever it counts. Of more, the rows are read again."""
FIRST_ROWS = 20_000
"""Rows in which values are counted beforehand, to choose between the two and to meet a column of ids early."""

Row = tuple[Any, ...]


def measure_cells(
    requests: Sequence[CellsRequest], dataset: Dataset, columns: Columns, scored: Dataset | None = None
) -> dict[CellsRequest, Cells]:
    """Counts of people by the levels of each request's keys, with sums of their sampling weights where they have any.

    All requests have the same filter. `scored` is the dataset with its score, where a key asks for that. Raises
    DataError for levels outside the declared ones, for an attribute of more than 500 groups and for more than 200,000
    cells of one request.
    """
    (where,) = {request.where for request in requests}
    scan = _scan(requests, scored or dataset, columns, where)
    found = _found(scan, tuple(dict.fromkeys(request.keys for request in requests)), dataset)
    for keys, rows in found.items():
        if len(rows) > MAXIMUM_CELLS:
            raise scan.too_many(keys)
    levels = {name: scan.levels(name, found) for name in scan.keys}
    cubes = {keys: _Cube.of(keys, rows, levels, scan) for keys, rows in found.items()}
    return {
        request: next(cube for keys, cube in cubes.items() if {*request.keys} <= {*keys}).cells(request.keys)
        for request in requests
    }


def _found(scan: _Scan, sets: Sequence[tuple[str, ...]], dataset: Dataset) -> dict[tuple[str, ...], list[Row]]:
    """The groups of the cube where it is small, else those of each set."""
    about = prod(_about(scan.keys, dataset).values())
    if len(sets) > 1 and about <= MAXIMUM_CUBE:
        cube = scan.groups([tuple(scan.keys)], MAXIMUM_CUBE)
        if all(len(rows) <= MAXIMUM_CUBE for rows in cube.values()):
            return cube
    return scan.groups(sets, MAXIMUM_CELLS)


def at_most(most: int, frame: nw.LazyFrame[Any], dataset: Dataset, what: str) -> list[Row]:
    """All rows of a frame that has no more of them; DataError beyond."""
    rows = dataset.fetch(frame.head(most + 1))
    if len(rows) > most:
        raise _beyond(most, dataset, what)
    return rows


def _beyond(most: int, dataset: Dataset, what: str) -> DataError:
    return DataError(
        f"{dataset.told} has more than {most:,} {what}",
        where=dataset.told,
        hint="Use groups with fewer levels, or round the score; a column of names or ids is no group.",
    )


def _about(keys: Mapping[str, Key], dataset: Dataset) -> dict[str, int]:
    """How many levels each key has: of a column, in the first rows. DataError where those show that it has no few."""
    import narwhals as nw

    about = {name: key.most for name, key in keys.items() if key.most is not None}
    open_ones = {f"k{place}": name for place, name in enumerate(keys) if name not in about}
    if not open_ones:
        return about
    values = {column: keys[name].expression for column, name in open_ones.items()}
    first = dataset.frame().head(FIRST_ROWS).with_columns(**values).group_by(*values).agg(n=nw.len()).select(*values)
    rows = dataset.fetch(first)
    for place, name in enumerate(open_ones.values()):
        about[name] = len({row[place] for row in rows})
        if about[name] > MAXIMUM_GROUPS:
            keys[name].require_few(LOOKED_AT)
    return about


@dataclass(frozen=True)
class _Scan:
    """What is grouped, and by which columns."""

    dataset: Dataset
    frame: nw.LazyFrame[Any]
    """With a column for the values of each key, and the columns to be summed."""
    keys: Mapping[str, Key]
    columns: Mapping[str, str]
    """Of the values of each key."""
    sums: tuple[str, ...]
    """To be summed: people where rows stand for several, broken numbers of keys, digits of weights."""
    weights: WeightSums | None

    def groups(self, sets: Sequence[tuple[str, ...]], most: int) -> dict[tuple[str, ...], list[Row]]:
        """Of each set of keys its groups: values, rows, sums; not many more than `most`."""
        by = [tuple(self.columns[key] for key in keys) for keys in sets]
        longest = {self.columns[name]: key.longest for name, key in self.keys.items() if key.longest is not None}
        found: list[list[Row]] = []
        for first in range(0, len(by), MOST_SETS):
            found += self.dataset.groups(self.frame, by[first : first + MOST_SETS], self.sums, longest, most + 1)
        return dict(zip(sets, found, strict=True))

    def levels(self, name: str, found: Mapping[tuple[str, ...], list[Row]]) -> dict[Any, Level]:
        """The level of each value of a key."""
        keys, rows = next((keys, rows) for keys, rows in found.items() if name in keys)
        place = keys.index(name)
        flag = f"broken_{self.columns[name]}"
        broken = len(keys) + 1 + self.sums.index(flag) if flag in self.sums else None
        people: dict[Any, int] = {}
        for row in rows:
            people[row[place]] = people.get(row[place], 0) + self.people(row, len(keys))
        return self.keys[name].levels(people, broken=broken is not None and any(row[broken] for row in rows))

    def people(self, row: Row, width: int) -> int:
        """How many people are in a group."""
        return int((row[width + 1] or 0) if PEOPLE in self.sums else row[width])

    def too_many(self, keys: tuple[str, ...]) -> DataError:
        """Which values are too many: of one key, or of all together."""
        import narwhals as nw

        for key in keys:
            self.keys[key].require_few(None)
        counts = self.dataset.fetch(self.frame.select(*(nw.col(self.columns[key]).n_unique() for key in keys)))[0]
        told = ", ".join(f"{key} ({count:,} levels)" for key, count in zip(keys, counts, strict=True))
        return _beyond(MAXIMUM_CELLS, self.dataset, f"cells of {told}")


def _scan(requests: Sequence[CellsRequest], dataset: Dataset, columns: Columns, where: Condition | None) -> _Scan:
    import narwhals as nw

    names = tuple(dict.fromkeys(name for request in requests for name in request.keys))
    keys = {name: key_of(name, dataset, columns, where) for name in names}
    place = {name: f"k{at}" for at, name in enumerate(names)}
    weights = weight_sums(dataset)
    values = {place[name]: key.expression for name, key in keys.items()}
    breaks = {f"broken_{place[name]}": flag for name, key in keys.items() if (flag := key.breaks) is not None}
    summed = breaks | (weights.columns() if weights else {})
    people = {} if columns.count is None else {PEOPLE: nw.col(PEOPLE)}
    sums = (*people, *summed)
    frame = filtered(dataset, dataset.frame(), where)
    frame = frame.select(**(values | summed | people or {"nobody": nw.lit(0)}))
    return _Scan(dataset, frame, keys, place, sums, weights)


@dataclass(frozen=True)
class _Cube:
    """People, and units of weights where they have any, by the levels of some keys."""

    keys: tuple[str, ...]
    found: Mapping[tuple[Level, ...], tuple[int, int, int]]
    weights: WeightSums | None

    @classmethod
    def of(
        cls, keys: tuple[str, ...], rows: Sequence[Row], levels: Mapping[str, Mapping[Any, Level]], scan: _Scan
    ) -> _Cube:
        """The groups of one set of keys, by their levels."""
        width = len(keys)
        meanings = [levels[key] for key in keys]
        digits = 0 if scan.weights is None else scan.weights.digits
        found: dict[tuple[Level, ...], tuple[int, int, int]] = {}
        for row in rows:
            held = tuple([meaning[value] for meaning, value in zip(meanings, row, strict=False)])
            weights = (0, 0) if scan.weights is None else scan.weights.units(row[-digits:])
            _add(found, held, (scan.people(row, width), *weights))
        return cls(keys, found, scan.weights)

    def cells(self, keys: Sequence[str]) -> Cells:
        """The cells in which somebody is, by some of the keys."""
        places = [self.keys.index(key) for key in keys]
        found: dict[tuple[Level, ...], tuple[int, int, int]] = {}
        for levels, counted in self.found.items():
            _add(found, tuple([levels[place] for place in places]), counted)
        rows = sorted(
            (levels for levels, counted in found.items() if counted[0]),
            key=lambda levels: [(level is not None, level or "") for level in levels],
        )
        counts = tuple(found[levels][0] for levels in rows)
        if self.weights is None:
            return Cells(tuple(keys), tuple(rows), counts)
        first, second = self.weights.first, self.weights.second
        weights = tuple(float(first.value(found[levels][1])) for levels in rows)
        squares = tuple(float(second.value(found[levels][2])) for levels in rows)
        return Cells(tuple(keys), tuple(rows), counts, weights, squares)


def _add(
    found: dict[tuple[Level, ...], tuple[int, int, int]], at: tuple[Level, ...], more: tuple[int, int, int]
) -> None:
    n, first, second = found.get(at, (0, 0, 0))
    found[at] = n + more[0], first + more[1], second + more[2]
