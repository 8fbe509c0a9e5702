"""The impact ratio of scores: how often each group scores beyond the median."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.fairness._rates import RateQuestion, measure_rates, rate_requests
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.rates import Rate
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.finding import Measured


class Parameters(GroupParameters):
    """Which people, which groups, which reference."""

    exclude_under: float = Field(default=0.0, ge=0, le=0.02)
    """Groups with a smaller share of the people are printed and not judged."""
    at_median: Literal["unfavourable", "favourable"] = "unfavourable"
    """Where a score counts that is the median itself."""


def _rate(p: Parameters) -> Rate:
    return Rate("scoring_rate", ties=p.at_median == "favourable")


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Counts of people beyond the median by group."""
    missing = view.lacks(data=(p.data,), score=True, groups=p.groups)
    columns = view.manifest.columns
    if columns is not None and columns.score is not None and columns.higher is None:
        missing = tuple(dict.fromkeys((*missing, "columns.score.higher")))
    measurable = view.groupings(p.groups) and all(each.startswith("columns.groups") for each in missing)
    return Needs(tuple(dict.fromkeys(rate_requests(_rate(p), p, view).values())) if measurable else (), missing)


@check("fairness.scoring_ratio", version=1, estimates={"scoring_ratio": 1}, honours=("weight", "entity"))
def scoring_ratio(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Each group scores above the median about as often as the group that does so most often.

    Method: the scoring rate of a group is the share of its members whose score lies strictly above the median of the
        full sample: of all rows that meet `where`, those of unknown group among them, the mean of the two middle scores
        where their number is even. A score at the median is not above it, as the rule has it, unless the policy says
        `at_median: favourable`. Where a higher score is worse for the person, as the manifest says in
        `columns.score.higher` or of which level the probability is, the rate is that of scores strictly below the
        median: the better half is counted either way. The estimate `scoring_ratio` divides the rates of two groups.
        With `reference: highest` every pair of groups is compared, the lower rate over the higher; with `largest` or
        the name of a group, every other group is compared with that one. A group under the minimum is compared with
        each that reaches it, its own rate first, and can only be found to have too low a rate. Intervals: MOVER-R from
        Wilson limits; for a group under the minimum, Clopper-Pearson limits of both rates. A second, simultaneous
        interval at 1 - alpha/m holds for all m comparisons of a grouping together. Where people have sampling weights
        the rates are weighted and the intervals take the effective number of people, at most Kish's; where somebody
        stands in several rows the variance is that between 400 random groups of entities, with Student's quantile. The
        median stays that of the sample, in which every row counts alike, as the rule has it. `exclude_under` sets
        groups aside which hold a smaller share of the people, at most the 2 % of 6 RCNY 5-301(d), before the highest
        rate is taken; they are printed, not judged.
    Evidence: counts of people beyond the median and not, by group (`groups`, `a*b` for intersections) in the dataset
        `data`. People whose group is unknown are counted and left out, or with `missing: group` are a group of their
        own; people without a score are in no denominator, and their share is limited as that of people without a
        decision is.
    Inconclusive when: there are fewer than two groups; nobody of the reference lies beyond the median; no group reaches
        the minimum; an interval straddles the threshold; too many people have no score or no known group; the manifest
        does not say what a higher score means.
    Limits: the median is taken as given, though it comes from the same people: its sampling error is not in the
        intervals, which may be far too narrow where the scores of a group bunch at the median. A rate above the median
        says nothing about where above it. Where people have sampling weights the median of the sample is not that of
        the population, and half of the population need not lie above it.
    Source: 6 RCNY 5-300 (scoring rate) and 5-301(c), on employment. Intervals: Wilson 1927; Clopper and Pearson 1934;
        Donner and Zou 2012; with weights or entities Korn and Graubard 1998, Kish 1965, Wolter 2007.
    """
    asked = RateQuestion("scoring_ratio", "ratio", "Scores beyond the median", _rate(p), p.exclude_under)
    return measure_rates(evidence, (asked,), p, context)
