"""Regions of an input in which a model does worse on data that it has not seen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import AgainstParameters, Context, check
from assay.checks.told import Undefined, inputs_of, lacking_inputs
from assay.evidence.regions import Region, Regions, Side
from assay.evidence.request import Needs, RegionsRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured
from assay.stats.comparison import difference_interval, exact_difference_interval

NAME = "accuracy_gap"
MOST_FEATURES = 300


class Parameters(AgainstParameters):
    """Which rows, against which, and by which inputs."""

    features: tuple[str, ...] | Literal["all"] = "all"
    """Inputs, one at a time."""
    bins: int = Field(default=10, ge=2, le=50)
    """Into how many quantiles a number is cut."""
    size: int = Field(default=50_000, ge=200, le=200_000)
    """How many people of each dataset are sampled, at most."""


def _request(p: Parameters, view: SubjectView) -> RegionsRequest:
    return RegionsRequest(p.data, p.against, inputs_of(p.features, view), p.bins, p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Right and wrong decisions by region, in both datasets."""
    missing = view.lacks(data=(p.data, p.against), label=True, decision=True, features=True)
    missing += lacking_inputs(p.features, view)
    if len(inputs_of(p.features, view)) > MOST_FEATURES:
        missing += (f"at most {MOST_FEATURES} inputs (name them with `features`)",)
    return Needs(() if missing else (_request(p, view),), missing)


@check("performance.regional_overfit", version=1, estimates={"accuracy_gap": "lower"})
def regional_overfit(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """Wherever an input lies, the model does about as well on data it has not seen as on what it was made from.

    Method: up to `size` people of each of the datasets `data` and `against` are drawn by their hash. For each of the
        `features` (with `all`: for every input), one at a time, they are put into regions that are made of `against`:
        between `bins` quantiles of a number, or at one value where there are no more values than that; at one of the 50
        most frequent levels of a category, all others being one; without a value. The estimate `accuracy_gap` of a
        region is the share of right decisions in `against` less that in `data`: positive where the model is better on
        what it knows. Intervals: Newcombe's hybrid score interval; Clopper-Pearson limits of both rates where a region
        is under the minimum. A second, simultaneous interval at 1 - alpha/m holds for all m regions of all inputs
        together.
    Evidence: people with a label and a decision, and those whose decision is not their label, by region of each input,
        of the rows of both datasets that meet `where`. No row leaves the engine.
    Inconclusive when: the manifest lists no input, or no label, decision or second dataset; a region has nobody in one
        of the two; a region has fewer people than the minimum, unless it is wholly beyond the limit; an interval
        straddles the threshold; too many people have no label or no decision; the manifest names a weight, an entity or
        a count; the data are on Spark, from which no row travels.
    Limits: the two datasets are taken as independent; rows or entities that stand in both hide a gap. With many inputs
        there are many regions, so that it takes many people to show a gap in one of them. Regions are of one input
        each: a gap where two inputs meet is not seen.
    Source: Newcombe 1998. ValidMind's OverfitDiagnosis compares the same regions and warns of a gap above 0.04, which
        is its convention; it gives no interval.
    """
    found = evidence.of(_request(p, context.view), Regions)
    drawn = [(each.unlabelled / each.drawn, each.undecided / each.drawn) for each in found.sampled if each.drawn]
    unlabelled, undecided = (max(shares) for shares in zip(*drawn, strict=True)) if drawn else (None, None)
    why = _why_none(found, p)
    if why is not None:
        told, kind = why
        none = Estimate(name=NAME, undefined=told, undefined_as=kind)
        return Measured(estimates=(none,), unlabelled=unlabelled, undecided=undecided)
    estimates = [_estimate(*each, len(found.regions), context) for each in found.regions]
    worst_first = sorted(estimates, key=lambda e: (e.value is None, -(e.value or 0.0)))
    return Measured(
        estimates=tuple(worst_first),
        exhibits=(_table(worst_first, found, p),),
        unlabelled=unlabelled,
        undecided=undecided,
    )


def _why_none(found: Regions, p: Parameters) -> tuple[str, Undefined] | None:
    for role, each in zip((p.data, p.against), found.sampled, strict=True):
        if not each.drawn:
            return f"there are no rows in the {role} data", "evidence_missing"
        if not each.known:
            return f"nobody in the {role} data has both a label and a decision", "evidence_missing"
    return None


def _estimate(region: Region, own: Side, other: Side, comparisons: int, context: Context) -> Estimate:
    """The accuracy in `against` less that in `data`."""
    n = min(own.people, other.people)
    if not n:
        told = f"{other.people} people where the model was made, and {own.people} where it was not"
        return Estimate(
            name=NAME, grouping=region.feature, group=region.name, undefined=told, undefined_as="sample_too_small",
            comparisons=comparisons,
        )  # fmt: skip
    seen, unseen = ((each.people - each.wrong, each.people) for each in (other, own))
    made = exact_difference_interval if n < context.minimum else difference_interval
    interval, simultaneous = (
        made(seen, unseen, level) for level in (context.confidence, 1 - (1 - context.confidence) / comparisons)
    )
    return Estimate(
        name=NAME, shape="difference", grouping=region.feature, group=region.name,
        value=seen[0] / seen[1] - unseen[0] / unseen[1], n=n, numerator=seen[0], denominator=seen[1],
        reference_numerator=unseen[0], reference_denominator=unseen[1], interval=interval, simultaneous=simultaneous,
        comparisons=comparisons, worse_only=True, high_is_worse=True, method="difference of rates",
    )  # fmt: skip


def _table(estimates: list[Estimate], found: Regions, p: Parameters) -> Exhibit:
    rows = []
    for each in estimates:
        seen, unseen = (
            k / n if k is not None and n else None
            for k, n in ((each.numerator, each.denominator), (each.reference_numerator, each.reference_denominator))
        )
        rows.append((
            f"{each.grouping}: {each.group}", each.value, each.interval.low if each.interval else None,
            each.interval.high if each.interval else None, seen, unseen, each.n,
        ))  # fmt: skip
    return Exhibit(
        name="regions",
        title=f"Accuracy in the {p.against} data less that in the {p.data} data",
        columns=columns(
            ("label", "Region", "text"), ("value", "Gap", "number"), ("low", "From", "number"),
            ("high", "To", "number"), ("seen", f"Accuracy in {p.against}", "rate"),
            ("unseen", f"Accuracy in {p.data}", "rate"), ("n", "People of the fewer", "count"),
        ),
        rows=tuple(rows),
        chart="interval",
        limit=0.0,
        note=f"{found.sampled[0].known} people of the {p.data} data and {found.sampled[1].known} of the {p.against} "
        "data, worst region first.",
    )  # fmt: skip
