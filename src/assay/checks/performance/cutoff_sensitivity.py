"""How many decisions hang on where exactly the cut of the score lies."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.performance._scores import Kind, inexact, masses, share_unlabelled, sum_of, undefined
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, ScoresRequest
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.columns import Favourable
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.design import scaled
from assay.stats.masses import Masses
from assay.stats.proportion import wilson
from assay.stats.weighted_calibration import event_rate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Truths = npt.NDArray[np.bool_]

NAME = "decisions_changed"


class Parameters(DataParameters):
    """Which rows, and by how much the cut moves."""

    delta: float = Field(default=0.01, gt=0)
    """In the unit of the score."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Labels counted at each score."""
    missing = view.lacks(data=(p.data,), label=True, score=True)
    missing += () if _cut(view) else ("columns.decision.from: score",)
    return Needs(() if missing else (ScoresRequest(p.data, p.where),), missing)


@check(
    "performance.cutoff_sensitivity", version=1, estimates={"decisions_changed": "lower"}, honours=("weight", "entity")
)
def cutoff_sensitivity(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Few decisions change when the cut of the score moves a little.

    Method: where the manifest has a cut of the score decide (`columns.decision.from: score`), the estimate
        `decisions_changed` is the share of people whose decision is another one when the cut is raised by `delta`, and
        the same when it is lowered; `delta` is in the unit of the score, and added as a decimal number. Interval:
        Wilson's. A table shows the share of favourable decisions and the event rate among them at each of the three
        cuts. Sampling weights weigh people, and the interval is at their effective number; where somebody stands in
        several rows, the variance is that between 400 random groups of entities, with Student's quantile. With scores
        counted in bins, what those that lie across a cut can hide is printed, and added to the interval at both ends.
    Evidence: events and non-events at each distinct score, or in bins, of the dataset `data`, of the rows that meet
        `where`. The event is what a higher score speaks for.
    Inconclusive when: a row has no finite score; no row has a label; too many rows have no label; the interval
        straddles the threshold; there are fewer rows than the minimum; the policy decides on the estimate, and scores
        counted in bins lie across a cut.
    Limits: only people with a label are counted. Whether a changed decision would be a better one the share does not
        say; the event rates beside it give a hint. `delta` has to fit the scale of the score.
    Source: Wilson 1927; with weights or entities Kish 1965, Korn and Graubard 1998, Wolter 2007.
    """
    scores = evidence.scores(ScoresRequest(p.data, p.where))
    unlabelled, cut = share_unlabelled(scores), _cut(context.view)
    assert cut is not None  # noqa: S101  needs has asked
    why: tuple[str, Kind] | None = _unusable(scores, p.data)
    if why is not None:
        return Measured(estimates=(undefined(NAME, why, scores),), unlabelled=unlabelled)
    moved = [_moved(cut, p.delta, sign) for sign in (1, -1)]
    estimates = tuple(_changed(scores, cut, to, p.data, context) for to in moved)
    return Measured(estimates=estimates, exhibits=(_table(scores, [moved[1], cut, moved[0]]),), unlabelled=unlabelled)


def _cut(view: SubjectView) -> Favourable | None:
    declared = view.manifest.columns
    decision = declared.decision if declared else None
    cut = decision.favourable if decision and decision.from_ == "score" else None
    return cut if isinstance(cut, Favourable) else None


def _unusable(scores: Scores, data: str) -> tuple[str, Kind] | None:
    if not scores.total:
        return f"the {data} data have no rows", "evidence_missing"
    if scores.unscored:
        return f"{scores.unscored} of {scores.total} rows of the {data} data have no finite score", "estimate_undefined"
    if not (scores.events.sum() + scores.nonevents.sum()):
        return f"no row of the {data} data has a label", "evidence_missing"
    if not sum_of(scores).any():
        return f"the weights of all rows of the {data} data are 0", "estimate_undefined"
    return None


def _moved(cut: Favourable, delta: float, sign: int) -> Favourable:
    """Added as decimal numbers: 0.15 and 0.01 are 0.16."""
    return Favourable(
        **{name: float(Decimal(repr(at)) + sign * Decimal(repr(delta))) for name, at in cut if at is not None}
    )


def _at(cut: Favourable) -> float:
    found: float = next(at for _, at in cut if at is not None)
    return found


def _favourable(cut: Favourable, score: Floats) -> Truths:
    if cut.below is not None:
        return score < cut.below
    if cut.at_most is not None:
        return score <= cut.at_most
    return score > cut.above if cut.above is not None else score >= _at(cut)


def _ends(scores: Scores) -> tuple[Floats, Floats]:
    return (scores.bins.least, scores.bins.greatest) if scores.bins else (scores.score, scores.score)


def _changed(scores: Scores, cut: Favourable, to: Favourable, data: str, context: Context) -> Estimate:
    import numpy as np

    differs = _favourable(cut, scores.score) != _favourable(to, scores.score)
    across = np.zeros(len(differs), bool)
    for each in (cut, to):
        first, last = (_favourable(each, end) for end in _ends(scores))
        across |= first != last
    mass, of = sum_of(scores), f"the cut at {_at(to):g}"
    bound = float(mass[across].sum()) / float(mass.sum())
    if bound and context.decide_on == "estimate":
        return undefined(NAME, inexact(data, bound, ranked=False), scores).model_copy(update={"of": of})
    inside, outside = (_part(scores, each) for each in (differs, ~differs))
    rate = event_rate(inside, outside, scores.group, weighted=scores.weights is not None)
    people, changed = rate.people, int(inside.people.sum())
    counted = (changed, people) if scores.plain else scaled(rate, context.confidence)
    low, high = wilson(counted[0], counted[1], context.confidence)
    plain = scores.plain and not bound
    return Estimate(
        name=NAME,
        of=of,
        value=changed / people if scores.plain else rate.rate,
        n=people,
        numerator=changed if plain else None,
        denominator=people if plain else None,
        design=None if scores.plain else rate,
        bound=bound or None,
        interval=Interval(
            low=max(low - bound, 0.0),
            high=min(high + bound, 1.0),
            confidence=context.confidence,
            method="Wilson" + ("; wider by the bins' bound" if bound else ""),
        ),
        method=f"people with another decision, the cut being {_at(to):g} in the place of {_at(cut):g}",
    )


def _part(scores: Scores, mine: Truths) -> Masses:
    """All rows of some lines, events and non-events together."""
    own, other = masses(scores)
    return Masses(
        (own.people + other.people) * mine, (own.sums + other.sums) * mine, (own.squares + other.squares) * mine
    )


def _table(scores: Scores, cuts: list[Favourable]) -> Exhibit:
    own, other = masses(scores)
    mass, rows = own.sums + other.sums, []
    for cut in cuts:
        chosen = _favourable(cut, scores.score)
        held = float(mass[chosen].sum())
        events = float(own.sums[chosen].sum()) / held if held else None
        rows.append((f"{_at(cut):g}", held / float(mass.sum()), events))
    return Exhibit(
        name="cuts",
        title="Favourable decisions by cut",
        columns=columns(
            ("label", "Cut", "text"), ("value", "Favourable", "rate"), ("events", "Event rate among them", "rate")
        ),
        rows=tuple(rows),
        chart="bar",
        note=f"The event is {scores.event}.",
    )
