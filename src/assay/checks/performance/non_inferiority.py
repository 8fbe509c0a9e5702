"""Champion and challenger: how much better, or worse, the model under audit predicts than the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Literal

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.paired_scores import ABSOLUTE, LOG, SQUARE, PairedLoss, PairedScores
from assay.evidence.request import Needs, PairedScoresRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.paired_scores import (
    LossSums,
    auc_difference,
    auc_difference_interval,
    mean_difference,
    mean_interval,
    root_difference,
)

Kind = Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"]
Metric = Literal["auc", "brier", "log_loss", "root_mean_squared_error", "mean_absolute_error"]
_LOSSES: dict[Metric, str] = {
    "brier": SQUARE,
    "log_loss": LOG,
    "root_mean_squared_error": SQUARE,
    "mean_absolute_error": ABSOLUTE,
}
_NUMBERS = ("root_mean_squared_error", "mean_absolute_error")
_TOLD: dict[Metric, str] = {
    "auc": "area under the ROC curve, challenger minus champion",
    "brier": "Brier score, champion minus challenger",
    "log_loss": "log loss, champion minus challenger",
    "root_mean_squared_error": "root mean squared error, champion minus challenger",
    "mean_absolute_error": "mean absolute error, champion minus challenger",
}


class Parameters(DataParameters):
    """Which rows, and what is compared."""

    metric: Metric = "auc"
    """`auc`; `brier` or `log_loss` of probabilities; `root_mean_squared_error` or `mean_absolute_error` of a number."""


def _request(p: Parameters) -> PairedScoresRequest:
    return PairedScoresRequest(p.data, p.where, "residuals" if p.metric in _NUMBERS else "events")


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Both scores of the same rows, and their labels."""
    missing = (*_lacking(p, view), *view.lacks(champion=("score",)))
    declared = view.manifest.columns
    champion = declared.champion_score if declared is not None else None
    if declared is not None and champion is not None:
        kind = "value" if p.metric in _NUMBERS else "probability"
        if p.metric != "auc" and champion.kind != kind:
            missing = (*missing, f"columns.champion.kind: {kind}")
        elif p.metric == "auc" and declared.label is not None and declared.meaning_of(champion) is None:
            missing = (*missing, "columns.champion.higher")
    return Needs(() if missing else (_request(p),), missing)


def _lacking(p: Parameters, view: SubjectView) -> tuple[str, ...]:
    if p.metric not in _NUMBERS:
        return view.lacks(data=(p.data,), label=True, score=True, probability=p.metric != "auc")
    lacking, declared = view.lacks(data=(p.data,)), view.manifest.columns
    if declared is None or declared.label is None:
        lacking = (*lacking, "columns.label")
    if declared is None or declared.score is None:
        lacking = (*lacking, "columns.score")
    elif declared.score.kind != "value":
        lacking = (*lacking, "columns.score.kind: value")
    return lacking


