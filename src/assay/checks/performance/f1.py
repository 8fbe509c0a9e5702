"""F1: precision and recall in one number."""

from __future__ import annotations

from assay.checks.performance._decision_rates import DecisionRate, measure_rate
from assay.checks.performance._decisions import PositiveParameters, decision_needs
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured

RATE = DecisionRate(
    "f1",
    counts=lambda row, of: of in row[:2],
    hits=lambda row, of: row[0] == of == row[1],
    who="the label or the decision {}",
    told="harmonic mean of precision and recall",
    own_label=True,
    transform=lambda share: 2 * share / (1 + share),
    through="of the share of hits among positive labels and decisions",
)


class Parameters(PositiveParameters):
    """Which people, and what is positive."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people by label and decision."""
    return decision_needs(p, view)


@check("performance.f1", version=1, estimates={"f1": "higher", "macro_f1": "higher"}, honours=("weight", "entity"))
def f1(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The decisions find the people with the positive outcome, and few others.

    Method: the estimate `f1` is the harmonic mean of precision and recall, 2TP/(2TP + FP + FN). With the share s =
        TP/(TP + FP + FN) it is 2s/(1 + s), which rises with s, and s is a rate of people: the interval is that of s,
        Wilson's or for fewer people than the minimum Clopper and Pearson's, carried over. The positive side is the
        favourable one, or the other with `positive: unfavourable`. Where there are more than two outcomes, each of
        `classes` in turn is the positive one, against all others; a second, simultaneous interval at 1 - alpha/m holds
        for all m classes together. The estimate `macro_f1` is then their mean; a person counts for several classes, so
        its interval adds the distances of the limits up, which holds whatever one class tells of another. Sampling
        weights weigh people, and the interval is taken at the effective number, from the linearised variance; where
        somebody stands in several rows the variance is that between 400 random groups of entities, with Student's
        quantile.
    Evidence: counts of people by label and decision in the dataset `data`, of the rows that meet `where`. People
        without a label or a decision are counted and left out.
    Inconclusive when: nobody has the positive label; a class occurs nowhere; fewer people than the minimum have the
        positive label or decision, unless even the exact interval lies beyond the threshold; an interval straddles the
        threshold; too many people have no label or no decision.
    Limits: it ignores the people with the negative label and decision, and depends on how frequent the outcome is. It
        counts both kinds of error alike; labels exist only where an outcome was observed: of people who were refused it
        is often unknown.
    Source: van Rijsbergen 1979; scikit-learn f1_score. The share s: Hand, Christen and Kirielle 2021; the interval
        through it: Lam, Gopal and Qian 2023. Interval: Wilson 1927; Clopper and Pearson 1934; Donner and Zou 2012; with
        weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rate(RATE, evidence, p, context)
