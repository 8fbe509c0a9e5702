"""Profiles: columns counted in bins that both datasets share. In SQL, such as every engine speaks: quantiles are beyond
the expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.levels import number_name
from assay.engines.where import filtered
from assay.evidence.request import ProfileRequest
from assay.evidence.value import ColumnProfile, Profile
from assay.record.artefact import Role

if TYPE_CHECKING:
    import narwhals as nw

MAXIMUM_CATEGORIES = 50
OTHER = "(other)"


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
    that nobody is in is left out. Null, blank, NaN and infinite values are missing.
    """
    both = [dataset] if against is None else [dataset, against]
    numeric = {name: _is_numeric(name, both, declared.get(name)) for name in request.columns}
    frames = {each.role: _rows(each, request) for each in both}
    summaries = {each.role: _summaries(each, frames[each.role], numeric) for each in both}
    origin = both[-1]
    columns = []
    for name in request.columns:
        own = summaries[dataset.role][name]
        if numeric[name]:
            cut = _bins(origin, frames[origin.role], name, request.bins, summaries[origin.role][name])
            bins, inside = _held(cut.names, [_counted(each, frames[each.role], name, cut) for each in both])
        else:
            bins, inside = _categories(both, frames, name)
        beside = summaries[against.role][name] if against else None
        columns.append(
            ColumnProfile(
                name, numeric[name], own.rows, own.missing, own.distinct, own.low, own.high, bins, inside[0],
                beside.rows if beside else None, beside.missing if beside else None, inside[1] if beside else None,
            )
        )  # fmt: skip
    return Profile(tuple(columns))


def _is_numeric(name: str, both: list[Dataset], declared: bool | None) -> bool:
    if declared is None:
        return all(dataset.is_numeric(name) for dataset in both)
    for dataset in both if declared else ():
        dataset.number(name)
    return declared


def _rows(dataset: Dataset, request: ProfileRequest) -> nw.LazyFrame[Any]:
    """The rows that count and stand for somebody."""
    import narwhals as nw

    return filtered(dataset, dataset.frame(), request.where).filter(nw.col(PEOPLE) > 0)


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


def _bins(dataset: Dataset, rows: nw.LazyFrame[Any], name: str, bins: int, summary: Summary) -> Bins:
    """The bins of a number, of which the outer ones hold what these data never held."""
    column = dataset.number(name)
    if summary.distinct <= bins:
        held = dataset.select(f"SELECT DISTINCT {column} FROM {{rows}} WHERE {column} IS NOT NULL ORDER BY 1", rows)
        values = [row[0] for row in held]
        return Bins((*map(number_name, values), OTHER), tuple(f"= {_double(value)}" for value in values))
    assert summary.low is not None  # noqa: S101  more than one distinct value
    assert summary.high is not None  # noqa: S101
    edges = _edges(dataset, rows, column, bins, summary.rows - summary.missing, summary.low)
    low, *between, last, high = map(number_name, (summary.low, *edges, summary.high))
    inner = (f"{a} to under {b}" for a, b in pairwise((low, *between, last)))
    names = (f"under {low}", *inner, f"{last} to {high}", f"above {high}")
    below = (f"< {_double(edge)}" for edge in (summary.low, *edges))
    return Bins(names, (*below, f"<= {_double(summary.high)}"))


def _edges(dataset: Dataset, rows: nw.LazyFrame[Any], column: str, bins: int, people: int, least: float) -> list[float]:
    """Quantiles of the people, rising, by linear interpolation. A value that fills several of them takes one bin; where
    the least value does, the next edge is the next value, so that it stands alone.
    """
    places = [divmod((people - 1) * place, bins) for place in range(1, bins)]
    ranked = (f"min(v) FILTER (WHERE upto > {rank + further})" for rank, _ in places for further in (0, 1))
    held = (
        f"SELECT {column} AS v, sum(sum(w)) OVER (ORDER BY {column}) AS upto "
        f"FROM {{rows}} WHERE {column} IS NOT NULL GROUP BY {column}"
    )
    second = f"min(v) FILTER (WHERE v > {_double(least)})"
    following, *found = dataset.select(f"SELECT {second}, {', '.join(ranked)} FROM ({held}) AS held", rows)[0]
    pairs = zip(found[::2], found[1::2], places, strict=True)
    quantiles = [float(Fraction(a) + (Fraction(b) - Fraction(a)) * Fraction(rest, bins)) for a, b, (_, rest) in pairs]
    return sorted({following if quantile <= least else quantile for quantile in quantiles})


def _counted(dataset: Dataset, rows: nw.LazyFrame[Any], name: str, bins: Bins) -> tuple[int, ...]:
    """People in each bin of a number."""
    column = dataset.number(name)
    cases = "".join(f" WHEN {column} {test} THEN {place}" for place, test in enumerate(bins.tests))
    bin_of = f"CASE{cases} ELSE {len(bins.tests)} END" if cases else "0"
    people = f"SELECT {bin_of}, CAST(sum(w) AS BIGINT) FROM {{rows}} WHERE {column} IS NOT NULL GROUP BY 1"
    found: dict[int, int] = dict(dataset.select(people, rows))
    return tuple(found.get(place, 0) for place in range(len(bins.names)))


def _held(names: tuple[str, ...], counts: list[tuple[int, ...]]) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """The bins that somebody is in, on either side."""
    kept = [place for place in range(len(names)) if any(own[place] for own in counts)]
    return tuple(names[place] for place in kept), [tuple(own[place] for place in kept) for own in counts]


def _categories(
    both: list[Dataset], frames: dict[Role, nw.LazyFrame[Any]], name: str
) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """The most frequent categories of `against`, else of `data`, by name, then the rest; and people in each."""
    origin = both[-1]
    frequent = _frequent(origin, frames[origin.role], name)
    if len(frequent) < MAXIMUM_CATEGORIES and len(both) == 2:
        known = set(frequent)
        more = [value for value in _frequent(both[0], frames[both[0].role], name) if value not in known]
        frequent += more[: MAXIMUM_CATEGORIES - len(frequent)]
    kept = sorted(frequent)
    counts: list[dict[str, int]] = []
    for each in both:
        column = each.code(name)
        folded = f"CASE WHEN {column} IN ({', '.join('?' * len(kept))}) THEN {column} ELSE '{OTHER}' END"
        people = f"SELECT {folded}, CAST(sum(w) AS BIGINT) FROM {{rows}} WHERE {column} IS NOT NULL GROUP BY 1"
        counts.append(dict(each.select(people, frames[each.role], kept)) if kept else {})
    rest = any(OTHER in own for own in counts) and OTHER not in kept
    bins = (*kept, OTHER) if rest else tuple(kept)
    return bins, [tuple(own.get(category, 0) for category in bins) for own in counts]


def _frequent(dataset: Dataset, rows: nw.LazyFrame[Any], name: str) -> list[str]:
    column = dataset.code(name)
    found = dataset.select(
        f"SELECT {column} FROM {{rows}} WHERE {column} IS NOT NULL GROUP BY 1 "
        f"ORDER BY sum(w) DESC, 1 LIMIT {MAXIMUM_CATEGORIES}",
        rows,
    )
    return [row[0] for row in found]


def _double(value: float) -> str:
    """A number as SQL."""
    return f"CAST('{value!r}' AS DOUBLE)"
