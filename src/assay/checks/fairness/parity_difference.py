"""Statistical parity: favourable decisions by group, as a difference."""

from __future__ import annotations

from assay.checks.fairness._rates import RateParameters, RateQuestion, measure_rates, rate_needs, rate_questions
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(RateParameters):
    """Which people, which groups, which reference, and what is positive."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions by group."""
    return rate_needs(_asked(p)[0].rate, p, view)


@check(
    "fairness.parity_difference", version=1, estimates={"selection_rate_difference": 0}, honours=("weight", "entity")
)
def parity_difference(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Each group receives the favourable decision about as often as any other, counted in percentage points.

    Method: the selection rate of a group is its positive decisions over its members with a decision. The estimate
        `selection_rate_difference` subtracts the rates of two groups. With `reference: highest` every pair of groups is
        compared, the lower rate minus the higher; with `largest` or the name of a group, every other group is compared
        with that one. A group under the minimum is compared with each that reaches it, its own rate first, and can only
        be found to have too low a rate, or with `positive: unfavourable` too high a one; with `classes` either is
        found, since nobody says which class is good. Intervals: Newcombe's hybrid score interval; for a group under the
        minimum, Clopper-Pearson limits of both rates. A second, simultaneous interval at 1 - alpha/m holds for all m
        comparisons of a grouping, and of all classes, together. The favourable outcome is the positive one, or the
        other with `positive: unfavourable`; where there are more than two outcomes, each of `classes` in turn is
        positive, all others are negative, and each has its estimates. Where the rows have sampling weights, the rate is
        one of sums of weights and its interval is taken at the effective number of people, from the linearised
        variance. Where somebody stands in several rows, the variance is that between 400 random groups of entities,
        with Student's quantile; where it shows nothing, since everybody or nobody of a group is a hit or its people
        fall into fewer than 10 random groups, each random group counts as one person. Minimum and shares count people.
    Evidence: counts of people by decision and group (`groups`, `a*b` for intersections) in the dataset `data`, of the
        rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group` are a
        group of their own; people without a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; no group reaches the minimum; an interval straddles the
        threshold; too many people have no decision or no known group; a class does not occur.
    Limits: the difference says nothing about qualification or about why the rates differ. Where favourable decisions
        are rare, a small difference can be a large ratio: `fairness.impact_ratio` measures that. Groups are taken as
        independent: an entity that stands in two of them makes intervals wider than they need be, or narrower where its
        rows speak against each other.
    Source: Dwork, Hardt, Pitassi, Reingold and Zemel 2012 (statistical parity). Intervals: Newcombe 1998; Clopper and
        Pearson 1934; with weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rates(evidence, _asked(p), p, context)


def _asked(p: Parameters) -> tuple[RateQuestion, ...]:
    return rate_questions("selection_rate", "difference", "Selection rate", p)
