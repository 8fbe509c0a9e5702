"""Ranking exposure: whether groups stand where people look."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from assay.checks.fairness._means import Asked, Groups, measurable, measure_means, moments_requests, question
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.stats.contrasts import Contrast, Member, compare_members
from assay.stats.means import Found, jackknifed_ratio


class Parameters(GroupParameters):
    """Which people, which groups, which reference."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Moments of the exposure by group and ranked list."""
    missing = view.lacks(data=(p.data,), groups=p.groups)
    columns = view.manifest.columns
    if columns is None or columns.score is None:
        missing = (*missing, "columns.score")
    elif columns.higher is None:
        missing = (*missing, "columns.score.higher")
    if columns is not None and columns.count is not None:
        missing = (*missing, "rows of one person each (columns.count: rows that stand for several have no rank)")
    requests = moments_requests(p, view, "exposure").values()
    return Needs(tuple(requests) if measurable(p, view, missing) else (), missing)


@check("fairness.ranking_exposure", version=1, estimates={"exposure_ratio": 1})
def ranking_exposure(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Where people are ranked, the members of each group receive about as much attention as those of any other.

    Method: rows are ranked by score, the favourable end first, within each list where the manifest declares
        `columns.query`, else as one list. The exposure of place k is 1/log2(1 + k); tied rows share the mean of their
        places. The exposure of a group is the mean over its members, and the estimate `exposure_ratio` divides those of
        two groups. With `reference: highest` every pair of groups is compared, the lower over the higher; with
        `largest` or the name of a group, every other group is compared with that one. Interval: where there are
        several lists, they fall into 256 random groups, and the error of the logarithm of the ratio is that of the
        delete-a-group jackknife over these, with Student's quantile: lists are drawn, not people, since within a list
        one's gain is another's loss. A second, simultaneous interval at 1 - alpha/m holds for all m comparisons of a
        grouping together. One list has no interval: nothing says how another one would look.
    Evidence: sums of powers of the exposure by group (`groups`, `a*b` for intersections) and random group of lists in
        the dataset `data`; places are counted among the rows that meet `where`. People whose group is unknown hold
        their place and are no group, or with `missing: group` are one of their own; people without a finite score or a
        list hold no place, and their share is limited as that of people without a decision is.
    Inconclusive when: there are fewer than two groups; nobody, or one person, of a group has a place; no group reaches
        the minimum; there is one list, or members of a group stand in fewer than 10 random groups of lists, unless the
        policy decides on the estimate; an interval straddles the threshold; too many people have no score, no list or
        no known group.
    Limits: exposure is compared with equality, not with merit. How attention falls with the place is assumed, not
        measured; the logarithm is a convention. A group's mean depends on how long the lists are in which it stands.
    Source: Singh and Joachims 2018; Jarvelin and Kekalainen 2002 (the logarithmic discount). Interval: Kott 2001,
        Wolter 2007.
    """
    asked = Asked("exposure", "Mean exposure", "Ratio", "ratio", "finite score or no list", alone=False)

    def compared(groups: Groups) -> Sequence[Estimate]:
        told = question("exposure_ratio", "ratio", groups.grouping, p, context)
        return compare_members(groups.members("a place"), told, partial(_compare, groups))

    return measure_means(evidence, p, context, asked, compared)


def _compare(groups: Groups, group: Member, reference: Member) -> Contrast:
    own, other = groups.mean(group.name).value, groups.mean(reference.name).value
    found = jackknifed_ratio(groups.samples[group.name], groups.samples[reference.name], groups.centre, groups.unit)
    interval: Callable[[float], Interval | None] = partial(_interval, found)
    return Contrast(own / other, interval, method="ratio of two mean exposures")


def _interval(found: Found | None, confidence: float) -> Interval | None:
    limits = found.limits(confidence) if found else None
    if limits is None:
        return None
    return Interval(
        low=math.exp(limits[0]),
        high=math.exp(limits[1]),
        confidence=confidence,
        method="jackknife over lists, log scale",
    )
