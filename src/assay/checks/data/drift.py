"""Drift: whether the columns are distributed as they were."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.profile import ColumnProfile
from assay.evidence.request import Needs, ProfileRequest, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.psi import Psi, psi, psi_interval, quantile_counts

SCORE = "(score)"


class Parameters(DataParameters):
    """Which columns of which rows, against which."""

    against: Role = "train"
    """The dataset it is compared with."""
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
    if p.data == p.against:
        missing += (f"a second dataset: data and against are both {p.data}",)
    missing += () if _columns(p, view) else ("features",)
    return Needs(() if missing else (_request(p, view), *_scores(p, view)), missing)


@check("data.drift", version=1)
def drift(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The inputs and the score are distributed in these data as in the data they are compared with.

    Method: the estimate `psi` of a column is the population stability index between the datasets `data` and `against`:
        the sum over the bins of (a - b) ln(a / b) with the shares a and b. A number is cut into `bins` quantiles of
        `against`, with bins of their own for values beyond its least and its greatest; where `against` has no more
        than `bins` distinct values, each is a bin and all other values are one. A category has a bin for each value,
        and missing values are a bin. Where a bin is empty on one side, every bin gets half a row more. Interval: by
        inversion of the noncentral chi-square distribution; a second, simultaneous one at 1 - alpha/m holds for all m
        columns together.
    Evidence: counts per bin of the columns that `columns` names (with `declared`: the features and the score), of the
        rows that meet `where`. A score that the model computes is counted for rows with a label.
    Inconclusive when: a dataset is not there or has no rows; a column holds one value, or none, in both; the interval
        straddles the threshold; there are fewer rows than the minimum; the manifest names a weight or an entity, since
        rows are counted as if drawn one by one and the distribution behind the interval holds for such rows only.
    Limits: the index grows with the number of bins and, by chance alone, as the data get fewer: without drift its mean
        is (bins - 1)(1/n + 1/m). It sees each column alone. A drift is not yet a loss of performance.
    Source: Yurdakul and Naranjo 2020 for the distribution without drift. The customary bounds of 0.1 and 0.25 have no
        basis in error rates.
    """
    found = evidence.profile(_request(p, context.view)).columns
    indices = {column.name: _of_column(column, p) for column in found}
    scores = [evidence.scores(request) for request in _scores(p, context.view)]
    if scores:
        own, other = scores
        counts, against = _score_counts(own, other, p.bins)
        indices[SCORE] = _index((*counts, own.unscored), (*against, other.unscored), p)
    m = max(sum(isinstance(index, Psi) for index in indices.values()), 1)
    estimates = tuple(_estimate(name, index, m, context) for name, index in indices.items())
    ordered = sorted(estimates, key=lambda e: (-(e.value if e.value is not None else -1.0), e.group or ""))
    estimates = tuple(e.model_copy(update={"headline": e is ordered[0] or e.value is None}) for e in estimates)
    table = Exhibit(
        name="psi",
        title=f"Population stability index, {p.data} against {p.against}",
        columns=exhibit_columns(
            ("label", "Column", "text"), ("value", "PSI", "number"), ("low", "From", "number"),
            ("high", "To", "number"),
        ),
        rows=tuple(
            (e.group, e.value, e.interval.low if e.interval else None, e.interval.high if e.interval else None)
            for e in ordered
        ),
        chart="bar",
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _of_column(column: ColumnProfile, p: Parameters) -> Psi | str:
    against = column.against_counts or (0,) * len(column.counts)
    return _index((*column.counts, column.missing), (*against, column.against_missing or 0), p)


def _score_counts(own: Scores, against: Scores, bins: int) -> tuple[list[int], list[int]]:
    """People in the bins of a profile: of few scores of `against` each and all others, or its quantiles and beyond."""
    values, counts, weights = own.score, own.events + own.nonevents, against.events + against.nonevents
    held, weights = against.score[weights > 0], weights[weights > 0]
    if len(held) <= bins:
        people = dict(zip(values.tolist(), counts.tolist(), strict=True))
        same = [people.pop(score, 0) for score in held.tolist()]
        return [*same, sum(people.values())], [*weights.tolist(), 0]
    alone = bool(weights[0] * bins >= weights.sum())  # a least score that fills a quantile is a bin by itself
    below, least, above = values < held[0], (values == held[0]) & alone, values > held[-1]
    inside, rest = ~(below | least | above), int(alone)
    cut, against_cut = quantile_counts(values[inside], counts[inside], held[rest:], weights[rest:], bins)
    beside = (int(counts[side].sum()) for side in (below, least, above))
    return [*beside, *cut], [0, rest * int(weights[0]), 0, *against_cut]


def _index(counts: tuple[int, ...], against: tuple[int, ...], p: Parameters) -> Psi | str:
    """The index, or why there is none; the last bin is that of the missing values."""
    empty = [role for role, side in ((p.data, counts), (p.against, against)) if not sum(side)]
    if empty:
        return f"the {' and '.join(empty)} data have no rows"
    found = psi(counts, against)
    if found.bins > 1:
        return found
    held = "one value in both datasets" if any(counts[:-1]) else "no value in either dataset"
    return f"it holds {held}, so there is no distribution to compare"


def _estimate(name: str, index: Psi | str, comparisons: int, context: Context) -> Estimate:
    if isinstance(index, str):
        return Estimate(name="psi", grouping="column", group=name, undefined=index)
    return Estimate(
        name="psi",
        grouping="column",
        group=name,
        value=index.value,
        n=min(index.rows, index.against_rows),
        interval=psi_interval(index, context.confidence),
        simultaneous=psi_interval(index, 1 - (1 - context.confidence) / comparisons),
        comparisons=comparisons,
        method=f"{index.method}, {index.bins} bins",
    )
