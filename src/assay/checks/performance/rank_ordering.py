"""Whether the event becomes more frequent from one band of the score to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from assay.checks.exhibit import columns
from assay.checks.performance._bands import Band, bands, equal_bands, inversions_interval
from assay.checks.performance._scores import Kind, inexact, share_unlabelled, sum_of, undefined, unusable
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.comparison import difference_interval, exact_difference_interval

GROUPING = "score band"


class Parameters(DataParameters):
    """Which rows, in which bands."""

    bands: int = Field(default=10, ge=2, le=50)
    """Bands of about equally many rows, where no edges are given."""
    edges: tuple[float, ...] | None = Field(default=None, max_length=49)
    """Bands [a, b) of the score; below the first and from the last on are bands too."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        edges = self.edges
        if edges is not None and (not edges or list(edges) != sorted(set(edges))):
            raise ValueError("edges must rise")
        if edges is not None and "bands" in self.model_fields_set:
            raise ValueError("`bands` says nothing beside `edges`, which are the bands; leave one of them out")
        return self

    @model_serializer(mode="wrap")
    def _what_counts(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Beside edges no number of bands is recorded, so that what is recorded can be read again."""
        return {name: value for name, value in write(self).items() if name != "bands" or self.edges is None}


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score."""
    missing = view.lacks(data=(p.data,), label=True, score=True)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check(
    "performance.rank_ordering",
    version=1,
    estimates={"inversions": "lower", "event_rate_step": "higher"},
    honours=("weight", "entity"),
)
def rank_ordering(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """From each band of the score to the next higher one, the event becomes more frequent.

    Method: rows are put into `bands` bands of about equally many rows by their score, equal scores together; or into
        the bands [a, b) between given `edges`, below the first and from the last on too. The estimate `event_rate_step`
        is the event rate of a band less that of the next lower one that holds any rows. Interval: Newcombe's, from
        Wilson limits; with a band under the minimum, Clopper-Pearson limits of both rates. A second, simultaneous
        interval at 1 - alpha/m holds for all m steps together. The estimate `inversions` is the number of steps below
        0. Its interval goes from the number of steps shown to be below 0 to the number of those not shown to be at
        least 0, both by the simultaneous intervals; but to 0 where every step is shown not to fall by its own, for then
        none has to allow for the others. So `at_most: 0` passes where every step is shown not to fall, and fails where
        one is shown to. Its n is that of the band with the fewest rows. Sampling weights weigh rows, and intervals are
        at their effective number; where somebody stands in several rows, the variance of a rate is that between 400
        random groups of entities, with Student's quantile. With scores counted in bins, those that lie across an edge
        count where their mean lies; by what this can be off is printed, and added to the interval at both ends.
    Evidence: events and non-events at each distinct score, or in bins, of the dataset `data`, of the rows that meet
        `where`. The event is what a higher score speaks for.
    Inconclusive when: there is one class only; a row has no finite score; there are fewer than two bands with rows; too
        many rows have no label; an interval straddles the threshold; a band is under the minimum; the policy decides on
        the estimate, and scores counted in bins lie across an edge.
    Limits: neighbouring bands of many differ little, so that it takes many rows to show that none falls; fewer bands,
        or a small fall that is allowed (`estimate: event_rate_step`, `at_least: -0.01`), take fewer. Bands are taken as
        independent: an entity that stands in two of them makes intervals wider than they need be, or narrower where its
        rows speak against each other.
    Source: Newcombe 1998; Wilson 1927; Clopper and Pearson 1934; Dunn 1961; Berger 1982 (all steps at once); with
        weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled = share_unlabelled(scores)
    why: tuple[str, Kind] | None = unusable(scores, p.data)
    found: list[Band] = []
    hidden: list[float] = []
    if why is None:
        found, hidden = _between(scores, p.edges) if p.edges else (equal_bands(scores, p.bands), [])
        hidden = hidden or [0.0] * len(found)
        if len(found) < 2:
            why = f"the scores of the {p.data} data fall into one band", "estimate_undefined"
        elif any(hidden) and context.decide_on == "estimate":
            why = inexact(p.data, max(hidden), ranked=False)
    if why is not None:
        both = (undefined(name, why, scores) for name in ("inversions", "event_rate_step"))
        return Measured(
            estimates=tuple(each.model_copy(update={"grouping": GROUPING}) for each in both), unlabelled=unlabelled
        )
    steps = _Steps(found, hidden, context).estimates
    table = _table(scores, found, context.confidence)
    return Measured(
        estimates=(_inversions(steps, context.confidence), *steps), exhibits=(table,), unlabelled=unlabelled
    )


@dataclass(frozen=True)
class _Steps:
    """From each band to the next higher one."""

    bands: list[Band]
    hidden: list[float]
    """By how much the rate of each band can be off."""
    context: Context

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        m = len(self.bands) - 1
        return tuple(self._step(low, m) for low in range(m))

    def _step(self, low: int, m: int) -> Estimate:
        below, above = self.bands[low], self.bands[low + 1]
        bound = self.hidden[low] + self.hidden[low + 1]
        level = self.context.confidence
        return Estimate(
            name="event_rate_step",
            grouping=GROUPING,
            group=f"band {low + 2}",
            reference=f"band {low + 1}",
            value=above.rate.rate - below.rate.rate,
            n=min(above.rate.people, below.rate.people),
            bound=bound or None,
            interval=self._interval(above, below, level, bound),
            simultaneous=self._interval(above, below, 1 - (1 - level) / m, bound),
            comparisons=m,
            method="difference of event rates" + (", weighted" if above.rate.weighted else ""),
        )

    def _interval(self, above: Band, below: Band, level: float, bound: float) -> Interval:
        small = min(above.rate.people, below.rate.people) < self.context.minimum
        made = exact_difference_interval if small else difference_interval
        found = made(above.counted(level), below.counted(level), level)
        if not bound:
            return found
        low, high = (found.low or 0.0) - bound, (found.high or 0.0) + bound
        method = f"{found.method}; wider by the bins' bound"
        return found.model_copy(update={"low": max(low, -1.0), "high": min(high, 1.0), "method": method})


def _inversions(steps: tuple[Estimate, ...], confidence: float) -> Estimate:
    interval = inversions_interval([step.interval for step in steps], [step.simultaneous for step in steps], confidence)
    return Estimate(
        name="inversions",
        grouping=GROUPING,
        value=float(sum(step.value is not None and step.value < 0 for step in steps)),
        n=min(step.n for step in steps),
        interval=interval,
        simultaneous=interval,
        comparisons=len(steps),
        method=f"steps below 0 of {len(steps)} between bands of the score",
    )


def _between(scores: Scores, edges: tuple[float, ...]) -> tuple[list[Band], list[float]]:
    """Bands between edges, and by how much bins across an edge can make the rate of each be off."""
    import numpy as np

    place = np.searchsorted(np.array(edges), scores.score, side="right").astype(np.int64)
    found = list(bands(scores, place))
    if scores.bins is None:
        return found, []
    first, last = (
        np.searchsorted(np.array(edges), each, side="right") for each in (scores.bins.least, scores.bins.greatest)
    )
    mass = sum_of(scores)
    hidden = []
    for band in np.unique(place[mass > 0]):
        across = (first < last) & (first <= band) & (band <= last)
        surely = float(mass[(place == band) & ~across].sum())
        unsure = float(mass[across].sum())
        hidden.append(unsure / (surely + unsure) if surely else 1.0)
    return found, hidden


def _table(scores: Scores, found: list[Band], confidence: float) -> Exhibit:
    return Exhibit(
        name="bands",
        title="Event rate by band of the score",
        columns=columns(
            ("label", "Band", "text"), ("value", "Event rate", "rate"), ("low", "From", "rate"), ("high", "To", "rate"),
            ("n", "Rows", "count"), ("events", "Events", "count"), ("score", "Mean score", "number"),
        ),
        rows=tuple(
            (f"band {i}", band.rate.rate, *band.limits(confidence), band.rate.people, band.events, band.predicted)
            for i, band in enumerate(found, 1)
        ),
        chart="interval",
        note=f"The event is {scores.event}. Band 1 has the lowest scores.",
    )  # fmt: skip
