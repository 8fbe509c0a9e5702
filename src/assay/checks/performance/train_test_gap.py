"""The gap between the data a model was made from and data it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._metrics import LOSSES, OF_PROBABILITIES, TITLES, Impossible, Metric, Name, metric
from assay.checks.performance._scores import Kind, inexact, share_unlabelled, undefined, unusable
from assay.checks.registry import AgainstParameters, Context, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.comparison import Limits, mover_difference, mover_ratio

Combined = Callable[[float, Limits, float, Limits], tuple[float, float | None]]
"""Limits of a comparison from two numbers and their limits."""


class Parameters(AgainstParameters):
    """Which rows, against which, by which metric."""

    metric: Name = Field(default="auc", exclude_if=lambda name: name == "auc")
    """What is measured in both."""
    exact: bool = Field(default=False, exclude_if=lambda exact: not exact)
    """true: exact by ranks, however many scores there are."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score, in both datasets."""
    missing = view.lacks(data=(p.data, p.against), label=True, score=True, probability=p.metric in OF_PROBABILITIES)
    return Needs(
        () if missing else tuple(ScoresRequest(role, p.where, p.exact) for role in (p.data, p.against)), missing
    )


@check(
    "performance.train_test_gap",
    version=1,
    estimates={"{metric}_gap": "lower", "{metric}_relative_gap": "lower"},
    honours=("weight", "entity"),
)
def train_test_gap(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model does about as well on data it has not seen as on the data it was made from.

    Method: the `metric` is measured in both datasets as its own check measures it: `auc` (performance.auc), `ks`,
        `average_precision`, `brier`, or `log_loss`. The estimate `auc_gap`, or `ks_gap` and so on, is the metric in the
        dataset `against` minus that in the dataset `data`; of the two losses, of which less is better, that in `data`
        minus that in `against`. So a positive gap means that the model is better on what it knows. The estimate
        `auc_relative_gap`, or `ks_relative_gap` and so on, is the gap over the metric in `against`. Intervals: MOVER
        from the intervals of both numbers, which are independent samples. Beyond 500 000 distinct scores, with `exact`,
        and with weights or entities, as the check of the metric says; what the two numbers can be off by in bins adds
        up. Where people stand in several rows `ks` has no interval.
    Evidence: events and non-events at each distinct score, or in bins, of both datasets, of the rows that meet `where`.
    Inconclusive when: there is one class only; a row has no finite score; the score is no probability (brier,
        log_loss); a loss is infinite (log_loss), or the metric is 0 in `against` (relative gap); too many rows have no
        label; there is no interval, or it straddles the threshold; there are fewer rows than the minimum; the policy
        decides on the estimate, and scores were counted in bins.
    Limits: the two datasets are taken as independent; rows or entities that stand in both hide a gap. A small gap does
        not make a good model, and one of the two may be harder for other reasons than having been seen; losses and
        average precision differ between datasets of different shares of events by that alone.
    Source: DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006; Donner and Zou 2012; of the other metrics as their
        checks say.
    """
    tables: dict[Role, Scores] = {
        role: evidence.scores(ScoresRequest(role, p.where, p.exact)) for role in (p.against, p.data)
    }
    unlabelled = share_unlabelled(*tables.values())
    names, found = (f"{p.metric}_gap", f"{p.metric}_relative_gap"), dict[Role, Metric]()
    for role, scores in tables.items():
        made = _metric(p.metric, scores, role)
        if isinstance(made, Metric):
            found[role] = made
            continue
        return Measured(estimates=tuple(undefined(name, made, scores) for name in names), unlabelled=unlabelled)
    for role, each in found.items():
        if each.bound and context.decide_on == "estimate":
            why = inexact(role, each.bound)
            both = tuple(undefined(name, why, tables[role]) for name in names)
            return Measured(estimates=both, unlabelled=unlabelled)
    gap = _Gap(p, found[p.against], found[p.data], context.confidence)
    n = min(int(scores.events.sum() + scores.nonevents.sum()) for scores in tables.values())
    relative = gap.relative(n)
    if relative is None:
        nothing = f"the {TITLES[p.metric]} of the {p.against} data is 0", "estimate_undefined"
        relative = undefined(names[1], nothing, tables[p.against])  # type: ignore[arg-type]
    return Measured(
        estimates=(gap.absolute(n), relative),
        exhibits=(_table(p.metric, tables, found, context.confidence),),
        unlabelled=unlabelled,
    )


def _metric(name: Name, scores: Scores, role: Role) -> Metric | tuple[str, Kind]:
    why: tuple[str, Kind] | None = unusable(scores, role)
    if why is not None:
        return why
    try:
        return metric(name, scores)
    except Impossible as impossible:
        return f"{role} data: {impossible}", "estimate_undefined"


@dataclass(frozen=True)
class _Gap:
    """Of one metric in two independent samples."""

    p: Parameters
    seen: Metric
    unseen: Metric
    confidence: float

    def absolute(self, n: int) -> Estimate:
        """How much better it is in what was seen."""
        better, worse = (self.unseen, self.seen) if self.p.metric in LOSSES else (self.seen, self.unseen)
        bound, most = self.seen.bound + self.unseen.bound, self.seen.most
        limits = self._limits(better, worse, mover_difference)
        if limits is not None:
            low, high = limits[0] - bound, limits[1] + bound
            limits = (low, high) if most is None else (max(low, -most), min(high, most))
        return self._estimate("gap", better.value - worse.value, limits, bound, n)

    def relative(self, n: int) -> Estimate | None:
        """The gap as a share of the number in what was seen; None where that is 0."""
        if not self.seen.value > 0:
            return None
        sign = 1 if self.p.metric in LOSSES else -1
        ratio = self.unseen.value / self.seen.value
        limits = self._limits(self.unseen, self.seen, mover_ratio)
        bound = self._bound_of_ratio(ratio)
        if bound is None or limits is None:
            return self._estimate("relative_gap", sign * (ratio - 1), None, bound, n)
        low, high = sorted(sign * (end - 1) for end in (max(limits[0] - bound, 0.0), limits[1] + bound))
        return self._estimate("relative_gap", sign * (ratio - 1), (low, high), bound, n)

    def _bound_of_ratio(self, ratio: float) -> float | None:
        if self.seen.bound >= self.seen.value:
            return None
        return (self.unseen.bound + ratio * self.seen.bound) / (self.seen.value - self.seen.bound)

    def _limits(self, one: Metric, other: Metric, made: Combined) -> tuple[float, float] | None:
        """Without what bins hide: what two numbers are off by adds up, as chance does not."""
        ends = [_ends(each, self.confidence) for each in (one, other)]
        if ends[0] is None or ends[1] is None:
            return None
        low, high = made(one.value, ends[0], other.value, ends[1])
        return None if high is None else (low, high)

    def _estimate(self, name: str, value: float, limits: Limits | None, bound: float | None, n: int) -> Estimate:
        p = self.p
        of = f"{TITLES[p.metric]} of {p.against} minus {TITLES[p.metric]} of {p.data}"
        if p.metric in LOSSES:
            of = f"{TITLES[p.metric]} of {p.data} minus {TITLES[p.metric]} of {p.against}"
        said = dict.fromkeys(each.said for each in (self.seen, self.unseen))
        share = f", over that of {p.against}" if name == "relative_gap" else ""
        interval = None
        if limits is not None:
            wider = "; wider by the bins' bounds" if bound else ""
            interval = Interval(
                low=limits[0], high=limits[1], confidence=self.confidence,
                method=f"MOVER from the intervals of both{' areas' if p.metric == 'auc' else ''}{wider}",
            )  # fmt: skip
        return Estimate(
            name=f"{p.metric}_{name}", value=value, n=n, bound=bound or None, interval=interval,
            method=of + share + "".join(said),
        )  # fmt: skip


def _ends(found: Metric, confidence: float) -> Limits | None:
    interval = found.sampled(confidence)
    if interval is None or interval.low is None or interval.high is None:
        return None
    return interval.low, interval.high


def _table(name: Name, tables: dict[Role, Scores], found: dict[Role, Metric], confidence: float) -> Exhibit:
    given = columns(
        ("label", "Data", "text"), ("value", TITLES[name], "number"), ("low", "From", "number"),
        ("high", "To", "number"), ("events", "Events", "count"), ("nonevents", "Non-events", "count"),
    )  # fmt: skip
    rows = []
    for role, each in found.items():
        interval = each.interval(confidence)
        limits = (interval.low, interval.high) if interval else (None, None)
        rows.append((role, each.value, *limits, int(tables[role].events.sum()), int(tables[role].nonevents.sum())))
    return Exhibit(
        name="areas" if name == "auc" else name,
        title=f"{'Area under the ROC curve' if name == 'auc' else TITLES[name]}, by dataset",
        columns=given,
        rows=tuple(rows),
        chart="interval",
    )
