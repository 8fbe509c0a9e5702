"""Determinism: the same row has the same score, whenever and beside whomever it is scored."""

from __future__ import annotations

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.repeats import Repeat, Repeats
from assay.evidence.request import Needs, RepeatsRequest
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

TOLD = {
    "again": "the same batch again",
    "turned": "the batch in the opposite order",
    "alone": "each row by itself",
    "column": "the score that the data hold",
}


class Parameters(DataParameters):
    """How many rows, and by how much two scores may differ."""

    size: int = Field(default=1000, ge=1, le=100_000)
    """How many people are sampled, at most."""


def _request(p: Parameters) -> RepeatsRequest:
    return RepeatsRequest(p.data, p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The model, and its inputs."""
    missing = view.lacks(data=(p.data,), features=True, model=True, score=False)
    if view.manifest.columns is None or view.manifest.columns.score is None:
        missing = (*missing, "columns.score")
    return Needs(() if missing else (_request(p),), missing)


@check(
    "robustness.determinism",
    version=1,
    estimates={"share_of_changed_scores": "lower", "largest_change": "lower"},
    honours=("weight", "entity"),
)
def determinism(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The model gives the same row the same score, whenever it is asked and whatever rows are asked about beside it.

    Method: up to `size` rows are drawn by their hash and scored. They are scored once more as the same batch, once more
        in the opposite order, and the first 50 of them one by one; where the data hold the score in a column, that is
        compared too. The estimate `share_of_changed_scores` of each way is the rows whose two scores are not the same
        number, bit by bit, over the rows asked about; a score beside a row that has none counts as changed. The
        estimate `largest_change` is the largest distance between two finite scores of one row. Both are facts about
        these rows, without sampling error. Rows are counted, whatever weights or entities they have.
    Evidence: rows of the dataset `data` that meet `where`, counted by whether the model, asked again in the same
        process, gave the same score. No row leaves the model's process and the engine.
    Inconclusive when: the model cannot be loaded or is not there; the data have no rows; no row has a finite score
        (largest_change); the data lie on a cluster, from which no row is taken.
    Limits: one process on one machine: what changes from day to day, with the number of threads or with the version of
        a library is not seen, unless it shows in the score that the data hold. A score that was rounded when it was
        stored differs from the model's: let the policy judge `largest_change` then. Sums taken in another order differ
        in the last digits; whether that matters is for the threshold to say.
    Source: none; the rows are counted.
    """
    found = evidence.of(_request(p), Repeats)
    estimates = [estimate for repeat in found.repeats for estimate in _of_way(repeat)]
    if not estimates:
        why = f"the {p.data} data have no rows"
        estimates = [
            Estimate(name=name, grouping="way", undefined=why, undefined_as="evidence_missing")
            for name in ("share_of_changed_scores", "largest_change")
        ]
    estimates.sort(key=lambda each: each.name != "share_of_changed_scores")
    table = Exhibit(
        name="repeats",
        title="Scores of the same rows, asked for again",
        columns=columns(
            ("way", "Asked as", "text"), ("differ", "Changed", "count"), ("rows", "Rows", "count"),
            ("largest", "Largest change", "number"),
        ),
        rows=tuple((TOLD[each.way], each.differ, each.people, each.largest) for each in found.repeats),
        note=None if found.greatest is None else f"The greatest score is {found.greatest:.6g}, without its sign.",
    )  # fmt: skip
    return Measured(estimates=tuple(estimates), exhibits=(table,))


def _of_way(repeat: Repeat) -> tuple[Estimate, Estimate]:
    share = Estimate(
        name="share_of_changed_scores", grouping="way", group=TOLD[repeat.way], value=repeat.differ / repeat.people,
        n=repeat.people, numerator=repeat.differ, denominator=repeat.people, basis="exact", method="changed over asked",
    )  # fmt: skip
    if repeat.largest is None:
        why = f"no row has two finite scores: {TOLD[repeat.way]}"
        return share, Estimate(
            name="largest_change", grouping="way", group=TOLD[repeat.way], undefined=why, n=repeat.people
        )
    largest = Estimate(
        name="largest_change", grouping="way", group=TOLD[repeat.way], value=repeat.largest, n=repeat.people,
        basis="exact", method="largest distance",
    )  # fmt: skip
    return share, largest
