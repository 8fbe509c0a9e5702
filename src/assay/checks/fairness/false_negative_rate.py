"""False negatives: negative decisions among those whose outcome is positive, by group."""

from __future__ import annotations

from assay.checks.fairness._rates import ComparedParameters, RateQuestion, measure_rates, rate_needs, rate_questions
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(ComparedParameters):
    """Which people, which groups, which reference, what is positive, and how two rates are compared."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of labels and decisions by group."""
    return rate_needs(_asked(p)[0].rate, p, view)


@check(
    "fairness.false_negative_rate",
    version=1,
    estimates={"false_negative_rate_{compare}": {"false_negative_rate_difference": 0, "false_negative_rate_ratio": 1}},
    honours=("weight", "entity"),
)
def false_negative_rate(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Among the people whose outcome was positive, each group was refused the positive decision about equally often.

    Method: the false negative rate of a group is its negative decisions over its members whose label is positive. The
        estimate `false_negative_rate_difference` subtracts the rates of two groups, or with `compare: ratio` the
        estimate `false_negative_rate_ratio` divides them. With `reference: highest` every pair of groups is compared,
        the lower rate with the higher; with `largest` or the name of a group, every other group is compared with that
        one. A group under the minimum is compared with each that reaches it, its own rate first, and can only be found
        to have too high a rate, or with `positive: unfavourable` too low a one; with `classes` either is found, since
        nobody says which class is good. Intervals: Newcombe's hybrid score interval of a difference, MOVER-R from
        Wilson limits of a ratio; for a group under the minimum, Clopper-Pearson limits of both rates. A second,
        simultaneous interval at 1 - alpha/m holds for all m comparisons of a grouping, and of all classes, together.
        The favourable outcome is the positive one, or the other with `positive: unfavourable`; where there are more
        than two outcomes, each of `classes` in turn is positive, all others are negative, and each has its estimates.
        Where the rows have sampling weights, the rate is one of sums of weights and its interval is taken at the
        effective number of people, from the linearised variance. Where somebody stands in several rows, the variance is
        that between 400 random groups of entities, with Student's quantile; where it shows nothing, since everybody or
        nobody of a group is a hit or its people fall into fewer than 10 random groups, each random group counts as one
        person. Minimum and shares count people.
    Evidence: counts of people by label, decision and group (`groups`, `a*b` for intersections) in the dataset `data`,
        of the rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group`
        are a group of their own; people without a label or a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; nobody of a group has a positive label; no group reaches the
        minimum, which counts the positive labels; a ratio is asked for and the rate of the reference is 0; an interval
        straddles the threshold; too many people have no label, no decision or no known group; a class does not occur.
    Limits: labels exist only where an outcome was observed, and may carry the bias of the past. The difference is that
        of `fairness.equal_opportunity` with the sign turned; the ratio is another number. Groups are taken as
        independent: an entity that stands in two of them makes intervals wider than they need be, or narrower where its
        rows speak against each other.
    Source: Fawcett 2006 (the rate). Intervals: Newcombe 1998; Donner and Zou 2012; Clopper and Pearson 1934; with
        weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rates(evidence, _asked(p), p, context)


def _asked(p: Parameters) -> tuple[RateQuestion, ...]:
    return rate_questions("false_negative_rate", p.compare, "False negative rate", p)
