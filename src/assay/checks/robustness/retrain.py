"""Re-run equality: made again by its recorded training, the model says the same."""

from __future__ import annotations

from pydantic import Field

from assay.checks.exhibit import columns
from assay.checks.registry import Context, DataParameters, check
from assay.evidence.request import Needs, RetrainedRequest
from assay.evidence.retrained import Retrained
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

NO_CUT = "the manifest does not declare the decision as a cut of the score"


class Parameters(DataParameters):
    """How many rows the two models score."""

    size: int = Field(default=1000, ge=1, le=100_000)
    """How many people are sampled, at most."""


def _request(p: Parameters) -> RetrainedRequest:
    return RetrainedRequest(p.data, p.size, p.where)


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The model in a file, its inputs, and what its training takes."""
    manifest, training = view.manifest, view.manifest.training
    missing = view.lacks(data=(p.data, *(("train",) if p.data != "train" else ())), features=True)
    if manifest.columns is None or manifest.columns.score is None:
        missing = (*missing, "columns.score")
    if manifest.identity.artefact is None:
        missing = (*missing, "identity.artefact")
    parts = ("script", "command", "produces")
    missing = (*missing, *(f"training.{part}" for part in parts if getattr(training, part, None) is None))
    return Needs(() if missing else (_request(p),), missing)


@check(
    "robustness.retrain",
    version=1,
    estimates={"share_of_changed_scores": "lower", "largest_change": "lower", "share_of_changed_decisions": "lower"},
    honours=("weight", "entity"),
)
def retrain(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """Made again by its recorded training command, the model gives the same scores.

    Method: where the user allows it with `--run-training`, `training.command` is run once more, with copies of
        `training.script`, `data.train` and, where it is declared, `data.validation`, in a folder of its own. Up to
        `size` rows of `data` are drawn by their hash and scored by the model and by the model in `training.produces`,
        which is read in the format of the first. The estimate `share_of_changed_scores` is the rows whose two scores
        are not the same number, bit by bit, over the rows drawn; a score beside a row that has none counts as changed.
        The estimate `largest_change` is the largest distance between two finite scores of one row. The estimate
        `share_of_changed_decisions` is the rows that the two scores put on different sides of the declared cut, or that
        one of the two does not decide, over the rows drawn. All are facts about these rows and this run, without
        sampling error. Rows are counted, whatever weights or entities they have.
    Evidence: rows of the dataset `data` that meet `where`, counted by whether both models gave the same score and the
        same decision, and whether the two files are the same byte by byte. No row leaves the models' processes and the
        engine.
    Inconclusive when: the user did not allow it; script, command or data are not there as files, or not those that the
        manifest declares; the command does not begin with `python` and the script; the model is a service, a folder, or
        reads scores of others; the data have no rows; no row has two finite scores (largest_change); no cut of the
        score decides (share_of_changed_decisions); the data lie on a cluster, from which no row is taken. A command
        that fails, takes more time or memory than it may, or makes no model that can be read is an error.
    Limits: the same machine, the same Python and the same libraries: that the training gives the same elsewhere, or
        did so on the day when the model was made, is not shown. `python` is the Python that runs Assay. The training
        has one thread for sums and no other processes, so that a model made with more may differ in its last digits;
        so may one whose random numbers have no seed. A script that reads more than the declared files, asks the network
        or starts programs cannot be run again here. A script that holds the finished model in itself gives the same
        scores without any training: it has to be read by somebody.
    Source: none; the rows are counted.
    """
    found = evidence.of(_request(p), Retrained)
    estimates = (
        _share("share_of_changed_scores", found.differ, found.drawn, p),
        _largest(found, p),
        _share("share_of_changed_decisions", found.otherwise, found.drawn, p),
    )
    same = "the same" if found.same_file else "not the same"
    table = Exhibit(
        name="retrained",
        title="The model beside the one that its training makes",
        columns=columns(
            ("rows", "Rows", "count"), ("differ", "Changed scores", "count"),
            ("largest", "Largest change", "number"), ("otherwise", "Changed decisions", "count"),
        ),
        rows=((found.drawn, found.differ, found.largest, found.otherwise),) if found.drawn else (),
        note=None if not found.drawn else _note(found, same),
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _note(found: Retrained, same: str) -> str:
    greatest = "" if found.greatest is None else f" The greatest score is {found.greatest:.6g}, without its sign."
    return (
        f"The training command of the manifest was run, as --run-training allows; the two files are {same}.{greatest}"
    )


def _share(name: str, changed: int | None, drawn: int, p: Parameters) -> Estimate:
    if changed is None:
        return Estimate(name=name, undefined=NO_CUT, n=drawn)
    if not drawn:
        return _no_rows(name, p)
    return Estimate(
        name=name, value=changed / drawn, n=drawn, numerator=changed, denominator=drawn, basis="exact",
        method="changed over drawn",
    )  # fmt: skip


def _largest(found: Retrained, p: Parameters) -> Estimate:
    if not found.drawn:
        return _no_rows("largest_change", p)
    if found.largest is None:
        return Estimate(name="largest_change", undefined="no row has two finite scores", n=found.drawn)
    return Estimate(name="largest_change", value=found.largest, n=found.drawn, basis="exact", method="largest distance")


def _no_rows(name: str, p: Parameters) -> Estimate:
    return Estimate(name=name, undefined=f"the {p.data} data have no rows", undefined_as="evidence_missing")
