"""Any metric of scikit-learn."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from pydantic import Field, field_validator, model_validator

from assay.checks._sklearn import DECISIONS, RANKING, SCORERS, SCORES, Metric, Table, problem
from assay.checks.performance._decisions import (
    Decided,
    PositiveParameters,
    Why,
    confusion,
    decided,
    decision_needs,
)
from assay.checks.performance._scores import share_unlabelled, unusable
from assay.checks.registry import Context, check
from assay.evidence.rates import positive_level
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.record.frozen import Scalar
from assay.stats.resampled import Resampled, interval_of_one, resample, resample_still

_REGRESSION = ("error", "deviance", "pinball", "explained_variance", "r2")
_BY_CLASS = ("_ovr", "_ovo", "top_k", "_samples")


class Parameters(PositiveParameters):
    """Which metric, of which people."""

    metric: str = "accuracy_score"
    """Its name in sklearn.metrics, or that of a scorer, such as `neg_log_loss`."""
    arguments: dict[str, Scalar] = Field(default={})
    """Arguments of the metric, such as `{beta: 2}`."""

    @property
    def function(self) -> str:
        """The name in sklearn.metrics."""
        return SCORERS[self.metric][0] if self.metric in SCORERS else self.metric

    @property
    def given(self) -> Mapping[str, Scalar]:
        """The arguments, with those of the scorer."""
        return {**(SCORERS[self.metric][1] if self.metric in SCORERS else {}), **self.arguments}

    @property
    def turned(self) -> bool:
        """Whether the scorer has the sign of the metric turned."""
        return self.metric.startswith("neg_")

    @field_validator("metric")
    @classmethod
    def _known(cls, name: str) -> str:
        known = (*DECISIONS, *SCORES, *SCORERS)
        if name in known:
            return name
        if any(part in name for part in _BY_CLASS):
            raise ValueError(f"{name[:60]!r} needs a score of each class; the manifest names one score")
        if any(part in name for part in _REGRESSION):
            raise ValueError(
                f"{name[:60]!r} is of numbers that a regression predicts; see performance.mean_absolute_error"
            )
        near = difflib.get_close_matches(name, known, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise ValueError(f"no metric of decisions or scores in scikit-learn is called {name[:60]!r}; {hint}")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        name, allowed = self.function, {**DECISIONS, **SCORES}[self.function]
        for argument, value in self.arguments.items():
            if argument not in allowed or argument in SCORERS.get(self.metric, ("", {}))[1]:
                told = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
                raise ValueError(f"{self.metric} takes no argument {argument[:60]!r} here; {told}")
            if (wrong := problem(argument, value)) is not None:
                raise ValueError(f"{self.metric}: {wrong}")
        if name == "fbeta_score" and "beta" not in self.arguments:
            raise ValueError("fbeta_score needs arguments: {beta: …}")
        if name in SCORES and (self.positive != "favourable" or self.classes):
            raise ValueError(
                f"{self.metric} is of the event that the score speaks for; leave `positive`, `classes` out"
            )
        if self.classes and "average" in allowed and self.given.get("average", "binary") == "binary":
            raise ValueError(f"{self.metric} of several classes needs arguments: {{average: macro, micro or weighted}}")
        return self


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of label and decision, or of labels by score."""
    if p.function not in SCORES:
        return decision_needs(p, view)
    missing = view.lacks(data=(p.data,), label=True, score=True, probability=p.function not in RANKING)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check("performance.metric", version=1, estimates={"metric": None})
