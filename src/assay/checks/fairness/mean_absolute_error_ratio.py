"""The ratio of mean absolute errors: whether a regression is as accurate for every group."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from assay.checks.fairness._means import (
    Asked,
    Groups,
    measurable,
    measure_means,
    moments_requests,
    question,
    residuals_lack,
)
from assay.checks.registry import Context, GroupParameters, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate
from assay.record.finding import Measured
from assay.stats.contrasts import Contrast, Member, compare_members
from assay.stats.means import ratio_interval


class Parameters(GroupParameters):
    """Which people, which groups, which reference."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Moments of the sizes of the errors by group."""
    missing = residuals_lack(p, view)
    requests = moments_requests(p, view, "absolute_residual").values()
    return Needs(tuple(requests) if measurable(p, view, missing) else (), missing)


@check(
    "fairness.mean_absolute_error_ratio",
    version=1,
    estimates={"mean_absolute_error_ratio": 1},
    honours=("weight", "entity"),
)
def mean_absolute_error_ratio(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values lie about as far from the true ones in every group.

    Method: the mean absolute error of a group is the mean of the size of label less score; the estimate
        `mean_absolute_error_ratio` divides those of two groups. With `reference: highest` every pair of groups is
        compared, the smaller error over the greater; with `largest` or the name of a group, every other group is
        compared with that one. Interval: MOVER-R from Student's limits of both means, which may not be below 0. A
        second, simultaneous interval at 1 - alpha/m holds for all m comparisons of a grouping together. Sampling
        weights weigh means and errors. Where somebody stands in several rows, the error of each mean is that of the
        delete-a-group jackknife over 400 random groups of entities.
    Evidence: sums of powers of the size of label less score, less a common centre, by group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`; the score is a value in the unit of the
        label. People whose group is unknown are counted and left out, or with `missing: group` are a group of their
        own; people without a label or a finite score are counted and left out, and their shares are limited, that of
        people without a score as that of people without a decision is.
    Inconclusive when: there are fewer than two groups; nobody, or one person, of a group has label and score; no group
        reaches the minimum; a group is below it, for which there is no exact method; every error of the reference is 0;
        nothing varies within a group, so that there is no interval; an interval straddles the threshold; too many
        people have no label, no score or no known group.
    Limits: equal errors in the unit of the label are not equal relative errors where groups differ in level. The
        measure does not tell too high from too low: fairness.residual_bias does. Groups are taken as independent.
    Source: mean absolute error by group as in fairlearn's MetricFrame; interval: Donner and Zou 2012, Welch 1947; with
        weights Binder 1983, Kish 1965; with entities Kott 2001, Wolter 2007.
    """
    asked = Asked("absolute_residual", "Mean absolute errors", "Ratio", "ratio")

    def compared(groups: Groups) -> Sequence[Estimate]:
        told = question("mean_absolute_error_ratio", "ratio", groups.grouping, p, context)
        return compare_members(groups.members("label and score"), told, partial(_compare, groups))

    return measure_means(evidence, p, context, asked, compared)


def _compare(groups: Groups, group: Member, reference: Member) -> Contrast:
    own, other = groups.mean(group.name), groups.mean(reference.name)
    if other.value <= 0:
        return Contrast(None, why=f"every error of {reference.name} is 0, so there is no ratio to it")
    return Contrast(
        own.value / other.value, partial(ratio_interval, own, other), method="ratio of two mean absolute errors"
    )
