"""Profiles: columns counted in bins that both datasets share. In SQL: quantiles are beyond the expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.engines.dataset import Dataset
from assay.engines.levels import bin_names
from assay.engines.where import filtered
from assay.evidence.request import ProfileRequest
from assay.evidence.value import ColumnProfile, Profile
from assay.record.manifest import Role

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


def measure_profile(
    request: ProfileRequest, dataset: Dataset, against: Dataset | None, declared: Mapping[str, bool]
) -> Profile:
    """Every column of the request; `declared` says of a column whether the manifest makes it a number or a category.

    Numbers: bins [a, b) between quantiles of `against` (of `data` without it), each distinct value a bin where there
    are no more of them than bins; values outside fall into the end bins. Other columns: categories by code, those
    beyond the 50 most frequent together as "(other)". Null, blank, NaN and infinite values are missing.
    """
    both = [dataset] if against is None else [dataset, against]
    numeric = {name: _is_numeric(name, both, declared.get(name)) for name in request.columns}
    views = {each.role: _view(each, request) for each in both}
    summaries = {each.role: _summaries(each, views[each.role], numeric) for each in both}
    origin = both[-1]
    edges = _edges(origin, views[origin.role], request.bins, summaries[origin.role], numeric)
    counts = {each.role: _counted(each, views[each.role], edges) for each in both}
    columns = []
    for name in request.columns:
        own = summaries[dataset.role][name]
        if numeric[name]:
            bins = bin_names(edges[name], whole=False) if edges[name] else ("all values",)
            inside = [counts[each.role][name] for each in both]
        else:
            bins, inside = _categories(both, views, name)
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


def _view(dataset: Dataset, request: ProfileRequest) -> str:
    """The rows that count, as a FROM item."""
    if request.where is None:
        return dataset.view
    return f"({dataset.database.sql(filtered(dataset, dataset.frame(), request.where))})"


def _column(dataset: Dataset, name: str, numeric: dict[str, bool]) -> str:
    return dataset.number(name) if numeric[name] else dataset.code(name)


def _summaries(dataset: Dataset, view: str, numeric: dict[str, bool]) -> dict[str, Summary]:
    asked = ["coalesce(sum(w), 0)"]
    for name, is_number in numeric.items():
        column = _column(dataset, name, numeric)
        extremes = f"min({column}), max({column})" if is_number else "NULL, NULL"
        asked.append(f"coalesce(sum(w) FILTER ({column} IS NULL), 0), count(DISTINCT {column}), {extremes}")
    total, *values = dataset.database.run(f"SELECT {', '.join(asked)} FROM {view}")[0]
    parts = {name: values[4 * place : 4 * place + 4] for place, name in enumerate(numeric)}
    return {
        name: Summary(int(total), int(missing), distinct, low, high)
        for name, (missing, distinct, low, high) in parts.items()
    }


def _edges(
    dataset: Dataset, view: str, bins: int, summaries: dict[str, Summary], numeric: dict[str, bool]
) -> dict[str, tuple[float, ...]]:
    """Edges between the bins of each number, rising. A value that fills several quantiles takes one bin; where the
    least value does, the next edge is the next value, so that it stands alone.
    """
    edges: dict[str, tuple[float, ...]] = {name: () for name, is_number in numeric.items() if is_number}
    many = [name for name in edges if summaries[name].distinct > bins]
    few = [name for name in edges if 1 < summaries[name].distinct <= bins]
    for name in few:
        column = dataset.number(name)
        rows = dataset.database.run(f"SELECT DISTINCT {column} FROM {view} WHERE {column} IS NOT NULL ORDER BY 1")
        edges[name] = tuple(row[0] for row in rows[1:])
    if many:
        shares = [place / bins for place in range(1, bins)]
        columns = {name: dataset.number(name) for name in many}
        second = (f"min({c}) FILTER ({c} > {summaries[name].low!r}::DOUBLE)" for name, c in columns.items())
        quantiles = (f"quantile_cont({c}, {shares})" for c in columns.values())
        found = dataset.database.run(f"SELECT {', '.join([*quantiles, *second])} FROM {view}")[0]
        for place, name in enumerate(many):
            least, following = summaries[name].low, found[len(many) + place]
            assert least is not None  # noqa: S101  more than one distinct value
            edges[name] = tuple(sorted({following if edge <= least else edge for edge in found[place]}))
    return edges


def _counted(dataset: Dataset, view: str, edges: dict[str, tuple[float, ...]]) -> dict[str, tuple[int, ...]]:
    """People in each bin of each number."""
    counts: dict[str, tuple[int, ...]] = {}
    for name, own in edges.items():
        column = dataset.number(name)
        cases = "".join(f" WHEN {column} < {edge!r}::DOUBLE THEN {place}" for place, edge in enumerate(own))
        bin_of = f"CASE{cases} ELSE {len(own)} END" if own else "0"
        rows = dataset.database.run(
            f"SELECT {bin_of}, sum(w)::BIGINT FROM {view} WHERE {column} IS NOT NULL GROUP BY 1"
        )
        found: dict[int, int] = dict(rows)
        counts[name] = tuple(found.get(place, 0) for place in range(len(own) + 1))
    return counts


def _categories(
    both: list[Dataset], views: dict[Role, str], name: str
) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
    """The most frequent categories of `against`, else of `data`, by name, then the rest; and people in each."""
    origin = both[-1]
    frequent = _frequent(origin, views[origin.role], name)
    if len(frequent) < MAXIMUM_CATEGORIES and len(both) == 2:
        known = set(frequent)
        more = [value for value in _frequent(both[0], views[both[0].role], name) if value not in known]
        frequent += more[: MAXIMUM_CATEGORIES - len(frequent)]
    kept = sorted(frequent)
    counts: list[dict[str, int]] = []
    for each in both:
        column = each.code(name)
        folded = f"CASE WHEN {column} IN (SELECT unnest(?)) THEN {column} ELSE '{OTHER}' END"
        rows = each.database.run(
            f"SELECT {folded}, sum(w)::BIGINT FROM {views[each.role]} WHERE {column} IS NOT NULL GROUP BY 1",
            [kept],
        )
        counts.append(dict(rows))
    rest = any(OTHER in own for own in counts) and OTHER not in kept
    bins = (*kept, OTHER) if rest else tuple(kept)
    return bins, [tuple(own.get(category, 0) for category in bins) for own in counts]


def _frequent(dataset: Dataset, view: str, name: str) -> list[str]:
    column = dataset.code(name)
    rows = dataset.database.run(
        f"SELECT {column} FROM {view} WHERE {column} IS NOT NULL GROUP BY 1 "
        f"ORDER BY sum(w) DESC, 1 LIMIT {MAXIMUM_CATEGORIES}"
    )
    return [row[0] for row in rows]
