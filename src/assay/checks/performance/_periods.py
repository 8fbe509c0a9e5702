"""A metric of each period of time, with its interval by the level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from assay.checks.fairness._group_scores import groups_of
from assay.checks.fairness._means import Groups
from assay.checks.performance._metrics import TITLES, Impossible, metric
from assay.checks.performance._scores import Kind, masses
from assay.evidence.group_scores import GroupScores
from assay.evidence.moments import Moments
from assay.evidence.scores import Scores
from assay.record.estimate import DesignRate, Interval
from assay.stats.calibration import observed_expected
from assay.stats.design import scaled
from assay.stats.means import Found
from assay.stats.proportion import clopper_pearson, wilson
from assay.stats.regression import not_below_zero, of_square_about, root, root_interval
from assay.stats.weighted_calibration import event_rate, observed_expected_by_design

OF_TWO_CLASSES = ("auc", "ks")
NAMES = {name: TITLES[name] for name in ("auc", "ks", "brier")} | {
    "event_rate": "Event rate",
    "observed_expected": "Observed over expected",
    "mean_residual": "Mean residual",
    "root_mean_squared_error": "Root mean squared error",
    "mean_absolute_error": "Mean absolute error",
}
Limited = Callable[[float], "Interval | None"]


@dataclass(frozen=True)
class Period:
    """One period with its number, or the reason why there is none."""

    name: str
    n: int
    """Rows behind the number."""
    rows: int
    """All rows."""
    value: float | None = None
    interval: Limited = lambda confidence: None  # noqa: ARG005
    exact: Limited = lambda confidence: None  # noqa: ARG005
    """For few rows; None where there is no exact method."""
    why: tuple[str, Kind] = ("", "estimate_undefined")
    method: str = ""
    bound: float = 0.0
    events: int | None = None
    """Of the n rows; None where they are no counts of events."""
    design: DesignRate | None = None
    """Of a share of events that weigh differently."""


def periods_of_scores(value: GroupScores, name: str) -> Iterator[Period]:
    """A metric of events and scores, period by period in the order of time."""
    for group in groups_of(value, keep_unknown=False):
        made = partial(Period, group.name, group.labelled, group.rows)
        why = _unusable(group.scores, group.name, name)
        if why is not None:
            yield made(why=why)
        elif name == "event_rate":
            yield _rate(made, group.scores)
        elif name == "observed_expected":
            yield _observed_expected(made, group.scores)
        else:
            try:
                found = metric(name, group.scores)  # type: ignore[arg-type]
            except Impossible as impossible:
                yield made(why=(str(impossible), "estimate_undefined"))
                continue
            yield made(value=found.value, interval=found.interval, method=found.method, bound=found.bound)


def periods_of_residuals(moments: Moments, period: str, name: str) -> Iterator[Period]:
    """An error of a regression, period by period in the order of time."""
    groups = Groups.of(moments, period, keep_unknown=False)
    for each, sample in groups.samples.items():
        made = partial(Period, each, sample.people, groups.rows[each])
        unscored = sum(n for levels, n in zip(moments.rows, moments.unscored, strict=True) if levels[0] == each)
        if unscored:
            yield made(
                why=(f"{unscored} of {groups.rows[each]} rows of {each} have no finite score", "estimate_undefined")
            )
        elif not sample.sums[0]:
            yield made(why=(f"nobody of {each} has label and score, or weighs anything", "sample_too_small"))
        elif name == "root_mean_squared_error":
            square = root(of_square_about(sample, groups.centre, groups.unit))
            yield made(
                value=square.value, interval=partial(root_interval, square), method="root of the mean squared residual"
            )
        elif name == "mean_absolute_error":
            yield made(value=groups.mean(each).value, interval=_above_zero(groups.mean(each)), method="mean size")
        else:
            found = groups.mean(each)
            yield made(value=found.value, interval=partial(found.interval, method="Student's t"), method="mean")


def _unusable(scores: Scores, period: str, name: str) -> tuple[str, Kind] | None:
    events, n = int(scores.events.sum()), int(scores.events.sum() + scores.nonevents.sum())
    if scores.unscored:
        return f"{scores.unscored} of {scores.total} rows of {period} have no finite score", "estimate_undefined"
    if not n:
        return f"no row of {period} has a label", "sample_too_small"
    own, other = masses(scores)
    if not own.sums.any() and not other.sums.any():
        return f"the weights of all rows of {period} are 0", "estimate_undefined"
    if name not in OF_TWO_CLASSES:
        return None
    if events in (0, n):
        return f"{'every' if events else 'no'} labelled row of {period} has the event", "estimate_undefined"
    if not own.sums.any() or not other.sums.any():
        return f"the weights of all rows of {period} with the event, or without it, are 0", "estimate_undefined"
    return None


def _rate(made: Callable[..., Period], scores: Scores) -> Period:
    events, n = int(scores.events.sum()), int(scores.events.sum() + scores.nonevents.sum())
    if scores.plain:
        return made(
            value=events / n, events=events, method="share of the event",
            interval=lambda level: _between(wilson(events, n, level), level, "Wilson"),
            exact=lambda level: _between(clopper_pearson(events, n, level), level, "Clopper-Pearson"),
        )  # fmt: skip
    rate = event_rate(*masses(scores), None, weighted=True)
    return made(
        value=rate.rate, design=rate, method="weighted share of the event",
        interval=lambda level: _between(wilson(*scaled(rate, level), level), level, "Wilson at the effective number"),
    )  # fmt: skip


def _observed_expected(made: Callable[..., Period], scores: Scores) -> Period:
    if scores.plain:
        by_level = partial(observed_expected, scores.score, scores.events, scores.nonevents)
    else:
        rate = event_rate(*masses(scores), None, weighted=True)
        by_level = partial(observed_expected_by_design, scores.score, *masses(scores), rate)
    found = by_level(0.5)
    if found is None:
        return made(why=("no event is expected: every probability is 0", "estimate_undefined"))
    return made(value=found[0], interval=lambda level: _second(by_level(level)), method="observed over expected")


def _second(found: tuple[float, Interval] | None) -> Interval | None:
    return None if found is None else found[1]


def _above_zero(found: Found) -> Limited:
    return lambda level: not_below_zero(found.interval(level, "Student's t"))


def _between(limits: tuple[float, float], level: float, method: str) -> Interval:
    return Interval(low=limits[0], high=limits[1], confidence=level, method=method)
