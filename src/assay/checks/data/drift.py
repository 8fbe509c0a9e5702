"""Drift: whether the columns are distributed as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import AgainstParameters, Context, check
from assay.evidence.profile import ColumnProfile
from assay.evidence.request import Needs, ProfileRequest, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.null_tables import Null, without_drift
from assay.stats.psi import Psi, psi, psi_interval, quantile_counts
from assay.stats.significance import holm

SCORE = "(score)"
CATEGORIES = 50
"""Of which each has a bin in a profile; all others have one together, the last."""


class Parameters(AgainstParameters):
    """Which columns of which rows, against which."""

    columns: tuple[str, ...] | Literal["declared"] = "declared"
    """Columns that are compared; `declared`: the features and the score."""
    bins: int = Field(default=10, ge=2, le=100)
    """How many quantile bins a number is cut into."""


def _columns(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    """The wanted columns; `declared` are the features and the score where it is a column."""
    if p.columns != "declared":
        return tuple(dict.fromkeys(p.columns))
    score = view.manifest.columns.score if view.manifest.columns else None
    names = [feature.name for feature in view.manifest.features or ()]
    return tuple(dict.fromkeys([*names, *([score.column] if score is not None and score.column else [])]))


def _request(p: Parameters, view: SubjectView) -> ProfileRequest:
    return ProfileRequest(p.data, _columns(p, view), p.against, p.bins, p.where)


def _scores(p: Parameters, view: SubjectView) -> tuple[ScoresRequest, ...]:
    """The score of both datasets, where it is the model's and rows have labels; those without are not scored."""
    columns = view.manifest.columns
    computed = columns is not None and columns.score is not None and columns.score.from_ is not None
    if not computed or p.columns != "declared" or view.lacks(label=True, model=True):
        return ()
    return ScoresRequest(p.data, p.where), ScoresRequest(p.against, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The columns of both datasets, counted in the same bins."""
    missing = view.lacks(data=(p.data, p.against))
    missing += () if _columns(p, view) else ("features",)
    return Needs(() if missing else (_request(p, view), *_scores(p, view)), missing)


@check("data.drift", version=3, estimates={"psi": "lower"})
def drift(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The inputs and the score are distributed in these data as in the data they are compared with.

    Method: the estimate `psi` of a column is the population stability index between the datasets `data` and `against`:
        the sum over the bins of (a - b) ln(a / b) with the shares a and b. A number is cut into `bins` quantiles of
        `against`, with bins of their own for values beyond its least and its greatest; where `against` has no more than
        `bins` distinct values, each is a bin and all other values are one. Of a category each of the 50 most frequent
        values is a bin, and all others are one; missing values are a bin. Where a bin is empty on one side, every bin
        gets half a row more. Interval: by inversion of the noncentral chi-square distribution, the upper limit by the
        mean without drift higher, since the index holds that too; a second, simultaneous one at 1 - alpha/m holds for
        all m columns together. The p-value says how often an index without drift is as high: the share of 9 999 tables
        drawn under no drift (of 999, where a quarter of these are as high), of values by dealing all rows out anew, of
        quantile bins by the law of the gaps between rows of `against`; adjusted for all m columns after Holm. What an
        index without drift exceeds with a chance of 1 - confidence stands beside each column. So a policy can ask for
        `at_most: 0.1`, for `significance: 0.05`, or with `margin: 0.1` for both.
    Evidence: counts per bin of the columns that `columns` names (with `declared`: the features and the score), of the
        rows that meet `where`. A score that the model computes is counted for rows with a label.
    Inconclusive when: a dataset is not there or has no rows; a column holds one value, or none, in both; most rows of
        both hold a category beyond the 50 most frequent; the interval straddles the threshold; there are fewer rows
        than the minimum; under `significance` alone no drift is found; the manifest names a weight or an entity, since
        rows are counted as if drawn one by one and the distributions behind interval and p-value hold for such rows
        only.
    Limits: the index grows with the number of bins and, by chance alone, as the data get fewer: without drift its mean
        is (bins - 1)(1/n + 1/m). The interval is wide by it: the lower limit leaves it out, so that chance alone seldom
        fails, and the upper limit has it, so that few rows seldom pass. It sees each column alone. In large data a
        p-value is small for a drift that does no harm, in small data an index of 0.1 is chance. No p-value lies under
        0.0001, so of more than 500 columns none is significant at 0.05. A drift is not yet a loss of performance.
    Source: Yurdakul and Naranjo 2020 for the distribution without drift; Wilks 1942 for the gaps; Davison and Hinkley
        1997 for p-values of drawn tables; Holm 1979. The customary bounds of 0.1 and 0.25 have no basis in error rates.
    """
    found = evidence.profile(_request(p, context.view)).columns
    tables = {column.name: _of_column(column) for column in found}
    scores = [evidence.scores(request) for request in _scores(p, context.view)]
    if scores:
        own, other = scores
        tables[SCORE] = _of_scores(own, other, p.bins)
    indices = {name: _index(table, p) for name, table in tables.items()}
    defined = {name: index for name, index in indices.items() if isinstance(index, Psi)}
    nulls = {
        name: without_drift(tables[name].counts, tables[name].against, tables[name].gaps, index.value)
        for name, index in defined.items()
    }
    p_values = [nulls[name].p_value(index.value) for name, index in defined.items()]
    tests = dict(zip(defined, zip(p_values, holm(p_values, len(defined)), strict=True), strict=True))
    estimates = tuple(
        _estimate(name, index, tests.get(name), max(len(defined), 1), context) for name, index in indices.items()
    )
    ordered = sorted(estimates, key=lambda e: (-(e.value if e.value is not None else -1.0), e.group or ""))
    estimates = tuple(e.model_copy(update={"headline": e is ordered[0] or e.value is None}) for e in estimates)
    return Measured(estimates=estimates, exhibits=(_exhibit(ordered, nulls, p, context),))


@dataclass(frozen=True)
class _Table:
    """Rows in the bins of two datasets; the last bin is that of the missing values."""

    counts: tuple[int, ...]
    against: tuple[int, ...]
    gaps: tuple[int, ...] | None
    """Of bins that are ranges, how many gaps between two neighbouring rows of `against` each is made of."""
    rest: tuple[int, int] = (0, 0)
    """Rows of either with a category that is told apart from no other one."""


def _of_column(column: ColumnProfile) -> _Table:
    against = column.against_counts or (0,) * len(column.counts)
    ranges = column.numeric and any(" " in name for name in column.bins)  # a value is written without one
    if ranges:
        under, above = (any(name.startswith(side) for name in column.bins) for side in ("under ", "above "))
        ends = slice(int(under), len(against) - above)
        return _of_ranges(
            (column.counts[0] if under else 0, column.counts[-1] if above else 0),
            column.counts[ends], against[ends], (column.missing, column.against_missing or 0),
        )  # fmt: skip
    folded = not column.numeric and len(column.bins) > CATEGORIES
    return _Table(
        (*column.counts, column.missing),
        (*against, column.against_missing or 0),
        None,
        (column.counts[-1], against[-1]) if folded else (0, 0),
    )


def _of_ranges(
    beyond: tuple[int, int], inner: Sequence[int], against: Sequence[int], missing: tuple[int, int]
) -> _Table:
    """Rows beyond the least and the greatest value of `against`, in the ranges between these, and without a value.

    The last range ends with the greatest, above which its gap lies.
    """
    return _Table(
        (*beyond, *inner, missing[0]),
        (0, 0, *against, missing[1]),
        (1, 1, *against[:-1], against[-1] - 1, missing[1]),
    )


def _of_scores(own: Scores, against: Scores, bins: int) -> _Table:
    """People in the bins of a profile: of few scores of `against` each and all others, or its quantiles and beyond."""
    values, counts, weights = own.score, own.events + own.nonevents, against.events + against.nonevents
    missing = own.unscored, against.unscored
    held, weights = against.score[weights > 0], weights[weights > 0]
    if len(held) <= bins:
        people = dict(zip(values.tolist(), counts.tolist(), strict=True))
        same = [people.pop(score, 0) for score in held.tolist()]
        return _Table((*same, sum(people.values()), missing[0]), (*weights.tolist(), 0, missing[1]), None)
    alone = bool(weights[0] * bins >= weights.sum())  # a least score that fills a quantile is a bin by itself
    below, least, above = values < held[0], (values == held[0]) & alone, values > held[-1]
    inside, rest = ~(below | least | above), int(alone)
    cut, against_cut = quantile_counts(values[inside], counts[inside], held[rest:], weights[rest:], bins)
    under, at, over = (int(counts[side].sum()) for side in (below, least, above))
    return _of_ranges((under, over), (at, *cut), (rest * int(weights[0]), *against_cut), missing)


def _index(table: _Table, p: Parameters) -> Psi | str:
    """The index, or why there is none."""
    empty = [role for role, side in ((p.data, table.counts), (p.against, table.against)) if not sum(side)]
    if empty:
        return f"the {' and '.join(empty)} data have no rows"
    if all(2 * rest > sum(side) for rest, side in zip(table.rest, (table.counts, table.against), strict=True)):
        return "most rows hold a value beyond the 50 most frequent ones, which are not told apart"
    found = psi(table.counts, table.against)
    if found.bins > 1:
        return found
    held = "one value in both datasets" if any(table.counts[:-1]) else "no value in either dataset"
    return f"it holds {held}, so there is no distribution to compare"


def _estimate(
    name: str, index: Psi | str, test: tuple[float, float] | None, comparisons: int, context: Context
) -> Estimate:
    if isinstance(index, str) or test is None:
        return Estimate(name="psi", grouping="column", group=name, undefined=str(index))
    return Estimate(
        name="psi",
        grouping="column",
        group=name,
        value=index.value,
        n=min(index.rows, index.against_rows),
        interval=psi_interval(index, context.confidence),
        simultaneous=psi_interval(index, 1 - (1 - context.confidence) / comparisons),
        comparisons=comparisons,
        p_value=test[0],
        p_adjusted=test[1],
        method=f"{index.method}, {index.bins} bins",
    )


def _exhibit(ordered: list[Estimate], nulls: dict[str, Null], p: Parameters, context: Context) -> Exhibit:
    rows = []
    for e in ordered:
        low, high = (e.interval.low, e.interval.high) if e.interval else (None, None)
        null = nulls.get(e.group or "")
        rows.append((e.group, e.value, low, high, null.quantile(context.confidence) if null else None, e.p_value))
    return Exhibit(
        name="psi",
        title=f"Population stability index, {p.data} against {p.against}",
        columns=exhibit_columns(
            ("label", "Column", "text"), ("value", "PSI", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("null", "Without drift up to", "number"), ("p_value", "p-value", "number"),
        ),
        rows=tuple(rows),
        chart="bar",
        note="Without drift an index exceeds the number beside it with a chance of "
        f"{1 - context.confidence:.3g}, column by column.",
    )  # fmt: skip
