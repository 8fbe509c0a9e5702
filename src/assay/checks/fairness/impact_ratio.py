"""The impact ratio: favourable decisions by group."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from assay.checks.fairness._rates import ClassParameters, RateQuestion, measure_rates, rate_needs, rate_questions
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(ClassParameters):
    """Which people, which groups, which reference."""

    exclude_under: float = Field(default=0.0, ge=0, le=0.02)
    """Groups with a smaller share of the people are printed and not judged."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of decisions by group."""
    return rate_needs(_asked(p)[0].rate, p, view)


@check("fairness.impact_ratio", version=1, estimates={"impact_ratio": 1}, honours=("weight", "entity"))
def impact_ratio(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Each group receives the favourable decision about as often as the group that receives it most often.

    Method: the rate of a group is its favourable decisions over its members with a decision; the estimate
        `impact_ratio` divides the rates of two groups. With `reference: highest` every pair of groups is compared, the
        lower rate over the higher; with `largest` or the name of a group, every other group is compared with that one.
        A group under the minimum is compared with each that reaches it, its own rate first, and can only be found to
        have too low a rate. Intervals: MOVER-R from Wilson limits; for a group under the minimum, Clopper-Pearson
        limits of both rates. A second, simultaneous interval at 1 - alpha/m holds for all m comparisons of a grouping
        together. Where the rows have sampling weights, the rate is one of sums of weights and its interval is taken at
        the effective number of people, from the linearised variance. Where somebody stands in several rows, the
        variance is that between 400 random groups of entities, with Student's quantile; where it shows nothing, since
        everybody or nobody of a group is favourable or its people fall into fewer than 10 random groups, each random
        group counts as one person. Minimum and shares count people. `exclude_under` sets groups aside which hold a
        smaller share of the people, at most the 2 % of 6 RCNY 5-301(d); they are printed, not judged. Where there are
        more than two decisions, each of `classes` in turn is the favourable one.
    Evidence: counts of people by decision and group (`groups`, `a*b` for intersections) in the dataset `data`, of the
        rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group` are a
        group of their own; people without a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; nobody of the reference is favourable; no group reaches the
        minimum; an interval straddles the threshold; too many people have no decision or no known group; a
        class does not occur.
    Limits: the ratio says nothing about qualification or about why the rates differ. Equal rates by sex and by age may
        hide unequal rates of their intersections, which are compared only where `groups` names them. Groups are taken
        as independent: an entity that stands in two of them makes intervals wider than they need be, or narrower where
        its rows speak against each other.
    Source: 29 CFR 1607.4(D) and 6 RCNY 5-301, both on employment. Intervals: Wilson 1927; Clopper and Pearson 1934;
        Donner and Zou 2012; with weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    return measure_rates(evidence, _asked(p), p, context)


def _asked(p: Parameters) -> tuple[RateQuestion, ...]:
    asked = rate_questions("selection_rate", "ratio", "Favourable decisions", p, "impact_ratio")
    return tuple(replace(one, exclude_under=p.exclude_under) for one in asked)
