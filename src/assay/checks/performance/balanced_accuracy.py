"""Balanced accuracy: the mean of the recall of every outcome."""

from __future__ import annotations

from assay.checks.performance._decision_rates import mean_over_labels
from assay.checks.performance._decisions import ClassParameters, decision_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(ClassParameters):
    """Which people, and which outcomes there are."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    return decision_needs(p, view)


@check(
    "performance.balanced_accuracy", version=1, estimates={"balanced_accuracy": "higher"}, honours=("weight", "entity")
)
def balanced_accuracy(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The decisions find the people of each outcome, whether it is frequent or rare.

    Method: the estimate `balanced_accuracy` is the mean over all outcomes of the recall, the share of the people with
        that label who have that decision; of two outcomes it is the mean of recall and specificity, and 0.5 where
        decisions say nothing. Where there are more than two, `classes` names all of them. Interval: MOVER from the
        Wilson limits of the recalls, which no person has a part in twice, and from Clopper and Pearson's where fewer
        people than the minimum have a label. Sampling weights weigh people, and the interval is taken at the effective
        number, from the linearised variance; where somebody stands in several rows the variance is that between 400
        random groups of entities, with Student's quantile. The distances of the limits are then added up, since an
        entity may have several labels.
    Evidence: counts of people by label and decision in the dataset `data`, of the rows that meet `where`. People
        without a label or a decision are counted and left out.
    Inconclusive when: nobody has one of the labels; a class occurs nowhere, or one that `classes` does not name occurs;
        fewer people than the minimum have the rarest label; the interval straddles the threshold; too many people have
        no label or no decision.
    Limits: each outcome counts alike, however rare it is and whatever an error costs; labels exist only where an
        outcome was observed: of people who were refused it is often unknown.
    Source: Brodersen, Ong, Stephan and Buhmann 2010; scikit-learn balanced_accuracy_score. Interval: Zou, Huang and
        Zhang 2009; Wilson 1927; Clopper and Pearson 1934; with weights or entities Kish 1965, Korn and Graubard 1998,
        Wolter 2007.
    """
    return mean_over_labels("balanced_accuracy", evidence, p, context)
