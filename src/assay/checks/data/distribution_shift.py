"""Distribution shift: whether the distribution of a column is another one, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay.checks.data._columns import BesideParameters, beside, columns_found, inputs_and_score
from assay.checks.exhibit import columns as exhibit_columns
from assay.checks.registry import Context, check
from assay.evidence.distributions import Distribution
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.distance import OffBy
from assay.stats.significance import holm
from assay.stats.two_samples import LEVELS, association, ks, ks_p_value, wasserstein, wasserstein_interval


class Parameters(BesideParameters):
    """Which columns of which rows, against which."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The columns of both datasets, value by value."""
    return beside(p, view, inputs_and_score(view))


@check("data.distribution_shift", version=2, estimates={"shift": "lower", "wasserstein": "lower"})
def distribution_shift(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Every input and the score have the distribution that they have in the data they are compared with.

    Method: the estimate `shift` of a column lies between 0 and 1. For a number it is the Kolmogorov-Smirnov distance of
        `data` and `against`: the greatest difference of the shares of rows up to a value. For anything else it is
        Cramér's V: the square root of Pearson's chi-square statistic per row, missing values being a value; the 100
        most frequent values are told apart, all others are one. p-value: of the distance exact up to 10 000 rows, else
        by Kolmogorov's law; of the statistic by the chi-square law where every value expects five rows on both sides,
        else the share of 9 999 tables, rows dealt out anew, that are as uneven (of 999, where a quarter of these are);
        adjusted for all m columns after Holm.
        Interval: of the distance by the inequality of Dvoretzky, Kiefer and Wolfowitz for both samples together, of V
        by inversion of the noncentral chi-square distribution, to whose upper limit its degrees of freedom are added,
        which the statistic holds by chance alone; a second, simultaneous one at 1 - alpha/m holds for all m columns
        together. `wasserstein` of a number is how far a row would have to move on average, over the standard deviation
        of `against`: the area between both distribution functions. Interval: that area where both functions are as near
        to each other, or as far apart, as the same inequality says that they can be at every value; it has no p-value.
    Evidence: people at every value of the columns that `columns` names (with `declared`: the features and the score
        where it is a column), of the rows that meet `where`; of numbers with more than 500 different values in a
        dataset in about 1 000 bins that both share. What bins hide is printed as a bound, and the interval is wider by
        it; no p-value takes it for drift.
    Inconclusive when: a dataset is not there or has no rows; a column has no number in one of them, or one value in
        both; a category has more than 10 000 values or one of more than 200 characters, or most rows of both datasets
        hold a value beyond the 100 most frequent; the interval straddles the threshold; there are fewer rows than the
        minimum; under `significance` alone no shift is found; the manifest names a weight or an entity, since rows are
        counted as if drawn one by one.
    Limits: each column is seen alone. Of numbers missing values are left out: data.drift and data.missing see them. A
        score that the model computes is seen by data.drift only. The interval of `wasserstein` takes rows beyond the
        least and the greatest value that was seen for rows at these, since nothing limits how far others may lie, and
        the standard deviation as it was found. It is wide: of normal numbers without drift it reaches up to about 1.4
        with 200 rows in each dataset, 0.25 with 10 000 and 0.03 with 1 000 000. In large data a p-value is small for a
        shift that does no harm; among tied values the p-value of a number is too large, so that fewer shifts are found
        than might be.
    Source: Kolmogorov 1933, Smirnov 1939, Massart 1990 for the constant of the inequality; Pearson 1900, Cramér 1946,
        Smithson 2003 for the interval of V; Holm 1979. A distance of 0.1 is a convention.
    """
    found = {column.name: _shift(column, p) for column in columns_found(evidence, needs(p, context.view)).columns}
    defined = [name for name, shift in found.items() if isinstance(shift, _Shift)]
    far = sum(isinstance(shift, _Shift) and isinstance(shift.moved, _Moved) for shift in found.values())
    p_values = [shift.p_value for shift in found.values() if isinstance(shift, _Shift)]
    adjusted = dict(zip(defined, holm(p_values, len(defined)), strict=True))
    m = max(len(defined), 1)
    estimates = [_estimate(name, shift, adjusted.get(name), m, context) for name, shift in found.items()]
    ordered = sorted(estimates, key=lambda e: (-(e.value if e.value is not None else -1.0), e.group or ""))
    estimates = [e.model_copy(update={"headline": e is ordered[0] or e.value is None}) for e in estimates]
    moved = [
        _moved(name, s, far, context) for name, s in found.items() if isinstance(s, _Shift) and s.moved is not None
    ]
    if not defined:
        why = "no column can be compared"
        moved = [Estimate(name="wasserstein", grouping="column", undefined=why, undefined_as="evidence_missing")]
    return Measured(estimates=(*estimates, *moved), exhibits=(_exhibit(ordered, found, p),))


@dataclass(frozen=True)
class _Moved:
    value: float
    bound: float
    interval: Callable[[float], Interval]


@dataclass(frozen=True)
class _Shift:
    value: float
    bound: float
    p_value: float
    n: int
    interval: Callable[[float], Interval]
    method: str
    moved: _Moved | str | None = None
    """How far a row would have to move, or why it is not known; None of categories."""


def _shift(column: Distribution, p: Parameters) -> _Shift | str:
    empty = [role for role, rows in ((p.data, column.rows), (p.against, column.against_rows)) if not rows]
    if empty:
        return f"the {' and '.join(empty)} data have no rows"
    return _of_number(column, p) if column.numeric else _of_category(column)


def _of_number(column: Distribution, p: Parameters) -> _Shift | str:
    import numpy as np

    own, other = (np.array(side, dtype=np.int64) for side in (column.counts, column.against_counts))
    n, m = int(own.sum()), int(other.sum())
    empty = [role for role, rows in ((p.data, n), (p.against, m)) if not rows]
    if empty:
        return f"it holds no number in the {' and '.join(empty)} data"
    if len(own) == 1 and column.lows == column.highs:
        return "it holds one value in both datasets, so there is no distribution to compare"
    greatest = ks(column.lows, column.highs, own, other)
    moved: _Moved | str = "it has no spread in the data that it is compared with"
    if column.deviation:
        counted, unit = (column.lows, column.highs, own, other), column.deviation
        far = wasserstein(*counted)
        moved = _Moved(far.value / unit, far.bound / unit, wasserstein_interval(*counted, unit))
    off = OffBy((n, m), bound=greatest.bound)
    return _Shift(
        greatest.value, greatest.bound, ks_p_value(greatest.value, own, other), min(n, m), off.around(greatest.value),
        "Kolmogorov-Smirnov distance", moved,
    )  # fmt: skip


def _of_category(column: Distribution) -> _Shift | str:
    if not column.listed:
        most = max(column.distinct, column.against_distinct)
        return (
            f"it holds {most} different values, too many or too long ones to be categories: an identifier or free text"
        )
    counts, against = (*column.counts, column.missing), (*column.against_counts, column.against_missing)
    found = association(counts, against)
    if found is None:
        held = "one value in both datasets" if column.levels else "no value in either dataset"
        return f"it holds {held}, so there is no distribution to compare"
    if found.rest > 0.5:
        most = max(column.distinct, column.against_distinct)
        return f"it holds {most} different values, and most rows one beyond the {LEVELS} that are told apart"
    tested = "p-value of tables dealt out anew" if found.exact else "p-value by the chi-square law"
    smaller = min(column.rows, column.against_rows)
    return _Shift(
        found.cramers_v, 0.0, found.p_value, smaller, found.interval, f"Cramér's V over {found.values} values, {tested}"
    )


def _estimate(name: str, shift: _Shift | str, adjusted: float | None, comparisons: int, context: Context) -> Estimate:
    if isinstance(shift, str):
        return Estimate(name="shift", grouping="column", group=name, undefined=shift)
    return Estimate(
        name="shift",
        grouping="column",
        group=name,
        value=shift.value,
        bound=shift.bound or None,
        n=shift.n,
        interval=shift.interval(context.confidence),
        simultaneous=shift.interval(1 - (1 - context.confidence) / comparisons),
        comparisons=comparisons,
        p_value=shift.p_value,
        p_adjusted=adjusted,
        method=shift.method,
    )


def _moved(name: str, shift: _Shift, comparisons: int, context: Context) -> Estimate:
    moved, point = shift.moved, context.decide_on == "estimate"
    if isinstance(moved, _Moved) and point and moved.bound > 0.01 * max(moved.value, 1.0):
        moved = f"its values were counted in bins, which can be off by {moved.bound:.2g}: no point decides"
    if not isinstance(moved, _Moved):
        return Estimate(name="wasserstein", grouping="column", group=name, undefined=str(moved), headline=False)
    return Estimate(
        name="wasserstein",
        grouping="column",
        group=name,
        value=moved.value,
        bound=moved.bound or None,
        n=shift.n,
        interval=moved.interval(context.confidence),
        simultaneous=moved.interval(1 - (1 - context.confidence) / max(comparisons, 1)),
        comparisons=comparisons,
        headline=False,
        method="Wasserstein distance over the standard deviation",
    )


def _exhibit(ordered: list[Estimate], found: dict[str, _Shift | str], p: Parameters) -> Exhibit:
    rows = []
    for e in ordered:
        shift = found[e.group or ""]
        moved = shift.moved.value if isinstance(shift, _Shift) and isinstance(shift.moved, _Moved) else None
        low, high = (e.interval.low, e.interval.high) if e.interval else (None, None)
        rows.append((e.group, e.value, low, high, e.p_value, e.p_adjusted, moved, e.method))
    return Exhibit(
        name="shift",
        title=f"Shift of the distributions, {p.data} against {p.against}",
        columns=exhibit_columns(
            ("label", "Column", "text"), ("value", "Shift", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("p_value", "p-value", "number"), ("adjusted", "Adjusted", "number"),
            ("wasserstein", "Standard deviations moved", "number"), ("method", "Measured by", "text"),
        ),
        rows=tuple(rows),
        chart="interval",
    )  # fmt: skip
