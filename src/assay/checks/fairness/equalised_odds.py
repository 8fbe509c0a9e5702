"""Equalised odds: both the true and the false positive rate, by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from assay.checks.fairness._rates import RateParameters, RateQuestion, measure_rates, rate_needs, rate_questions
from assay.checks.registry import Context, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.stats.max_t import largest_difference, people

NAME = "equalised_odds_difference"
RATES = {
    "true_positive_rate_difference": "true positive rate",
    "false_positive_rate_difference": "false positive rate",
}


class Parameters(RateParameters):
    """Which people, which groups, which reference, and what is positive."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of labels and decisions by group."""
    return rate_needs(_asked(p)[0].rate, p, view)


@check(
    "fairness.equalised_odds",
    version=1,
    estimates={"equalised_odds_difference": 0, "true_positive_rate_difference": 0, "false_positive_rate_difference": 0},
    honours=("weight", "entity"),
)
def equalised_odds(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """People of the same outcome receive the positive decision about equally often, whichever group they belong to.

    Method: the true positive rate of a group is its positive decisions over its members whose label is positive, the
        false positive rate those over its members whose label is negative. The estimate `equalised_odds_difference` of
        a grouping is the largest absolute difference of either rate between any two groups, or with `reference:
        largest` or the name of a group between any group and that one. Its interval holds whichever difference is the
        largest: all of them are bounded together by the quantile of the largest studentised one in 4000 seeded
        bootstrap samples of the counts (max-t); where a rate has fewer than 10 hits or 10 misses, by Newcombe's
        intervals at 1 - alpha/m. A group under the minimum has an estimate of its own, the largest of its differences,
        by Clopper-Pearson limits at 1 - alpha/m, and counts in either direction; the others are compared without it,
        and together they hold the level. The differences of every pair are given as `true_positive_rate_difference` and
        `false_positive_rate_difference`, with simultaneous intervals over both rates. The favourable outcome is the
        positive one, or the other with `positive: unfavourable`; where there are more than two outcomes, each of
        `classes` in turn is positive, all others are negative, and each has its estimates. Where the rows have sampling
        weights or somebody stands in several rows, rates are weighted and counts are effective numbers, as in
        `fairness.equal_opportunity`. Minimum and shares count people.
    Evidence: counts of people by label, decision and group (`groups`, `a*b` for intersections) in the dataset `data`,
        of the rows that meet `where`. People whose group is unknown are counted and left out, or with `missing: group`
        are a group of their own; people without a label or a decision are in no denominator.
    Inconclusive when: there are fewer than two groups; a group has nobody of the positive or nobody of the negative
        outcome, for then it has no such rate, and none is put in its place; no group reaches the minimum, which counts
        the people of each outcome; an interval straddles the threshold; too many people have no label, no decision or
        no known group; a class does not occur.
    Limits: labels exist only where an outcome was observed, and may carry the bias of the past. Equal rates of error
        and equal meaning of a decision (`fairness.predictive_parity`) exclude each other where base rates differ. The
        rates of a group are taken as independent, also where an entity stands in both outcomes. The interval of the
        largest of many differences is wide at its upper end: it allows for each of them.
    Source: Hardt, Price and Srebro 2016. Intervals: Romano and Wolf 2005; Newcombe 1998; Clopper and Pearson 1934; with
        weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    measured = measure_rates(evidence, _asked(p), p, context)
    largest = tuple(_largest(measured.estimates, context))
    return measured.model_copy(update={"estimates": largest + measured.estimates})


def _asked(p: Parameters) -> list[RateQuestion]:
    true = rate_questions("true_positive_rate", "difference", "True positive rate", p)
    false = rate_questions("false_positive_rate", "difference", "False positive rate", p)
    return [replace(one, family=2 * one.family, table=f"{one.rate.name}s") for one in (*true, *false)]


def _largest(estimates: Sequence[Estimate], context: Context) -> Iterator[Estimate]:
    """For each grouping and class the largest difference, then the groups that are too small or have no such rate."""
    for grouping, of in dict.fromkeys((each.grouping, each.of) for each in estimates):
        own = [each for each in estimates if (each.grouping, each.of) == (grouping, of)]
        undefined = {each.group: each for each in own if each.value is None}
        compared = [each for each in own if each.value is not None]
        small = [each for each in compared if _is_small(each, context)]
        yield _of_grouping([each for each in compared if each not in small], undefined.get(None), own[0], context)
        for group in sorted({each.group or "" for each in small} - set(undefined)):
            yield _estimate([each for each in small if each.group == group], group, context)
        for group in sorted(group for group in undefined if group is not None):
            each = undefined[group]
            why = f"{each.undefined} ({RATES[each.name]})"
            yield each.model_copy(update={"name": NAME, "shape": "value", "undefined": why})


def _is_small(estimate: Estimate, context: Context) -> bool:
    """Where the point decides, as a law may define it, groups of every size are compared alike."""
    return context.decide_on == "interval" and people(estimate) < context.minimum


def _of_grouping(
    compared: Sequence[Estimate], undefined: Estimate | None, first: Estimate, context: Context
) -> Estimate:
    """The largest difference of all groups at or above the minimum; it takes both rates."""
    lacking = [told for name, told in RATES.items() if not any(each.name == name for each in compared)]
    if undefined is None and not lacking:
        return _estimate(compared, None, context)
    why = f"{first.grouping}: no two groups of at least {context.minimum} are compared by their {' or '.join(lacking)}"
    return Estimate(
        name=NAME,
        grouping=first.grouping,
        of=first.of,
        undefined=f"{undefined.undefined} ({RATES[undefined.name]})" if undefined else why,
        undefined_as=undefined.undefined_as if undefined else "sample_too_small",
    )


def _estimate(compared: Sequence[Estimate], group: str | None, context: Context) -> Estimate:
    """The largest of some differences. Those of a grouping share its level by how many intervals each part holds."""
    part = sum(Fraction(1, each.comparisons) for each in compared)
    own = largest_difference(compared, context.confidence, context.minimum)
    level = 1 - (1 - context.confidence) * float(part)
    return Estimate(
        name=NAME,
        grouping=compared[0].grouping,
        of=compared[0].of,
        group=group,
        value=max(abs(each.value or 0.0) for each in compared),
        n=min(people(each) for each in compared),
        interval=own,
        simultaneous=own if part == 1 else largest_difference(compared, level, context.minimum),
        comparisons=max(each.comparisons for each in compared),
        share=compared[0].share if group is not None else None,
        method="largest absolute difference of the true and false positive rates",
    )