def metric(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """A metric of scikit-learn, chosen by the policy, is good enough.

    Method: `metric` is the name of a function of sklearn.metrics, with `arguments`, or that of a scorer, of which those
        that begin with `neg_` have the sign turned; the estimate `metric` names it. It is computed by scikit-learn from
        counts as sample weights. Those of label and decision take as positive what `positive` says, or where there are
        more than two outcomes `classes` names all of them; those of label and score (roc_auc_score, log_loss and the
        like) the event that the score speaks for. Interval: BCa, from 1000 bootstrap samples of the people; for more
        than 5000 distinct scores, with `max_fpr` and of several classes, Student's from 100. The samples are seeded by
        the counts. Where no sample moves the metric, as with a recall of 0 out of 500, they are drawn from a Dirichlet
        distribution, with the people of each cell of label and decision and one in each empty one (two for all scores
        or classes of a label): for a rate of 0 or 1 their quantiles are the limits of Clopper and Pearson. The interval
        is then one of percentiles.
    Evidence: counts of people by label and decision, or by label and score, in the dataset `data`, of the rows that
        meet `where`. People without label, decision or score are left out.
    Inconclusive when: the metric is not defined, as where scikit-learn warns and returns 0, or where all labels are the
        same and the metric needs both; a class occurs nowhere, or one that `classes` does not name occurs; no people
        could change the metric; there are fewer people than the minimum; scores were counted in bins; an interval
        straddles the threshold; too many people have no label or no decision.
    Limits: the minimum counts people with label and decision, also where the metric looks at some of them only.
        Bootstrap intervals cover less often than they say where there are few people of an outcome: the checks of one
        metric, such as performance.precision, have better ones, and take sampling weights and repeated entities, which
        this one does not. Metrics of regression are not taken, nor those that need a score of each class.
    Source: scikit-learn; interval: Efron 1987; Clopper and Pearson 1934.
    """
    if p.function in SCORES:
        scores = evidence.scores(ScoresRequest(p.data, p.where))
        why = unusable(scores, p.data) or _binned(scores)
        estimate = _estimate(None if why else _of_scores(scores, p), why, p, context)
        return Measured(estimates=(estimate,), unlabelled=share_unlabelled(scores))
    given = decided(evidence, p, context)
    why = given.why_not(p.levels, strict=bool(p.classes))
    estimate = _estimate(None if why else _of_decisions(given, p), why, p, context)
    shown = confusion(given)
    return Measured(
        estimates=(estimate,), exhibits=() if shown is None else (shown,), unlabelled=given.unlabelled,
        undecided=given.undecided,
    )  # fmt: skip


def _binned(scores: Scores) -> Why | None:
    if scores.bins is None:
        return None
    return "more scores than are told apart were counted in bins", "estimate_unstable"


def _of_scores(scores: Scores, p: Parameters) -> Table:
    import numpy as np

    truth = np.repeat(np.array([1, 0], np.int64), len(scores.score))
    counts = np.concatenate([scores.events, scores.nonevents])
    some = counts > 0
    score = np.concatenate([scores.score, scores.score])
    return Table(f"the {p.data} data", truth[some], score[some], counts[some], int(counts.sum()))


def _of_decisions(given: Decided, p: Parameters) -> Table:
    """Labels and decisions as 0 and 1, or as the places of their classes."""
    import numpy as np

    place = {level: at for at, level in enumerate(p.levels)}
    if not p.classes:
        place = {level: int(level == positive_level(p.positive)) for level in p.levels}
    held = sorted(
        (place[label or ""], place[decision or ""], n)
        for (label, decision, *_), n in zip(given.table.rows, given.table.counts, strict=True)
    )
    cells = np.array(held, np.int64).reshape(-1, 3)
    people = int(cells[:, 2].sum())
    return Table(f"the {p.data} data", cells[:, 0], cells[:, 1].astype(np.float64), cells[:, 2], people)


def _estimate(table: Table | None, why: Why | None, p: Parameters, c: Context) -> Estimate:
    asked = Metric(p.function, p.given, len(p.classes))
    value, told = (None, "") if table is None else asked.value(table)
    if table is None or value is None:
        reason, kind = why or (told, "sample_too_small")
        return Estimate(name="metric", of=p.metric, undefined=reason, undefined_as=kind, n=table.rows if table else 0)
    interval = interval_of_one(_resampled(table, asked), c.confidence)
    if p.turned:
        value, interval = -value, None if interval is None else _turned(interval)
    return Estimate(name="metric", of=p.metric, value=value, n=table.rows, interval=interval, method=asked.told)


def _resampled(table: Table, asked: Metric) -> Resampled:
    found = resample(table.counts, asked.statistic(table), slow=asked.slow)
    if not found.still:
        return found
    full, levels = _full(table, asked.classes)
    return resample_still(found.value, full.counts, asked.statistic(full), levels)


def _full(table: Table, classes: int) -> tuple[Table, int]:
    """The table with its empty cells, and how many cells a label has: one for each decision or score."""
    import numpy as np

    decided = set(table.predicted.tolist()) <= set(range(max(classes, 2)))
    levels = np.arange(max(classes, 2), dtype=np.float64) if decided else np.unique(table.predicted)
    labels, k = max(classes, 2), len(levels)
    counts = np.zeros(labels * k, np.int64)
    np.add.at(counts, table.truth * k + np.searchsorted(levels, table.predicted), table.counts)
    truth, predicted = np.repeat(np.arange(labels), k), np.tile(levels, labels)
    return replace(table, truth=truth, predicted=predicted, counts=counts), k


def _turned(interval: Interval) -> Interval:
    low, high = (None if end is None else -end for end in (interval.high, interval.low))
    return interval.model_copy(update={"low": low, "high": high})
