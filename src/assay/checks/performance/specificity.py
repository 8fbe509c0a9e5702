"""Specificity: how many of those with the negative outcome were told so."""

from __future__ import annotations

from assay.checks.performance._decision_rates import DecisionRate, measure_rate
from assay.checks.performance._decisions import PositiveParameters, decision_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured

RATE = DecisionRate(
    "specificity",
    counts=lambda row, of: row[0] != of,
    hits=lambda row, of: row[1] != of,
    who="another label than {}",
    told="negative decisions among negative labels",
)


class Parameters(PositiveParameters):
    """Which people, and what is positive."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    return decision_needs(p, view)


@check(
    "performance.specificity",
    version=1,
    estimates={"specificity": "higher", "macro_specificity": "higher"},
    honours=("weight", "entity"),
)
def specificity(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Of the people with the negative outcome, enough received the negative decision.

    Method: the estimate `specificity`, also called true negative rate, is the number of people whose label and decision
        are both negative over those whose label is. The positive side is the favourable one, or the other with
        `positive: unfavourable`. Interval: Wilson's, and for fewer people than the minimum Clopper and Pearson's. Where
        there are more than two outcomes, each of `classes` in turn is the positive one and all others are negative; a
        second, simultaneous interval at 1 - alpha/m holds for all m classes together. The estimate `macro_specificity`
        is then their mean; a person counts for several classes, so its interval adds the distances of the limits up,
        which holds whatever one class tells of another. Sampling weights weigh people, and the interval is taken at the
        effective number, from the linearised variance; where somebody stands in several rows the variance is that
        between 400 random groups of entities, with Student's quantile.
    Evidence: counts of people by label and decision in the dataset `data`, of the rows that meet `where`. People
        without a label or a decision are counted and left out.
    Inconclusive when: nobody has the negative label; a class occurs nowhere; fewer people than the minimum have the
        negative label, unless even the exact interval lies beyond the threshold; an interval straddles the threshold;
        too many people have no label or no decision.
    Limits: who decides negatively about everybody has a specificity of 1: read it beside recall. Where the negative
        outcome is frequent, a high specificity goes with many wrong positive decisions; labels exist only where an
        outcome was observed: of people who were refused it is often unknown.
    Source: Fawcett 2006. Interval: Wilson 1927; Clopper and Pearson 1934; Donner and Zou 2012; with weights or entities
        Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rate(RATE, evidence, p, context)
