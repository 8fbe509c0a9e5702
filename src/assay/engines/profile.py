"""Profiles: columns counted in bins that both datasets share. In SQL, such as every engine speaks: quantiles are beyond
the expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.levels import number_name
from assay.engines.where import filtered
from assay.evidence.profile import ColumnProfile, Profile
from assay.evidence.request import ProfileRequest
from assay.record.artefact import Role

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_CATEGORIES = 50
OTHER = "(other)"
ANY = "(any value)"
COLUMNS_AT_ONCE = 32
"""In one statement."""


@dataclass(frozen=True)
class Summary:
    """One column of one dataset: people, people without a value, distinct values, least and greatest number."""

    rows: int
    missing: int
    distinct: int
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Bins:
    """Bins of a number: a value lies in the first one whose test it meets, `< CAST('3.5' AS DOUBLE)`, or the last."""

    names: tuple[str, ...]
    tests: tuple[str, ...]


def measure_profile(
    request: ProfileRequest, dataset: Dataset, against: Dataset | None, declared: Mapping[str, bool]
) -> Profile:
    """Every column of the request; `declared` says of a column whether the manifest makes it a number or a category.

    Numbers: each distinct value of `against` (of `data` without it) a bin where there are no more of them than bins,
    and one for all other values; else bins [a, b) between quantiles, and one on each side for values beyond the least
    and the greatest. Other columns: categories by code, those beyond the 50 most frequent together as "(other)". A bin
    that nobody is in is left out. Null, blank, NaN and infinite values are missing. One bin holds every value there is.
    """
    both = [dataset] if against is None else [dataset, against]
    numeric = {name: is_numeric_in(name, both, declared.get(name)) for name in request.columns}
    frames = {each.role: _rows(each, request) for each in both}
    summaries = {each.role: _summaries(each, frames[each.role], numeric) for each in both}
    numbers, categories = ([name for name in request.columns if numeric[name] is kind] for kind in (True, False))
    if request.bins == 1:
        binned = {name: _held((ANY,), [(_known(summaries[each.role][name]),) for each in both]) for name in numeric}
    else:
        origin = both[-1]
        cuts = _bins(origin, frames[origin.role], numbers, request.bins, summaries[origin.role])
        in_bins = [_counted(each, frames[each.role], cuts) for each in both]
        binned = {name: _held(cuts[name].names, [counts[name] for counts in in_bins]) for name in numbers}
        binned |= _categories(both, frames, categories)
    columns = []
    for name in request.columns:
        own = summaries[dataset.role][name]
        bins, inside = binned[name]
        beside = summaries[against.role][name] if against else None
        columns.append(
            ColumnProfile(
                name, numeric[name], own.rows, own.missing, own.distinct, own.low, own.high, bins, inside[0],
                beside.rows if beside else None, beside.missing if beside else None, inside[1] if beside else None,
            )
        )  # fmt: skip
    return Profile(tuple(columns))


def is_numeric_in(name: str, both: list[Dataset], declared: bool | None) -> bool:
    """Whether the column is one of numbers in both: as declared, else as they hold it. DataError: it cannot be one."""
    if declared is None:
        return all(dataset.is_numeric(name) for dataset in both)
    for dataset in both if declared else ():
        dataset.number(name)
    return declared


def _rows(dataset: Dataset, request: ProfileRequest) -> nw.LazyFrame[Any]:
    """The rows that count and stand for somebody."""
    import narwhals as nw

    return filtered(dataset, dataset.frame(), request.where).filter(nw.col(PEOPLE) > 0)


def _known(summary: Summary) -> int:
    return summary.rows - summary.missing


def _column(dataset: Dataset, name: str, numeric: dict[str, bool]) -> str:
    return dataset.number(name) if numeric[name] else dataset.code(name)


def _summaries(dataset: Dataset, rows: nw.LazyFrame[Any], numeric: dict[str, bool]) -> dict[str, Summary]:
    asked = ["coalesce(sum(w), 0)"]
    for name, is_number in numeric.items():
        column = _column(dataset, name, numeric)
        extremes = f"min({column}), max({column})" if is_number else "NULL, NULL"
        asked.append(f"coalesce(sum(w) FILTER (WHERE {column} IS NULL), 0), count(DISTINCT {column}), {extremes}")
    total, *values = dataset.select(f"SELECT {', '.join(asked)} FROM {{rows}}", rows)[0]
    parts = {name: values[4 * place : 4 * place + 4] for place, name in enumerate(numeric)}
    return {
        name: Summary(int(total), int(missing), distinct, low, high)
        for name, (missing, distinct, low, high) in parts.items()
    }


def _bins(
    dataset: Dataset, rows: nw.LazyFrame[Any], names: Sequence[str], bins: int, summaries: dict[str, Summary]
) -> dict[str, Bins]:
    """The bins of numbers, of which the outer ones hold what these data never held."""
    few = [name for name in names if summaries[name].distinct <= bins]
    held = _people(dataset, rows, {name: dataset.number(name) for name in few})
    made = {name: _values(sorted(held[name])) for name in few}
    many = [name for name in names if name not in made]
    edges = _edges(dataset, rows, many, bins, summaries)
    return made | {name: _ranges(summaries[name], edges[name]) for name in many}


def _values(values: Sequence[float]) -> Bins:
    return Bins((*map(number_name, values), OTHER), tuple(f"= {_double(value)}" for value in values))


def _ranges(summary: Summary, edges: Sequence[float]) -> Bins:
    assert summary.low is not None  # noqa: S101  more than one distinct value
    assert summary.high is not None  # noqa: S101
    low, *between, last, high = map(number_name, (summary.low, *edges, summary.high))
    inner = (f"{a} to under {b}" for a, b in pairwise((low, *between, last)))
    names = (f"under {low}", *inner, f"{last} to {high}", f"above {high}")
    below = (f"< {_double(edge)}" for edge in (summary.low, *edges))
    return Bins(names, (*below, f"<= {_double(summary.high)}"))


def _edges(
    dataset: Dataset, rows: nw.LazyFrame[Any], names: Sequence[str], bins: int, summaries: dict[str, Summary]
) -> dict[str, list[float]]:
    """Quantiles of the people, rising, by linear interpolation. A value that fills several of them takes one bin; where
    the least value does, the next edge is the next value, so that it stands alone.
    """
    asked, places = [], {}
    for number, name in enumerate(names):
        column, summary = dataset.number(name), summaries[name]
        people = summary.rows - summary.missing
        places[name] = [divmod((people - 1) * place, bins) for place in range(1, bins)]
        ranked = (f"min(v) FILTER (WHERE upto > {rank + further})" for rank, _ in places[name] for further in (0, 1))
        second = f"min(v) FILTER (WHERE v > {_double(summary.low or 0.0)})"
        asked.append(
            f"SELECT {number}, {second}, {', '.join(ranked)} FROM ("
            f"SELECT {column} AS v, sum(sum(w)) OVER (ORDER BY {column}) AS upto "
            f"FROM {{rows}} WHERE {column} IS NOT NULL GROUP BY {column}) AS held{number}"
        )
    edges = {}
    for begin in range(0, len(asked), COLUMNS_AT_ONCE):
        for number, following, *found in dataset.select(
            " UNION ALL ".join(asked[begin : begin + COLUMNS_AT_ONCE]), rows
        ):
            name = names[number]
            low, pairs = summaries[name].low or 0.0, zip(found[::2], found[1::2], places[name], strict=True)
            quantiles = (
                float(Fraction(a) + (Fraction(b) - Fraction(a)) * Fraction(rest, bins)) for a, b, (_, rest) in pairs
            )
            edges[name] = sorted({following if quantile <= low else quantile for quantile in quantiles})
    return edges


def _counted(dataset: Dataset, rows: nw.LazyFrame[Any], cuts: dict[str, Bins]) -> dict[str, tuple[int, ...]]:
    """People in each bin of numbers."""
    bin_of = {}
    for name, bins in cuts.items():
        column = dataset.number(name)
        cases = "".join(f" WHEN {column} {test} THEN {place}" for place, test in enumerate(bins.tests))
        bin_of[name] = f"CASE WHEN {column} IS NULL THEN NULL{cases} ELSE {len(bins.tests)} END"
    people = _people(dataset, rows, bin_of)
    return {name: tuple(people[name].get(place, 0) for place in range(len(cuts[name].names))) for name in cuts}


def _held(names: tuple[str, ...], counts: list[tuple[int, ...]]) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """The bins that somebody is in, on either side."""
    kept = [place for place in range(len(names)) if any(own[place] for own in counts)]
    return tuple(names[place] for place in kept), [tuple(own[place] for place in kept) for own in counts]


def _categories(
    both: list[Dataset], frames: dict[Role, nw.LazyFrame[Any]], names: Sequence[str]
) -> dict[str, tuple[tuple[str, ...], list[tuple[int, ...]]]]:
    """The most frequent categories of `against`, else of `data`, by name, then the rest; and people in each."""
    frequent = [_frequent(each, frames[each.role], names) for each in both]
    kept = {}
    for name in names:
        known = list(frequent[-1][name])
        known += [category for category in frequent[0][name] if category not in frequent[-1][name]]
        kept[name] = sorted(known[:MAXIMUM_CATEGORIES])
    counts = []
    for each in both:
        folded = {}
        for name in (name for name in names if kept[name]):
            column, asked = each.code(name), ", ".join("?" * len(kept[name]))
            folded[name] = f"CASE WHEN {column} IN ({asked}) THEN {column} WHEN {column} IS NOT NULL THEN '{OTHER}' END"
        counts.append(_people(each, frames[each.role], folded, kept))
    made = {}
    for name in names:
        own = [count.get(name, {}) for count in counts]
        rest = any(OTHER in count for count in own) and OTHER not in kept[name]
        bins = (*kept[name], OTHER) if rest else tuple(kept[name])
        made[name] = bins, [tuple(count.get(category, 0) for category in bins) for count in own]
    return made


def _frequent(dataset: Dataset, rows: nw.LazyFrame[Any], names: Sequence[str]) -> dict[str, dict[str, int]]:
    """The categories that most people are in, the most frequent first."""
    return _people(dataset, rows, {name: dataset.code(name) for name in names}, most=MAXIMUM_CATEGORIES)


def _people(
    dataset: Dataset,
    rows: nw.LazyFrame[Any],
    levels: dict[str, str],
    parameters: Mapping[str, Sequence[str]] | None = None,
    most: int | None = None,
) -> dict[str, dict[Any, int]]:
    """People by level, for each of these expressions of one type; without null, and of each the `most` frequent."""
    found: dict[str, dict[Any, int]] = {name: {} for name in levels}
    for begin in range(0, len(levels), COLUMNS_AT_ONCE):
        names = list(levels)[begin : begin + COLUMNS_AT_ONCE]
        columns = [f"b{place}" for place in range(len(names))]
        inner = ", ".join(f"{levels[name]} AS {column}" for name, column in zip(names, columns, strict=True))
        which = " ".join(f"WHEN grouping({column}) = 0 THEN {place}" for place, column in enumerate(columns))
        counted = (
            f"SELECT CASE {which} END AS place, coalesce({', '.join(columns)}) AS level, sum(w) AS people "
            f"FROM (SELECT w, {inner} FROM {{rows}}) AS coded GROUP BY GROUPING SETS (({'), ('.join(columns)}))"
        )
        order = "row_number() OVER (PARTITION BY place ORDER BY people DESC, level) AS place_in_order"
        asked = (
            f"SELECT place, level, CAST(people AS BIGINT) FROM (SELECT *, {order} FROM ({counted}) AS counted "
            f"WHERE level IS NOT NULL) AS ordered {f'WHERE place_in_order <= {most} ' if most else ''}"
            "ORDER BY place, place_in_order"
        )
        given = [value for name in names for value in parameters[name]] if parameters else []
        for place, level, people in dataset.select(asked, rows, given):
            found[names[place]][level] = people
    return found


def _double(value: float) -> str:
    """A number as SQL."""
    return f"CAST('{value!r}' AS DOUBLE)"
