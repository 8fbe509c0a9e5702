"""The standardised mean difference: how far apart the scores of groups lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from assay.checks.fairness._means import Asked, Groups, measurable, measure_means, moments_requests, question
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.stats.contrasts import Contrast, Member, compare_members
from assay.stats.means import Sample, standardised, together, without


class Parameters(GroupParameters):
    """Which people, which groups, which reference, which spread."""

    spread: Literal["all", "pooled"] = "all"
    """`all`: the standard deviation of all scores; `pooled`: that within the two groups."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Moments of the score by group."""
    missing = view.lacks(data=(p.data,), groups=p.groups)
    if view.manifest.columns is None or view.manifest.columns.score is None:
        missing = (*missing, "columns.score")
    requests = moments_requests(p, view, "score").values()
    return Needs(tuple(requests) if measurable(p, view, missing) else (), missing)


@check(
    "fairness.standardised_mean_difference",
    version=1,
    estimates={"standardised_mean_difference": 0},
    honours=("weight", "entity"),
)
def standardised_mean_difference(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The mean scores of the groups lie close together, measured by how much scores differ between people.

    Method: the estimate `standardised_mean_difference` is the mean score of a group less that of the reference, over
        the standard deviation s of the scores: with `spread: all` of all rows with a score, the unknown group among
        them, with `pooled` that within the two groups; both unbiased (n - 1). It is above 0 where the group scores
        higher, whichever end is favourable; some publish it times 100. With `reference: highest` every pair of groups
        is compared, the lower mean less the higher; with `largest` or the name of a group, every other group is
        compared with that one. Interval: Student's with Welch and Satterthwaite's degrees of freedom, of the
        linearised statistic: the error of both means, and that of s by its third and fourth moments, so that no
        distribution is assumed; never less than the former alone. A second, simultaneous interval at 1 - alpha/m holds
        for all m comparisons of a grouping together. Sampling weights weigh means, s and errors. Where somebody stands
        in several rows, the error is that of the delete-a-group jackknife over 400 random groups of entities.
    Evidence: sums of the first four powers of the score, less a common centre, by group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`. People whose group is unknown are counted
        and are no group, or with `missing: group` are one of their own; people without a finite score are counted and
        left out, and their share is limited as that of people without a decision is.
    Inconclusive when: there are fewer than two groups; nobody, or one person, of a group has a score; no group reaches
        the minimum; a group is below it, for which there is no exact method; all scores are equal; nothing varies
        within two groups, so that there is no interval; fewer than 10 random groups of entities hold a group; an
        interval straddles the threshold; too many people have no score or no known group.
    Limits: a mean says nothing about the tails, where decisions are made. With heavy tails and small groups the
        interval covers less often than it says. Thresholds in use, such as 0.2 for a small and 0.3 for a noticeable
        difference, are conventions of other fields.
    Source: Cohen 1988; Hedges and Olkin 1985; Welch 1947; with weights Binder 1983, Kish 1965; with entities Kott 2001,
        Wolter 2007.
    """
    asked = Asked("score", "Mean scores", "Difference")

    def compared(groups: Groups) -> Sequence[Estimate]:
        told = question("standardised_mean_difference", "difference", groups.grouping, p, context)
        return compare_members(groups.members("a score"), told, _compare(groups, pooled=p.spread == "pooled"))

    return measure_means(evidence, p, context, asked, compared)


def _compare(groups: Groups, *, pooled: bool) -> Callable[[Member, Member], Contrast]:
    everybody = together(groups.everybody) if groups.everybody else Sample(0, (0.0, 0.0, 0.0))

    def compare(group: Member, reference: Member) -> Contrast:
        own, other = groups.samples[group.name], groups.samples[reference.name]
        spread = [own, other] if pooled else [own, other, without(everybody, [own, other])]
        found = standardised([(1.0, own), (-1.0, other)], spread, pooled=pooled)
        if found is None:
            return Contrast(None, why="all scores are equal, so there is no spread to measure a difference by")
        interval: Callable[[float], Interval | None] = partial(found.interval, method="Welch, linearised")
        told = "pooled standard deviation" if pooled else "standard deviation of all"
        return Contrast(found.value, interval, method=f"difference of means over the {told}")

    return compare
