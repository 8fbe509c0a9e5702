"""Recall: how many of those with the positive outcome were found."""

from __future__ import annotations

from assay.checks.performance._decision_rates import RECALL, measure_rate
from assay.checks.performance._decisions import PositiveParameters, decision_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(PositiveParameters):
    """Which people, and what is positive."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    return decision_needs(p, view)


@check(
    "performance.recall",
    version=1,
    estimates={"recall": "higher", "macro_recall": "higher"},
    honours=("weight", "entity"),
)
def recall(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Of the people with the positive outcome, enough received the positive decision.

    Method: the estimate `recall`, also called sensitivity or true positive rate, is the number of people whose label
        and decision are both positive over those whose label is. The positive side is the favourable one, or the other
        with `positive: unfavourable`. Interval: Wilson's, and for fewer people than the minimum Clopper and Pearson's.
        Where there are more than two outcomes, each of `classes` in turn is the positive one, against all others; a
        second, simultaneous interval at 1 - alpha/m holds for all m classes together. The estimate `macro_recall` is
        then their mean, with an interval by MOVER from those of the classes. Sampling weights weigh people, and the
        interval is taken at the effective number, from the linearised variance; where somebody stands in several rows
        the variance is that between 400 random groups of entities, with Student's quantile. That of the mean then adds
        the distances of the limits up, whatever one class tells of another.
    Evidence: counts of people by label and decision in the dataset `data`, of the rows that meet `where`. People
        without a label or a decision are counted and left out.
    Inconclusive when: nobody has the positive label; a class occurs nowhere; fewer people than the minimum have the
        positive label, unless even the exact interval lies beyond the threshold; an interval straddles the threshold;
        too many people have no label or no decision.
    Limits: who decides positively about everybody has a recall of 1: read it beside precision or specificity; labels
        exist only where an outcome was observed: of people who were refused it is often unknown.
    Source: Fawcett 2006; scikit-learn recall_score. Interval: Wilson 1927; Clopper and Pearson 1934; Donner and Zou
        2012; with weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rate(RECALL, evidence, p, context)
