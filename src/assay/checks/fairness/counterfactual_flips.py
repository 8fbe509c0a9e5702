"""Counterfactual flips: decisions that change when a protected input is changed."""

from __future__ import annotations

from functools import partial
from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.checks.told import inputs_of, lacking_inputs
from assay.evidence.individuals import Changed, Flips
from assay.evidence.request import FlipsRequest, Needs
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.proportion import clopper_pearson, wilson

MOST_SHOWN = 8
"""Values of an input of which every pair is shown; beyond it each against all others."""


class Parameters(DataParameters):
    """Which inputs are changed, for how many people."""

    change: tuple[str, ...] | Literal["declared"] = "declared"
    """Inputs that are changed, one at a time; `declared`: those declared protected or a proxy."""
    size: int = Field(default=5000, ge=1, le=100_000)
    """How many people are sampled, at most."""


def _request(p: Parameters, view: SubjectView) -> FlipsRequest:
    return FlipsRequest(p.data, inputs_of(p.change, view), p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Decisions of sampled people with other values. Where no input is declared protected, nothing can be changed."""
    missing = view.lacks(data=(p.data,), decision=True, score=True, features=True)
    declared = view.manifest.columns
    if declared is not None and declared.decision is not None and declared.decision.from_ is None:
        missing += ("columns.decision.from: score",)
    if declared is not None and declared.score is not None and declared.score.from_ is None:
        missing += ("columns.score.from: model",)
    missing += lacking_inputs(p.change, view)
    return Needs(() if missing else (_request(p, view),), missing)


@check("fairness.counterfactual_flips", version=1, estimates={"flip_rate": "lower"})
def counterfactual_flips(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Nobody would be decided otherwise if a protected input had another value and all else stayed as it is.

    Method: up to `size` people are drawn by their hash. The model scores each as they are and, for each input of
        `change` alone, with every other value which the data hold in its place; the manifest's cut makes decisions of
        the scores. The estimate `flip_rate` of an input is the share of people who are decided otherwise with at least
        one other value. Codes of one label of a group are one value, and are not exchanged for each other; a number
        whose column is a group with edges is changed to the median of every other bin, any other number to the other
        values if there are at most 50. Interval: Clopper-Pearson over people. A second, simultaneous interval at
        1 - alpha/m holds for the m inputs together.
        With `change: declared` these are the inputs declared `protected` or `proxy_for` something.
    Evidence: for each input, counts of people of the dataset `data` who meet `where`, by the value they hold, the value
        they are given, and how the decision changes. No row leaves the engine.
    Inconclusive when: no input is declared protected or a proxy (a model that takes none cannot flip by it, and a rate
        of nobody is no pass: a policy says `when` it applies); the score is not the model's own or the decision is no
        cut of it; an input has one value only, or more than 50 and no edges; fewer people than the minimum
        are asked about; for too many the value is unknown or the model gives no score; the interval straddles the
        threshold; the manifest names a weight, an entity or a count, since the rows are drawn as if each stood for
        one other person; the data are on Spark, from which no row travels.
    Limits: one input is changed and what it brings about is not: a proxy that keeps its value keeps its effect. A
        person changed in one input may be one who does not exist. No sample shows that a rate is exactly 0: a policy
        that allows none bounds it near 0, or decides on the estimate.
    Source: Kusner, Loftus, Russell and Silva 2017 for the question, of which this is the case without a causal
        model; Clopper and Pearson 1934.
    """
    found = evidence.flips(_request(p, context.view))
    asked = found.drawn - found.undecided
    estimates = tuple(_estimate(each, found, len(found.features), p, context) for each in found.features)
    unknown = max((each.unknown / asked for each in found.features if asked), default=0.0)
    undecided = max((each.undecided for each in found.features), default=0) + found.undecided
    notes = [f"{found.drawn} of {found.available} rows drawn."]
    notes += [f"{each.feature} was not changed: {each.left_out}." for each in found.features if each.left_out]
    exhibits = tuple(_table(each, context) for each in found.features if each.changes)
    return Measured(
        estimates=estimates,
        exhibits=exhibits,
        notes=tuple(notes),
        undecided=undecided / found.drawn if found.drawn else None,
        unknown={"": unknown} if unknown else {},
    )


def _estimate(changed: Changed, found: Flips, family: int, p: Parameters, context: Context) -> Estimate:
    any_other = [change for change in changed.changes if change.given is None]
    people, flips = sum(change.people for change in any_other), sum(change.flips for change in any_other)
    made = partial(Estimate, name="flip_rate", of=changed.feature, n=people, comparisons=family)
    if not people:
        why = changed.left_out or "nobody's own value is known"
        kind: Literal["estimate_undefined", "evidence_missing"] = "estimate_undefined"
        if not found.drawn:
            why, kind = f"there are no rows in the {p.data} data", "evidence_missing"
        elif not found.drawn - found.undecided:
            why, kind = "the model gives nobody a score", "evidence_missing"
        return made(undefined=why, undefined_as=kind)

    def at(confidence: float) -> Interval:
        low, high = clopper_pearson(flips, people, confidence)
        return Interval(low=low, high=high, confidence=confidence, method="Clopper-Pearson")

    return made(
        value=flips / people,
        numerator=flips,
        denominator=people,
        interval=at(context.confidence),
        simultaneous=at(1 - (1 - context.confidence) / family),
    )


def _table(changed: Changed, context: Context) -> Exhibit:
    several = len({change.held for change in changed.changes}) > MOST_SHOWN
    rows = []
    for change in changed.changes:
        if (change.given is None) == several:
            low, high = wilson(change.flips, change.people, context.confidence)
            label = f"{change.held} to {change.given or 'any other'}"
            counts = change.people, change.to_favourable, change.to_unfavourable
            rows.append((label, change.flips / change.people, low, high, *counts))
    return Exhibit(
        name=f"flips[{changed.feature}]",
        title=f"Decisions that change with {changed.feature}",
        columns=columns(
            ("label", "Change", "text"), ("value", "Decided otherwise", "rate"), ("low", "From", "rate"),
            ("high", "To", "rate"), ("people", "People", "count"), ("favourable", "To favourable", "count"),
            ("unfavourable", "To unfavourable", "count"),
        ),
        rows=tuple(rows),
        chart="interval",
    )  # fmt: skip
