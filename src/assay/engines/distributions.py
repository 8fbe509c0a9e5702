"""Distributions: columns of two datasets counted at the same values or in the same fine bins. In SQL, such as every
engine speaks: running sums are beyond the expressions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.exact import ExactSum
from assay.engines.profile import is_numeric_in
from assay.engines.where import filtered
from assay.evidence.distributions import LONGEST_LEVEL, MOST_LEVELS, Distribution, Distributions
from assay.evidence.request import DistributionsRequest

if TYPE_CHECKING:
    import narwhals as nw

QUANTILES = 500
"""Of each dataset, by which numbers with more different values are cut; with no more, each value is a bin."""
STEPS = 200
"""Of equal width, by which they are cut as well: so a bin of a long tail is not wide."""
COLUMNS_AT_ONCE = 16


@dataclass(frozen=True)
class _Side:
    """One dataset: the rows that count, and of each column people, those without a value, different values, range."""

    dataset: Dataset
    rows: nw.LazyFrame[Any]
    total: int
    missing: dict[str, int]
    distinct: dict[str, int]
    low: dict[str, float | None]
    high: dict[str, float | None]
    longest: dict[str, int]


def measure_distributions(
    request: DistributionsRequest, dataset: Dataset, against: Dataset, declared: Mapping[str, bool]
) -> Distributions:
    """Every column of the request; `declared` says of a column whether the manifest makes it a number or a category.

    Numbers: each value a bin where neither dataset has more than 500 different ones; else bins (a, b] between quantiles
    of both datasets and steps of equal width, of which those that nobody is in are left out; what lies below the least
    or above the greatest value of `against` has bins of its own. Other columns: every value by code, or none of them
    where a dataset has more than 10 000, or one of more than 200 characters. Null, blank, NaN and infinite values are
    missing.
    """
    both = (dataset, against)
    numeric = {name: is_numeric_in(name, list(both), declared.get(name)) for name in request.columns}
    own, other = (_side(each, request, numeric) for each in both)
    numbers = [name for name in request.columns if numeric[name]]
    few = [name for name in numbers if max(own.distinct[name], other.distinct[name]) <= QUANTILES]
    many = [name for name in numbers if name not in few]
    edges = _edges(own, other, many)
    bins = [_values(side, few) | _in_bins(side, edges) for side in (own, other)]
    listed = [name for name in request.columns if not numeric[name] and _is_listed(name, own, other)]
    levels = [_levels(side, listed) for side in (own, other)]
    deviations = _deviations(other, numbers)
    columns = []
    for name in request.columns:
        if numeric[name]:
            lows, highs, counts = _joined(bins[0][name], bins[1][name])
            names: tuple[str, ...] = ()
        else:
            names = tuple(sorted({*levels[0].get(name, {}), *levels[1].get(name, {})}))
            lows, highs, counts = (), (), [tuple(each.get(name, {}).get(of, 0) for of in names) for each in levels]
        columns.append(
            Distribution(
                name, numeric[name], own.total, own.missing[name], own.distinct[name], other.total,
                other.missing[name], other.distinct[name], deviations.get(name), lows, highs, names, counts[0],
                counts[1],
            )
        )  # fmt: skip
    return Distributions(tuple(columns))


def _side(dataset: Dataset, request: DistributionsRequest, numeric: dict[str, bool]) -> _Side:
    import narwhals as nw

    rows = filtered(dataset, dataset.frame(), request.where).filter(nw.col(PEOPLE) > 0)
    asked = ["coalesce(sum(w), 0)"]
    for name, is_number in numeric.items():
        column = dataset.number(name) if is_number else dataset.code(name)
        more = f"min({column}), max({column}), 0" if is_number else f"NULL, NULL, max(length({column}))"
        asked.append(f"coalesce(sum(w) FILTER (WHERE {column} IS NULL), 0), count(DISTINCT {column}), {more}")
    total, *values = dataset.select(f"SELECT {', '.join(asked)} FROM {{rows}}", rows)[0]
    missing, distinct, low, high, longest = (dict(zip(numeric, values[place::5], strict=True)) for place in range(5))
    return _Side(
        dataset, rows, int(total), {name: int(n) for name, n in missing.items()}, distinct,
        {name: None if value is None else float(value) for name, value in low.items()},
        {name: None if value is None else float(value) for name, value in high.items()},
        {name: int(n or 0) for name, n in longest.items()},
    )  # fmt: skip


def _is_listed(name: str, own: _Side, other: _Side) -> bool:
    return all(side.distinct[name] <= MOST_LEVELS and side.longest[name] <= LONGEST_LEVEL for side in (own, other))


def _asked(side: _Side, statements: Sequence[str]) -> list[tuple[Any, ...]]:
    """The answers of several statements over the rows; each says by its first column which it answers."""
    found: list[tuple[Any, ...]] = []
    for begin in range(0, len(statements), COLUMNS_AT_ONCE):
        found += side.dataset.select(" UNION ALL ".join(statements[begin : begin + COLUMNS_AT_ONCE]), side.rows)
    return found


def _grouped(side: _Side, name: str) -> str:
    """People by value. A negative zero is a zero."""
    column = side.dataset.number(name)
    return (
        f"(SELECT {column} + {_double(0.0)} AS v, CAST(sum(w) AS BIGINT) AS people FROM {{rows}} "
        f"WHERE {column} IS NOT NULL GROUP BY {column} + {_double(0.0)})"
    )


_Bins = dict[float, tuple[float, float, int]]
"""By place: the least and the greatest value, and people."""


def _values(side: _Side, names: Sequence[str]) -> dict[str, _Bins]:
    """People at each value."""
    asked = [f"SELECT {place} AS place, v, people FROM {_grouped(side, name)} AS g" for place, name in enumerate(names)]
    made: dict[str, _Bins] = {name: {} for name in names}
    for place, value, people in _asked(side, asked):
        made[names[place]][float(value)] = (float(value), float(value), int(people))
    return made


def _edges(own: _Side, other: _Side, names: Sequence[str]) -> dict[str, list[float]]:
    """Where the bins of a number end: quantiles of either dataset, of which a value that fills one has a bin by itself,
    steps, and just below the least of `against`.
    """
    edges: dict[str, set[float]] = {name: set() for name in names}
    for side in (own, other):
        asked = []
        for place, name in enumerate(names):
            people = max(side.total - side.missing[name], 1)
            bucket = f"floor(CAST((upto - 1) * {QUANTILES} AS DOUBLE) / {people})"
            ranked = (
                f"SELECT v, sum(people) OVER (ORDER BY v) AS upto, CASE WHEN people * {QUANTILES} >= {people} THEN v "
                f"END AS heavy FROM {_grouped(side, name)} AS g"
            )
            asked.append(
                f"SELECT {place} AS place, max(v), min(heavy), max(heavy) FROM ({ranked}) AS r GROUP BY {bucket}"
            )
        for place, last, *heavy in _asked(side, asked):
            edges[names[place]].add(float(last))
            for value in heavy:
                if value is not None:
                    edges[names[place]] |= {float(value), math.nextafter(value, -math.inf)}
    for name in names:
        low = min(side.low[name] for side in (own, other) if side.low[name] is not None)  # type: ignore[type-var]
        high = max(side.high[name] for side in (own, other) if side.high[name] is not None)  # type: ignore[type-var]
        assert low is not None  # noqa: S101  one of them has many values
        assert high is not None  # noqa: S101
        edges[name] |= {low * (1 - step / STEPS) + high * (step / STEPS) for step in range(1, STEPS)}
        least = other.low[name]
        if least is not None:
            edges[name].add(math.nextafter(least, -math.inf))
    return {name: sorted(edge for edge in each if math.isfinite(edge)) for name, each in edges.items()}


def _in_bins(side: _Side, edges: Mapping[str, Sequence[float]]) -> dict[str, _Bins]:
    """People in each bin: a value lies in the bin of the first edge that is no smaller."""
    names, made = list(edges), {name: _Bins() for name in edges}
    asked = []
    for place, name in enumerate(names):
        listed = ", ".join(f"({_double(edge)})" for edge in edges[name])
        mixed = (
            f"SELECT v, people, 0 AS edge FROM {_grouped(side, name)} AS g UNION ALL "
            f"SELECT v, CAST(0 AS BIGINT), 1 FROM (VALUES {listed}) AS e(v)"
        )
        running = "sum(edge) OVER (ORDER BY v, edge ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS bin"
        asked.append(
            f"SELECT {place} AS place, CAST(bin AS BIGINT), min(v), max(v), CAST(sum(people) AS BIGINT) FROM "
            f"(SELECT v, people, edge, {running} FROM ({mixed}) AS m) AS r WHERE edge = 0 GROUP BY bin"
        )
    for place, number, low, high, people in _asked(side, asked):
        made[names[place]][number] = (float(low), float(high), int(people))
    return made


def _joined(own: _Bins, other: _Bins) -> tuple[tuple[float, ...], tuple[float, ...], list[tuple[int, ...]]]:
    """The bins of both: their ends, and people of each."""
    places = sorted({*own, *other})
    held = [[side[place] for side in (own, other) if place in side] for place in places]
    lows, highs = tuple(min(b[0] for b in each) for each in held), tuple(max(b[1] for b in each) for each in held)
    counts = [tuple(side[place][2] if place in side else 0 for place in places) for side in (own, other)]
    return lows, highs, counts


def _levels(side: _Side, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """People by code."""
    asked = []
    for place, name in enumerate(names):
        column = side.dataset.code(name)
        asked.append(
            f"SELECT {place} AS place, {column} AS level, CAST(sum(w) AS BIGINT) AS people FROM {{rows}} "
            f"WHERE {column} IS NOT NULL GROUP BY {column}"
        )
    made: dict[str, dict[str, int]] = {name: {} for name in names}
    for place, level, people in _asked(side, asked):
        made[names[place]][str(level)] = int(people)
    return made


def _deviations(side: _Side, names: Sequence[str]) -> dict[str, float]:
    """Standard deviations with n − 1, the same bits under any order of rows; of a spread beyond all floats none."""
    import narwhals as nw

    sums, made = ExactSum.up_to(1.0, digits=3), dict[str, float]()
    digits, asked = dict[str, nw.Expr](), list[str]()
    halves = {}
    for place, name in enumerate(names):
        low, high = side.low[name], side.high[name]
        people = side.total - side.missing[name]
        if low is None or high is None or people < 2:
            continue
        half = high / 2 - low / 2
        if not half or not math.isfinite(half * half * people):
            if not half:
                made[name] = 0.0
            continue
        unit = (nw.col(side.dataset.number(name)) - nw.lit(low / 2 + high / 2)) / nw.lit(half)
        for power, value in (("a", unit), ("b", unit * unit)):
            digits |= sums.digits_of(value, f"{power}{place}")
            asked += sums.names(f"{power}{place}")
        halves[name] = (place, half, people)
    if not halves:
        return made
    frame = side.rows.with_columns(**digits).select(*((nw.col(each) * nw.col(PEOPLE)).sum() for each in asked))
    found = dict(zip(asked, side.dataset.fetch(frame)[0], strict=True))
    for name, (place, half, people) in halves.items():
        first, second = (
            sums.value(sums.units([found[each] for each in sums.names(f"{power}{place}")])) for power in ("a", "b")
        )
        variance = max((second - first * first / people) / (people - 1), Fraction(0))
        made[name] = half * math.sqrt(variance)
    return made


def _double(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"
