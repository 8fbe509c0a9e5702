"""Accuracy: how many decisions were right."""

from __future__ import annotations

from assay.checks.performance._decision_rates import DecisionRate, measure_whole
from assay.checks.performance._decisions import ClassParameters, decision_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured

RATE = DecisionRate(
    "accuracy",
    counts=lambda row, of: True,  # noqa: ARG005
    hits=lambda row, of: row[0] == row[1],  # noqa: ARG005
    who="a label and a decision",
    told="right decisions among all",
)


class Parameters(ClassParameters):
    """Which people, and which outcomes there are."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    return decision_needs(p, view)


@check("performance.accuracy", version=1, estimates={"accuracy": "higher"}, honours=("weight", "entity"))
def accuracy(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Enough of all decisions were right, whatever they were about.

    Method: the estimate `accuracy` is the number of people whose decision is their label over all people who have both.
        Where there are more than two outcomes, `classes` names all of them. Interval: Wilson's, and for fewer people
        than the minimum Clopper and Pearson's. Sampling weights weigh people, and the interval is taken at the
        effective number, from the linearised variance; where somebody stands in several rows the variance is that
        between 400 random groups of entities, with Student's quantile.
    Evidence: counts of people by label and decision in the dataset `data`, of the rows that meet `where`. People
        without a label or a decision are counted and left out.
    Inconclusive when: nobody has a label and a decision; a class occurs nowhere, or one that `classes` does not name
        occurs; there are fewer people than the minimum, unless even the exact interval lies beyond the threshold; an
        interval straddles the threshold; too many people have no label or no decision.
    Limits: where one outcome is frequent, always deciding for it is accurate: the exhibit says how accurate, and
        performance.balanced_accuracy does not reward it. Both kinds of error count alike; labels exist only where an
        outcome was observed: of people who were refused it is often unknown.
    Source: scikit-learn accuracy_score. Interval: Wilson 1927; Clopper and Pearson 1934; Donner and Zou 2012; with
        weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_whole(RATE, evidence, p, context)
