"""Stability over time: whether a metric holds in every month, quarter or year."""

from __future__ import annotations

from math import inf, log
from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.performance._periods import NAMES, Period, periods_of_residuals, periods_of_scores
from assay.checks.performance._scores import inexact
from assay.checks.registry import Context, DataParameters, Good, check
from assay.evidence.moments import Moments
from assay.evidence.request import GroupScoresRequest, MomentsRequest, Needs, Quantity
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

RESIDUALS: dict[str, Quantity] = {
    "mean_residual": "residual",
    "root_mean_squared_error": "residual",
    "mean_absolute_error": "absolute_residual",
}
PROBABILITIES = ("brier", "observed_expected")


class Parameters(DataParameters):
    """Which rows, which periods, which metric."""

    period: Literal["month", "quarter", "year"] = "month"
    """How long a period is."""
    metric: Literal[
        "auc", "ks", "brier", "event_rate", "observed_expected",
        "mean_residual", "root_mean_squared_error", "mean_absolute_error",
    ] = "auc"  # fmt: skip
    """What is measured in each period."""

    @property
    def grouping(self) -> str:
        """The periods as a grouping of rows."""
        return f"({self.period})"


def _request(p: Parameters) -> GroupScoresRequest | MomentsRequest:
    if p.metric in RESIDUALS:
        return MomentsRequest(p.data, p.grouping, RESIDUALS[p.metric], p.where)
    return GroupScoresRequest(p.data, p.grouping, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score of each period, or moments of the residual."""
    regression, declared = p.metric in RESIDUALS, view.manifest.columns
    missing = view.lacks(
        data=(p.data,), label=not regression, score=not regression, probability=p.metric in PROBABILITIES, time=True
    )
    if regression and (declared is None or declared.label is None):
        missing = (*missing, "columns.label")
    if regression and (declared is None or declared.score is None or declared.score.kind != "value"):
        missing = (*missing, "columns.score of kind: value")
    return Needs(() if missing else (_request(p),), missing)


GOOD: dict[str, Good] = {
    "auc": "higher", "ks": "higher", "brier": "lower", "event_rate": None, "observed_expected": 1,
    "mean_residual": 0, "root_mean_squared_error": "lower", "mean_absolute_error": "lower",
}  # fmt: skip


@check("performance.stability_over_time", version=2, estimates={"{metric}": GOOD}, honours=("weight",))
def stability_over_time(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model works in every period of time, not only on the average of all.

    Method: rows are told apart by the `period` (month, quarter or year) of the day in the manifest's `columns.time`,
        and one `metric` is measured in each: `auc`, `ks` or `brier` as the checks of these names measure it;
        `event_rate`, the share of rows with the event; `observed_expected`, events over the sum of the probabilities;
        for a regression `mean_residual`, `root_mean_squared_error` or `mean_absolute_error`. The estimates bear the
        name of the metric, one for each period. Intervals: those of the checks named; Wilson's for the event rate, and
        over the mean probability for observed over expected; Student's for means of residuals, for the root on the
        logarithm and the reciprocal. A second, simultaneous interval at 1 - alpha/m holds for all m periods together;
        for an event rate of fewer rows than the minimum it is Clopper and Pearson's. The headline is the worst period:
        the lowest AUC or KS, the largest error, the event rate farthest from that of all periods, the observed over
        expected farthest from 1 as a ratio. Sampling weights weigh rows.
    Evidence: people with the event and without it by score and period, or sums of powers of label less score by period,
        in the dataset `data`, of the rows that meet `where`. The event is what a higher score speaks for. Days count as
        they stand, those with a time zone in UTC. Rows without a day are counted and left out, and their share is
        limited as that of people without a known group is.
    Inconclusive when: a period has fewer rows than the minimum, no labels, one class only (auc, ks), or a row without a
        finite score; an interval straddles the threshold; too many rows have no label or no day; the policy decides on
        the estimate, and the scores were counted in bins.
    Limits: it does not see a trend that stays within the threshold, nor changes within a period; first and last periods
        are often incomplete. Rows are taken as independent, within and between periods; entities are not honoured.
        Beyond 500 000 different scores people are counted in bins, and metrics of probabilities take the mean of each
        bin over all periods.
    Source: as performance.auc, ks, brier, calibration and the errors of a regression; Bonferroni for m periods.
    """
    request = _request(p)
    if isinstance(request, MomentsRequest):
        moments = evidence.of(request, Moments)
        periods = list(periods_of_residuals(moments, p.grouping, p.metric))
        total, unlabelled = moments.total, sum(moments.unlabelled)
    else:
        scores = evidence.group_scores(request)
        periods = list(periods_of_scores(scores, p.metric))
        total, unlabelled = scores.total, int(scores.unlabelled.counts.sum())
    dated = sum(period.rows for period in periods)
    estimates = _estimates(periods, p, context)
    return Measured(
        estimates=estimates,
        exhibits=(_table(periods, p, context.confidence),),
        unlabelled=unlabelled / total if total else None,
        unknown={p.grouping: (total - dated) / total} if total else {},
    )


def _estimates(periods: list[Period], p: Parameters, context: Context) -> tuple[Estimate, ...]:
    if not periods:
        why = f"no row of the {p.data} data has a day"
        return (Estimate(name=p.metric, grouping=p.grouping, undefined=why, undefined_as="evidence_missing"),)
    there = [period for period in periods if period.value is not None]
    overall = _overall(there)
    judged = [period for period in there if period.n >= context.minimum] or there
    worst = max(judged, key=lambda period: _badness(p.metric, period.value or 0.0, overall), default=None)
    rows = sum(period.rows for period in periods)
    return tuple(
        _estimate(period, p, context, len(there), period.rows / rows if rows else 0.0,
                  headline=worst is None or period is worst)
        for period in periods
    )  # fmt: skip


def _overall(periods: list[Period]) -> float:
    """The mean over all rows."""
    n = sum(period.n for period in periods)
    return sum(period.n * (period.value or 0.0) for period in periods) / n if n else 0.0


def _badness(metric: str, value: float, overall: float) -> float:
    """The larger, the worse."""
    match metric:
        case "auc" | "ks":
            return -value
        case "event_rate":
            return abs(value - overall)
        case "observed_expected":
            return abs(log(value)) if value > 0 else inf
        case "mean_residual":
            return abs(value)
    return value


def _estimate(period: Period, p: Parameters, context: Context, m: int, share: float, *, headline: bool) -> Estimate:
    undefined, kind = period.why
    if period.value is not None and period.bound and context.decide_on == "estimate":
        undefined, kind = inexact(period.name, period.bound, ranked=False)
    value = None if undefined else period.value
    together, small = 1 - (1 - context.confidence) / max(m, 1), period.n < context.minimum
    return Estimate(
        name=p.metric,
        shape="difference" if p.metric == "mean_residual" else "value",
        grouping=p.grouping,
        group=period.name,
        value=value,
        undefined=undefined or None,
        undefined_as=kind,
        n=period.n,
        numerator=period.events if value is not None else None,
        denominator=period.n if value is not None and period.events is not None else None,
        design=period.design,
        bound=(period.bound or None) if value is not None else None,
        interval=period.interval(context.confidence) if value is not None else None,
        simultaneous=(period.exact if small else period.interval)(together) if value is not None else None,
        comparisons=max(m, 1),
        headline=headline,
        share=share,
        method=period.method or None,
    )


def _table(periods: list[Period], p: Parameters, confidence: float) -> Exhibit:
    """One line per period, in the order of time."""
    rows = []
    for period in periods:
        interval = period.interval(confidence) if period.value is not None else None
        limits = (interval.low, interval.high) if interval else (None, None)
        rows.append((period.name, period.value, *limits, period.n, period.rows))
    title = NAMES[p.metric]
    given = columns(
        ("label", p.period.capitalize(), "text"), ("value", title, "number"), ("low", "From", "number"),
        ("high", "To", "number"), ("counted", "Counted", "count"), ("rows", "Rows", "count"),
    )  # fmt: skip
    return Exhibit(
        name=f"{p.metric}[{p.period}]",
        title=f"{title} by {p.period}",
        columns=given,
        rows=tuple(rows),
        chart="interval",
    )
