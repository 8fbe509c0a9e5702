"""Calibration within groups: whether probabilities come true for the people of each group."""

from __future__ import annotations

from collections.abc import Sequence

from assay.checks.exhibit import columns
from assay.checks.fairness._group_scores import (
    Group,
    Grouped,
    measure_groups,
    score_needs,
)
from assay.checks.performance._scores import Kind, masses
from assay.checks.registry import Context, GroupingParameters, check
from assay.evidence.request import Needs
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.calibration import Recalibration, Unstable, observed_expected, recalibrate
from assay.stats.weighted_calibration import event_rate, observed_expected_by_design, recalibrate_by_design

ENOUGH = 10
NAMES = ("observed_expected", "intercept", "slope")


class Parameters(GroupingParameters):
    """Which people, which groups."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each probability of each group."""
    missing = view.lacks(data=(p.data,), label=True, probability=True, groups=p.groups)
    return score_needs(p, view, missing, labelled=True)


@check(
    "fairness.calibration_within_groups",
    version=1,
    estimates={"observed_expected": 1, "intercept": 0, "slope": 1},
    honours=("weight",),
)
def calibration_within_groups(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The predicted probabilities come true in every group by itself.

    Method: for each group the estimate `observed_expected` is the number of its events over the sum of its
        probabilities, 1 where they come true in the large. Interval: Wilson limits of the event rate over the mean
        probability, conservative. The estimates `intercept` and `slope` are those of a logistic regression, within the
        group, of the event on the logit of the probability: 0 and 1 where the probabilities come true; a slope below 1
        says that they are too extreme in that group. Intervals: Wald. Probabilities within one millionth of 0 or 1 are
        moved to that distance for the logit. A second, simultaneous interval at 1 - alpha/m holds for one of the three
        numbers in all m groups of a grouping together. Sampling weights weigh people: intervals are then Wilson's at
        the effective number of people, and Wald's with the sandwich estimator. Beyond 500 000 different probabilities
        people are counted in bins, each at the mean of its probabilities over all groups.
    Evidence: people with the event, without it and without a label by probability and group (`groups`, `a*b` for
        intersections) in the dataset `data`, of the rows that meet `where`. People whose group is unknown are counted
        and left out, or with `missing: group` are a group of their own.
    Inconclusive when: the score is no probability; a group has one class only, or somebody without a finite score;
        there are fewer than 10 events or others in a group, or their weights leave them worth fewer (intercept, slope);
        a cut separates the classes or the fit does not converge (intercept, slope); a group is under the minimum; too
        many people have no label or no known group; an interval straddles the threshold.
    Limits: groups with different event rates cannot, unless the model is perfect, be calibrated alike and have equal
        error rates as well. A group can be calibrated in the large and in slope, and still be off in between. No two
        groups are compared; each is held against 0 and 1. Entities are not honoured.
    Source: Cox 1958; Van Calster et al. 2016; Kleinberg, Mullainathan and Raghavan 2017; Chouldechova 2017. Intervals:
        Wilson 1927; with weights Binder 1983, Kish 1965, Korn and Graubard 1998.
    """

    def found(of: Grouped) -> tuple[Sequence[Estimate], Sequence[Exhibit]]:
        own = [estimate for group in of.groups for estimate in _of_group(group, of.groups, of.grouping, context)]
        return own or [_whole(name, of.grouping) for name in NAMES], [_table(of.groups, of.grouping, own)]

    return measure_groups(evidence, p, context, found, labelled=True)


def _of_group(group: Group, groups: Sequence[Group], grouping: str, context: Context) -> list[Estimate]:
    """The three numbers of a group, each with an interval for itself and one for all groups."""
    rows = sum(each.rows for each in groups)
    comparisons = max(sum(each.unusable is None for each in groups), 1)
    share = group.rows / rows if rows else None

    def undefined(name: str, why: tuple[str, Kind]) -> Estimate:
        return Estimate(
            name=name, grouping=grouping, group=group.name, undefined=why[0], undefined_as=why[1], n=group.labelled,
            share=share,
        )  # fmt: skip

    if (unusable := group.unusable) is not None:
        return [undefined(name, unusable) for name in NAMES]
    together = 1 - (1 - context.confidence) / comparisons
    small = group.labelled < context.minimum

    def made(name: str, value: float, own: Interval, family: Interval, method: str) -> Estimate:
        return Estimate(
            name=name, grouping=grouping, group=group.name, value=value, n=group.labelled, interval=own,
            simultaneous=None if small else family, comparisons=comparisons, share=share, method=method,
        )  # fmt: skip

    found = []
    large = _in_the_large(group.scores, context.confidence), _in_the_large(group.scores, together)
    if large[0] is None or large[1] is None:
        found.append(undefined(NAMES[0], (f"no event is expected in {group.name}", "estimate_undefined")))
    else:
        found.append(made(NAMES[0], large[0][0], large[0][1], large[1][1], "observed over expected"))
    fit = _fit(group)
    if not isinstance(fit, Recalibration):
        return [*found, *(undefined(name, fit) for name in NAMES[1:])]
    for name, value, interval in (
        ("intercept", fit.intercept, fit.intercept_interval),
        ("slope", fit.slope, fit.slope_interval),
    ):
        both = interval(context.confidence), interval(together)
        found.append(made(name, value, *both, "logistic recalibration"))
    return found


def _in_the_large(scores: Scores, confidence: float) -> tuple[float, Interval] | None:
    if scores.weights is None:
        return observed_expected(scores.score, scores.events, scores.nonevents, confidence)
    rate = event_rate(*masses(scores), None, weighted=True)
    return observed_expected_by_design(scores.score, *masses(scores), rate, confidence)


def _fit(group: Group) -> Recalibration | tuple[str, Kind]:
    """The regression within a group, or why there is none."""
    scores = group.scores
    events, others = int(scores.events.sum()), int(scores.nonevents.sum())
    if min(events, others) < ENOUGH:
        few = f"{group.name} has {events} events and {others} others; intercept and slope need {ENOUGH} of each"
        return few, "sample_too_small"
    worth = min(each.effective for each in masses(scores))
    if worth < ENOUGH:
        few = f"the events or the others of {group.name} are worth {worth:.1f} people by their weights"
        return f"{few}; intercept and slope need {ENOUGH} of each", "sample_too_small"
    try:
        if scores.weights is None:
            return recalibrate(scores.score, scores.events, scores.nonevents)
        return recalibrate_by_design(scores.score, *masses(scores), None)
    except Unstable as unstable:
        return f"{group.name}: {unstable}", "estimate_unstable"


def _whole(name: str, grouping: str) -> Estimate:
    return Estimate(name=name, grouping=grouping, undefined=f"{grouping}: no row has a known group")


def _table(groups: Sequence[Group], grouping: str, found: Sequence[Estimate]) -> Exhibit:
    """One line per group: observed over expected with its interval, intercept and slope."""
    values = {(each.name, each.group): each for each in found if each.value is not None}
    rows = []
    for group in groups:
        large, intercept, slope = (values.get((name, group.name)) for name in NAMES)
        interval = large.interval if large else None
        rows.append((
            group.name, large.value if large else None, interval.low if interval else None,
            interval.high if interval else None, intercept.value if intercept else None,
            slope.value if slope else None, int(group.scores.events.sum()), group.labelled, group.rows,
        ))  # fmt: skip
    given = columns(
        ("label", "Group", "text"), ("value", "Observed over expected", "ratio"), ("low", "From", "ratio"),
        ("high", "To", "ratio"), ("intercept", "Intercept", "number"), ("slope", "Slope", "number"),
        ("events", "Events", "count"), ("counted", "Labelled", "count"), ("people", "People", "count"),
    )  # fmt: skip
    return Exhibit(
        name=f"calibration[{grouping}]",
        title=f"Calibration by {grouping.replace('*', ' and ')}",
        columns=given,
        rows=tuple(rows),
        chart="interval",
    )