@check("performance.non_inferiority", version=1, estimates={"{metric}_difference": "higher"})
def non_inferiority(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model predicts no worse than the one in use, by more than a margin that was set before.

    Method: the model under audit is the challenger, the model in use the champion; both scores are of the same rows.
        The estimate `<metric>_difference`, with `metric` one of auc, brier, log_loss, root_mean_squared_error and
        mean_absolute_error, is how much better the challenger is: positive is better, so `at_least: -0.01` says that it
        may be worse by a hundredth and no more, and `above: 0` that it is better. The area under the ROC curve is taken
        challenger minus champion, each loss champion minus challenger. Interval of the area: at each end the wider of
        DeLong's for two correlated areas, which alone is too short where areas are high, and of the square-and-add one
        from the limits of both; with fewer than 10 events or non-events, or where nothing varies, a bound over disjoint
        pairs (Clopper-Pearson where both order all rows alike, else Hoeffding). Of a mean loss: Student's of the
        differences row by row; of the root mean squared error the same by the delta method. Where the Brier scores of
        all rows differ by the same, the interval holds what unseen rows could add by Clopper-Pearson; other losses then
        have none. A score of the champion that speaks for the other outcome is turned round. The margin is the
        threshold of the criterion, and says its source.
    Evidence: sums over the rows of the dataset `data` that meet `where`: of the placements of both scores, their
        squares and products, and of both losses and their differences. They are exact and hold no row.
    Inconclusive when: the manifest names no score of the champion (`columns.champion.score`), or one of another kind; a
        row has no finite score of one of them; there is one class only; a log loss is infinite; too many rows have no
        label; the interval straddles the margin; there are fewer rows than the minimum; the manifest declares sampling
        weights or entities.
    Limits: where the labels are those of people whom the champion accepted, it looks worse or better than it is. A
        challenger chosen for these very rows looks better than it is. Student's interval is too short where a few rows
        make most of the loss. At most 2^30 rows. Weights and entities are not taken into account. The margin of 0.01
        that is often taken has no other ground than habit.
    Source: DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006; Zou 2007; Hoeffding 1963; Clopper and Pearson 1934;
        Brier 1950; Good 1952.
    """
    scores = evidence.of(_request(p), PairedScores)
    why = _unusable(scores, p)
    if why is not None:
        return Measured(estimates=(_undefined(p.metric, why, scores),), unlabelled=_unlabelled(scores))
    found = _area(scores, context) if p.metric == "auc" else _loss(scores, p.metric, context)
    estimate = Estimate(
        name=f"{p.metric}_difference",
        value=found.value,
        n=scores.people,
        interval=found.interval,
        method=_TOLD[p.metric],
    )
    return Measured(estimates=(estimate,), exhibits=(_table(found, scores, p.metric),), unlabelled=_unlabelled(scores))


@dataclass(frozen=True)
class _Found:
    value: float
    interval: Interval | None
    challenger: float
    champion: float
    errors: tuple[float | None, ...]
    """Standard errors of challenger, champion and difference."""


def _unlabelled(scores: PairedScores) -> float | None:
    return scores.unlabelled / scores.total if scores.total else None


def _unusable(scores: PairedScores, p: Parameters) -> tuple[str, Kind] | None:
    """Why nothing can be compared; None where it can."""
    if not scores.total:
        return f"the {p.data} data have no rows", "evidence_missing"
    if scores.unscored:
        told = f"{scores.unscored} of {scores.total} rows of the {p.data} data have no finite score of both models"
        return told, "estimate_undefined"
    if not scores.people:
        return f"no row of the {p.data} data has a label", "evidence_missing"
    if p.metric == "auc" and not (scores.events and scores.nonevents):
        level = "the event" if scores.events else "a non-event"
        told = f"every labelled row of the {p.data} data is {level} ({scores.event}): one class only"
        return told, "estimate_undefined"
    if p.metric == "log_loss" and any(scores.impossible):
        own, other = scores.impossible
        told = f"what happened had the probability 0 in {own} rows by the challenger and in {other} by the champion"
        return f"{told}: their log loss is infinite", "estimate_undefined"
    if p.metric != "auc" and scores.people < 2:
        return "one row has no interval", "sample_too_small"
    return None


def _undefined(metric: Metric, why: tuple[str, Kind], scores: PairedScores) -> Estimate:
    return Estimate(name=f"{metric}_difference", undefined=why[0], undefined_as=why[1], n=scores.people)


def _area(scores: PairedScores, c: Context) -> _Found:
    placed, people = scores.placements, (scores.events or 0, scores.nonevents)
    assert placed is not None  # noqa: S101  events have placements
    found = auc_difference(
        people,
        (placed.own, placed.champion),
        (placed.event_own_squares, placed.event_champion_squares, placed.event_products),
        (placed.nonevent_own_squares, placed.nonevent_champion_squares, placed.nonevent_products),
    )
    interval = auc_difference_interval(found, c.confidence)
    errors = tuple(_error(each.variance) for each in (found.first, found.second, found.difference))
    return _Found(found.difference.value, interval, found.first.value, found.second.value, errors)


def _loss(scores: PairedScores, metric: Metric, c: Context) -> _Found:
    loss = scores.loss(_LOSSES[metric])
    assert loss is not None  # noqa: S101  the manifest's kinds were asked for
    sums = _sums(loss, scores.people)
    challenger, champion = sums.means
    if metric == "root_mean_squared_error":
        difference, challenger, champion = root_difference(sums), sqrt(challenger), sqrt(champion)
    else:
        difference = mean_difference(sums)
    interval = mean_interval(difference, c.confidence, greatest=1.0 if metric == "brier" else None)
    return _Found(difference.value, interval, challenger, champion, (None, None, _error(difference.variance)))


def _error(variance: float) -> float | None:
    return sqrt(variance) if isfinite(variance) else None


def _sums(loss: PairedLoss, rows: int) -> LossSums:
    return LossSums(
        rows, loss.unit, loss.mean, loss.difference, loss.mean_squares, loss.products, loss.difference_squares
    )  # fmt: skip


def _table(found: _Found, scores: PairedScores, metric: Metric) -> Exhibit:
    interval = found.interval
    low, high = (interval.low, interval.high) if interval else (None, None)
    lines = (
        ("Champion", found.champion, found.errors[1], None, None),
        ("Challenger", found.challenger, found.errors[0], None, None),
        ("Challenger better by", found.value, found.errors[2], low, high),
    )
    told = f"{scores.events} events ({scores.event}) and {scores.nonevents} non-events" if scores.event else "A number"
    return Exhibit(
        name="champion_and_challenger",
        title=f"{metric.replace('_', ' ').upper() if metric != 'brier' else 'Brier score'} of both models",
        columns=columns(
            ("label", "Model", "text"),
            ("value", "Value", "number"),
            ("error", "Standard error", "number"),
            ("low", "From", "number"),
            ("high", "To", "number"),
        ),
        rows=lines,
        note=f"{told}, of {scores.people} rows with a label and both scores.",
    )
