"""The gap between the data a model was made from and data it has not seen."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._scores import (
    Kind,
    area,
    inexact,
    said_of_area,
    share_unlabelled,
    undefined,
    unusable,
)
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.auc import Auc, auc_interval
from assay.stats.comparison import mover_difference


class Parameters(DataParameters):
    """Which rows, against which."""

    against: Role = "train"
    """The dataset it is compared with."""
    exact: bool = Field(default=False, exclude_if=lambda exact: not exact)
    """true: exact by ranks, however many scores there are."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score, in both datasets."""
    missing = view.lacks(data=(p.data, p.against), label=True, score=True)
    if p.data == p.against:
        missing += (f"a second dataset: data and against are both {p.data}",)
    return Needs(
        () if missing else tuple(ScoresRequest(role, p.where, p.exact) for role in (p.data, p.against)), missing
    )


@check("performance.train_test_gap", version=1, honours=("weight", "entity"))
def train_test_gap(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The model ranks data it has not seen about as well as the data it was made from.

    Method: the estimate `auc_gap` is the area under the ROC curve in the dataset `against` minus that in the dataset
        `data`; a positive gap means that the model is better on what it knows. Interval: MOVER from the intervals of
        both areas, which are independent samples: at each end the wider of DeLong's on the logit scale and Newcombe's.
        Beyond 500 000 distinct scores, with `exact`, and with weights or entities, as performance.auc says; what the
        two areas can be off by in bins adds up.
    Evidence: events and non-events at each distinct score, or in bins, of both datasets, of the rows that meet `where`.
    Inconclusive when: there is one class only; a row has no finite score; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum; the policy decides on the estimate, and scores
        were counted in bins.
    Limits: the two datasets are taken as independent; rows or entities that stand in both hide a gap. A small gap does
        not make a good model, and one of the two may be harder for other reasons than having been seen.
    Source: DeLong, DeLong and Clarke-Pearson 1988; Newcombe 2006; Donner and Zou 2012.
    """
    tables: dict[Role, Scores] = {
        role: evidence.scores(ScoresRequest(role, p.where, p.exact)) for role in (p.against, p.data)
    }
    unlabelled = share_unlabelled(*tables.values())
    for role, scores in tables.items():
        why: tuple[str, Kind] | None = unusable(scores, role)
        if why is not None:
            return Measured(estimates=(undefined("auc_gap", why, scores),), unlabelled=unlabelled)
    found = {role: area(scores) for role, scores in tables.items()}
    for role, each in found.items():
        if each.bound and context.decide_on == "estimate":
            why = inexact(role, each.bound)
            return Measured(estimates=(undefined("auc_gap", why, tables[role]),), unlabelled=unlabelled)
    intervals = {role: auc_interval(each, context.confidence) for role, each in found.items()}
    said = dict.fromkeys(said_of_area(scores, found[role]) for role, scores in tables.items())
    seen, unseen = found[p.against], found[p.data]
    low, high = mover_difference(seen.value, _sampled(seen, context), unseen.value, _sampled(unseen, context))
    bound = seen.bound + unseen.bound
    estimate = Estimate(
        name="auc_gap",
        value=seen.value - unseen.value,
        n=min(each.events + each.nonevents for each in found.values()),
        bound=bound or None,
        interval=Interval(
            low=max(low - bound, -1.0),
            high=min(high + bound, 1.0),
            confidence=context.confidence,
            method="MOVER from the intervals of both areas" + ("; wider by the bins' bounds" if bound else ""),
        ),
        method=f"AUC of {p.against} minus AUC of {p.data}" + "".join(said),
    )
    given = columns(
        ("label", "Data", "text"), ("value", "AUC", "number"), ("low", "From", "number"), ("high", "To", "number"),
        ("events", "Events", "count"), ("nonevents", "Non-events", "count"),
    )  # fmt: skip
    table = Exhibit(
        name="areas",
        title="Area under the ROC curve, by dataset",
        columns=given,
        rows=tuple(
            (role, each.value, *_limits(intervals[role]), each.events, each.nonevents) for role, each in found.items()
        ),
        chart="interval",
    )
    return Measured(estimates=(estimate,), exhibits=(table,), unlabelled=unlabelled)


def _sampled(found: Auc, context: Context) -> tuple[float, float]:
    """The interval without the bound of bins: what two of them are off by adds up, as chance does not."""
    return _limits(auc_interval(replace(found, bound=0.0), context.confidence))


def _limits(interval: Interval) -> tuple[float, float]:
    return interval.low or 0.0, 1.0 if interval.high is None else interval.high
