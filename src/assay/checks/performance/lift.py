"""What the top of the ranking gains over picking by lot."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._metrics import Metric, estimate_of
from assay.checks.performance._scores import by_score, masses, said_of_scores, several, share_unlabelled, undefined
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.linearised import Spread, share_interval, spread
from assay.stats.ranking import captured, gains

STEPS = 20
"""Lines of the table of gains."""


class Parameters(DataParameters):
    """Which rows, and how many of them are the top."""

    top: float = Field(default=0.1, gt=0, lt=1)
    """The share of people with the highest scores."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score."""
    missing = view.lacks(data=(p.data,), label=True, score=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check("performance.lift", version=1, estimates={"lift": "higher", "captured": "higher"}, honours=("weight", "entity"))
def lift(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """The people with the highest scores have the event more often than everybody.

    Method: the estimate `lift` is the event rate among the share `top` of the people with the highest scores, over the
        event rate of all; 1 where the score says nothing. The estimate `captured` is the share of all events that they
        hold, which is `lift` times `top`. Of people who tie at the cut the part that is still missing counts, events
        and non-events alike: what an order by lot gives on average. Interval: Wilson's for the share captured, at the
        number of events whose share would vary as much, never more than there are, and at each end no narrower than the
        normal one; the variance is linearised, from how much each row moves the number, the cut included, by the event
        rate of the people next to it, above or below, whichever makes it vary more. With fewer than 10 events or
        non-events, or where nothing varies, the limits of Clopper and Pearson. Beyond 500 000 distinct scores they are
        counted in bins; what the bin at the cut can hide is printed, and added to the interval at both ends; no point
        decides then. Sampling weights weigh people; where somebody stands in several rows the variance is that between
        400 random groups of entities, with Student's quantile.
    Evidence: events and non-events at each distinct score, or in bins, of the dataset `data`, of the rows that meet
        `where`. The event is what a higher score speaks for.
    Inconclusive when: there is one class only; a row has no finite score; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum; the policy decides on the estimate, and the cut
        falls into a bin of several scores.
    Limits: no lift is larger than 1 over the share of events, nor than 1 over `top`, so that it cannot be compared
        between populations of different shares. Where the top holds about all events and about as many people, the
        share captured turns on how many events there happen to be, and the interval is wide. Rows are taken as
        independent, unless the manifest names the entity.
    Source: Wilson 1927; Binder 1983; Woodruff 1952 (a cut that varies with the sample); with weights or entities Kish
        1965, Korn and Graubard 1998, Kott 2001, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    share, found = estimate_of("captured", scores, p.data, context, lambda each: _captured(each, p.top), ranked=False)
    if found is None:
        lifted = undefined("lift", (share.undefined or "", share.undefined_as), scores)
        return Measured(estimates=(lifted, share), unlabelled=unlabelled)
    return Measured(estimates=(_lift(share, p.top), share), exhibits=(_gains(scores, p.top),), unlabelled=unlabelled)


def _captured(scores: Scores, top: float) -> Metric:
    own, other = masses(scores)
    found = captured(*by_score(scores), top, several(scores))
    varies = spread(own, other, found.of_event[scores.place], found.of_nonevent[scores.place], scores.group)
    return Metric(
        found.value,
        lambda level: _interval(found.value, varies, level, min(own.effective, varies.events)),
        f"share of the events among the top {top:g} of the people",
        said_of_scores(scores, found.bound or None),
        found.bound,
    )


def _interval(value: float, varies: Spread, confidence: float, most: float) -> Interval:
    """Wilson's alone takes a share near 1 to vary little, which it does not where that turns on the cut."""
    wilson = share_interval(value, varies, confidence, most=most)
    if not varies.trusted or wilson.low is None or wilson.high is None:
        return wilson
    half = varies.error(confidence)
    low, high = min(wilson.low, max(value - half, 0.0)), max(wilson.high, min(value + half, 1.0))
    method = wilson.method if (low, high) == (wilson.low, wilson.high) else f"{wilson.method}; wider by the normal one"
    return wilson.model_copy(update={"low": low, "high": high, "method": method})


def _lift(share: Estimate, top: float) -> Estimate:
    interval = share.interval
    if interval is not None and interval.low is not None and interval.high is not None:
        interval = interval.model_copy(update={"low": interval.low / top, "high": interval.high / top})
    return share.model_copy(
        update={
            "name": "lift",
            "value": (share.value or 0.0) / top,
            "bound": None if share.bound is None else share.bound / top,
            "interval": interval,
            "method": f"event rate among the top {top:g} of the people over that of all",
        }
    )


def _gains(scores: Scores, top: float) -> Exhibit:
    return Exhibit(
        name="gains",
        title="Gains and lift, from the highest score on",
        columns=columns(
            ("people", "Share of people", "rate"), ("captured", "Share of events", "rate"), ("lift", "Lift", "ratio")
        ),
        rows=tuple(_lines(scores, top)),
        chart="line",
        note=f"The event is {scores.event}.",
    )


def _lines(scores: Scores, top: float) -> Iterator[tuple[float, float, float]]:
    import numpy as np

    shares = np.unique(np.append(np.arange(1, STEPS + 1) / STEPS, top))
    for share, gain in zip(shares, gains(*by_score(scores), shares), strict=True):
        yield float(share), float(gain), float(gain / share)
