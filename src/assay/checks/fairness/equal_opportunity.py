"""Equal opportunity: favourable decisions among those who deserve one, by group."""

from __future__ import annotations

from assay.checks.fairness._rates import ClassParameters, RateQuestion, measure_rates, rate_needs, rate_questions
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(ClassParameters):
    """Which people, which groups, which reference."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of labels and decisions by group."""
    return rate_needs(_asked(p)[0].rate, p, view)


@check(
    "fairness.equal_opportunity", version=1, estimates={"equal_opportunity_difference": 0}, honours=("weight", "entity")
)
def equal_opportunity(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Among the people whose outcome was favourable, each group received the favourable decision about equally often.

    Method: the true favourable rate of a group is its favourable decisions over its members whose label is favourable
        and who have a decision; the estimate `equal_opportunity_difference` subtracts the rates of two groups. With
        `reference: highest` every pair of groups is compared, the lower rate minus the higher; with `largest` or the
        name of a group, every other group is compared with that one. A group under the minimum is compared with each
        that reaches it, its own rate first, and can only be found to have too low a rate. Intervals: Newcombe's hybrid
        score interval; for a group under the minimum, Clopper-Pearson limits of both rates. A second, simultaneous
        interval at 1 - alpha/m holds for all m comparisons of a grouping together. Where there are more than two
        outcomes, each of `classes` in turn is the favourable one. Where the rows have sampling weights, the rate is one
        of sums of weights and its interval is taken at the effective number of people, from the linearised variance.
        Where somebody stands in several rows, the variance is that between 400 random groups of entities, with
        Student's quantile; where it shows nothing, since everybody or nobody of a group is favourable or its people
        fall into fewer than 10 random groups, each random group counts as one person. Minimum and shares count people.
    Evidence: counts of people by label, decision and group (`groups`, `a*b` for intersections) in the dataset `data`,
        of the rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group`
        are a group of their own; people without a label or a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; nobody of a group has a favourable label; no group reaches the
        minimum, which counts the favourable labels; an interval straddles the threshold; too many people have no
        label, no decision or no known group; a class does not occur.
    Limits: labels exist only where an outcome was observed, and may carry the bias of the past. The measure ignores
        the people whose label is unfavourable. Groups are taken as independent: an entity that stands in two of them
        makes intervals wider than they need be, or narrower where its rows speak against each other.
    Source: Hardt, Price and Srebro 2016. Intervals: Newcombe 1998; Clopper and Pearson 1934; with weights or
        entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rates(evidence, _asked(p), p, context)


def _asked(p: Parameters) -> tuple[RateQuestion, ...]:
    title = "Favourable decisions among favourable labels"
    return rate_questions("true_positive_rate", "difference", title, p, "equal_opportunity_difference")
