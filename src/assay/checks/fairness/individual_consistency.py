"""Individual consistency: people who are alike are decided alike."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.checks.told import inputs_of, lacking_inputs
from assay.evidence.individuals import Neighbours
from assay.evidence.request import Needs, NeighboursRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit, Interval
from assay.record.finding import Measured
from assay.stats.proportion import wilson


class Parameters(DataParameters):
    """By which inputs people are alike, how many of them, among how many."""

    features: tuple[str, ...] | Literal["unprotected", "all"] = "unprotected"
    """Inputs by which people are alike; `unprotected`: those not declared `protected`."""
    neighbours: int = Field(default=5, ge=1, le=100)
    """k: how many of those most alike are looked at."""
    size: int = Field(default=4000, ge=20, le=20_000)
    """How many people are sampled, at most: half of them are asked about, the others are their neighbours."""


def _request(p: Parameters, view: SubjectView) -> NeighboursRequest:
    return NeighboursRequest(p.data, inputs_of(p.features, view), p.neighbours, p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """Decisions of sampled people beside those of the people most alike."""
    missing = view.lacks(data=(p.data,), decision=True, features=True)
    decision = view.manifest.columns.decision if view.manifest.columns else None
    missing += view.lacks(score=True) if decision is not None and decision.from_ is not None else ()
    missing += lacking_inputs(p.features, view)
    return Needs(() if missing else (_request(p, view),), missing)


@check("fairness.individual_consistency", version=1, estimates={"individual_consistency": "higher"})
def individual_consistency(evidence: Evidence, p: Parameters, context: Context) -> Measured:
    """People who are alike in what the model may look at are decided alike.

    Method: up to `size` people with a decision are drawn by their hash; half of them are asked about, the other half is
        the pool. For each one asked about, the `neighbours` people of the pool who are most alike are found, never the
        person. The estimate `individual_consistency` is 1 - the mean of |own decision - share of favourable decisions
        of those neighbours|, with 1 for favourable and 0 for unfavourable: 1 where everybody is decided as all their
        neighbours are. People are alike by the inputs `features` (`unprotected`: those not declared protected). The
        squared distance adds up, over numbers, the squared difference in standard deviations of the sample, and 1 for
        each category in which two people differ; a missing number stands at the mean and is 1 away from one that is
        there, a missing category is a category. Of people equally far each person has neighbours drawn at random,
        seeded. Interval: each person's number lies between 0 and 1 and so varies no more than a decision of the same
        mean; the pool is a sample as well, and adds about as much again at most. It is Wilson's for that mean, of
        1/(1/asked + 1/pool) people: half of those asked about.
    Evidence: people of the dataset `data` who meet `where`, counted by their decision and by how many of their
        neighbours are decided favourably. No row leaves the engine.
    Inconclusive when: the manifest lists no inputs or names no decision; the pool is smaller than `neighbours`; fewer
        people than the minimum are asked about; too many have no decision; the interval straddles the threshold; the
        manifest names a weight, an entity or a count, since the rows are drawn as if each stood for one other person;
        the data are on Spark, from which no row travels.
    Limits: what makes two people alike is a choice, and every input counts alike whether it should or not. The interval
        is for people and a pool of this size, both drawn anew; with more people neighbours are nearer and the number
        rises. It is conservative: in simulations with 1 and 5 neighbours, of categories and of numbers, it covered 96 %
        or more. A decision that is the same for everybody is perfectly consistent. Where AIF360 looks for neighbours
        among the very people asked about, each is a neighbour of their own, and its number is higher.
    Source: Zemel, Wu, Swersky, Pitassi and Dwork 2013; Wilson 1927.
    """
    found = evidence.of(_request(p, context.view), Neighbours)
    n, drawn = found.people, found.people + found.pool + found.undecided
    undecided = found.undecided / drawn if drawn else None
    if not n:
        kind: Literal["evidence_missing", "sample_too_small"] = "sample_too_small" if found.pool else "evidence_missing"
        why = f"{found.pool} people with a decision are too few for {found.k} neighbours each"
        if not found.pool:
            why = f"nobody in the {p.data} data has a decision"
        return Measured(
            estimates=(Estimate(name="individual_consistency", undefined=why, undefined_as=kind),), undecided=undecided
        )
    agree = sum(m * at for at, m in enumerate(found.favourable))
    agree += sum(m * (found.k - at) for at, m in enumerate(found.unfavourable))
    both = 1 / (1 / n + 1 / found.pool)
    low, high = wilson(agree / (found.k * n) * both, both, context.confidence)
    estimate = Estimate(
        name="individual_consistency",
        value=agree / (found.k * n),
        n=n,
        interval=Interval(low=low, high=high, confidence=context.confidence, method="Wilson, of a mean of two samples"),
        method=f"{found.k} nearest of {found.pool} others",
    )
    note = f"{drawn} of {found.available} rows drawn; alike by: {', '.join(found.features)}."
    return Measured(estimates=(estimate,), exhibits=(_table(found),), notes=(note,), undecided=undecided)


def _table(found: Neighbours) -> Exhibit:
    rows = zip(range(found.k + 1), found.favourable, found.unfavourable, strict=True)
    return Exhibit(
        name="neighbours",
        title="People by how many of their neighbours are decided favourably",
        columns=columns(
            ("alike", f"Favourable of {found.k} neighbours", "count"), ("favourable", "Decided favourably", "count"),
            ("unfavourable", "Decided unfavourably", "count"),
        ),
        rows=tuple(rows),
    )  # fmt: skip
