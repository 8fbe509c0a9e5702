"""Residual bias: whether a regression is too high or too low for a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from assay.checks.fairness._means import Asked, Groups, measurable, measure_means, moments_requests, residuals_lack
from assay.checks.registry import Context, GroupingParameters, check
from assay.evidence.request import Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Interval
from assay.record.finding import Measured
from assay.stats.contrasts import Member
from assay.stats.means import Found, Sample, standardised, together, without

IN_UNITS, STANDARDISED = "residual_bias", "standardised_residual_bias"


class Parameters(GroupingParameters):
    """Which people, which groups."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Moments of label less score by group."""
    missing = residuals_lack(p, view)
    requests = moments_requests(p, view, "residual").values()
    return Needs(tuple(requests) if measurable(p, view, missing) else (), missing)


@check(
    "fairness.residual_bias",
    version=1,
    estimates={"residual_bias": 0, "standardised_residual_bias": 0},
    honours=("weight", "entity"),
)
def residual_bias(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted values are neither too high nor too low on average, in every group.

    Method: a residual is label less score. The estimate `residual_bias` is the mean residual of a group, in the unit of
        the label: above 0 where the predictions are too low. The estimate `standardised_residual_bias` is the same over
        the standard deviation s of the residuals of all rows (n - 1). A criterion bounds their size: `at_most: 0.1` on
        the latter is the two one-sided tests of a mean within 0.1 s. Interval: Student's; of the standardised one that
        of the linearised statistic, with the error of s by its third and fourth moments, never less than that of
        the mean alone. A second, simultaneous
        interval at 1 - alpha/m holds for all m groups of a grouping together. Sampling weights weigh means, s and
        errors. Where somebody stands in several rows, the error is that of the delete-a-group jackknife over 400 random
        groups of entities.
    Evidence: sums of the first four powers of label less score, less a common centre, by group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`; the score is a value in the unit of the
        label. People whose group is unknown are counted and are no group, or with `missing: group` are one of their
        own; people without a label or a finite score are counted and left out, and their shares are limited, that of
        people without a score as that of people without a decision is.
    Inconclusive when: no row has a known group; nobody, or one person, of a group has label and score; a group is below
        the minimum, for which there is no exact method; all residuals are equal (standardised), or those of a group
        are, so that there is no interval; an interval straddles the threshold; too many people have no label, no score
        or no known group.
    Limits: a mean of 0 can hide predictions that are too high at one end and too low at the other. The poorer a model
        fits all people, the greater s, and the more bias the standardised estimate lets pass: the one in the unit of
        the label stands beside it.
    Source: Welch 1947; Schuirmann 1987 (two one-sided tests); Hedges and Olkin 1985; with weights Binder 1983, Kish
        1965; with entities Kott 2001, Wolter 2007.
    """
    asked = Asked("residual", "Mean residuals", "Bias")
    return measure_means(evidence, p, context, asked, lambda groups: tuple(_estimates(groups, context)))


def _estimates(groups: Groups, context: Context) -> Iterator[Estimate]:
    members = groups.members("label and score")
    if not members:
        for name in (IN_UNITS, STANDARDISED):
            why = f"{groups.grouping}: no row has a known group"
            yield Estimate(name=name, shape="difference", grouping=groups.grouping, undefined=why)
        return
    everybody, comparisons = together(groups.everybody), sum(member.value is not None for member in members)
    rows = sum(groups.rows.values())
    for member in members:
        share = member.rows / rows if rows else None
        if member.value is None:
            for name in (IN_UNITS, STANDARDISED):
                yield Estimate(
                    name=name, shape="difference", grouping=groups.grouping, group=member.name, undefined=member.why,
                    undefined_as=member.kind, n=member.n, share=share,
                )  # fmt: skip
            continue
        own = groups.samples[member.name]
        bias = partial(groups.mean(member.name).interval, method="Student's t")
        yield _estimate(IN_UNITS, groups.grouping, member, member.value, bias, comparisons, share, context)
        found = _over_spread(groups, own, everybody)
        if found is None:
            yield Estimate(
                name=STANDARDISED, shape="difference", grouping=groups.grouping, group=member.name, n=member.n,
                undefined="all residuals are equal, so there is no spread to measure them by", share=share,
            )  # fmt: skip
            continue
        interval = partial(found.interval, method="Student's t, linearised")
        yield _estimate(STANDARDISED, groups.grouping, member, found.value, interval, comparisons, share, context)


def _over_spread(groups: Groups, own: Sample, everybody: Sample) -> Found | None:
    rest = without(everybody, [own])
    return standardised([(1.0, own)], [own, rest], groups.centre / groups.unit)


def _estimate(
    name: str,
    grouping: str,
    member: Member,
    value: float,
    interval: Callable[[float], Interval | None],
    comparisons: int,
    share: float | None,
    context: Context,
) -> Estimate:
    small = member.n < context.minimum
    return Estimate(
        name=name,
        shape="difference",
        grouping=grouping,
        group=member.name,
        value=value,
        n=member.n,
        interval=interval(context.confidence),
        simultaneous=None if small else interval(1 - (1 - context.confidence) / comparisons),
        comparisons=comparisons,
        share=share,
        method="mean of label less score" + ("" if name == IN_UNITS else ", over their standard deviation"),
    )
