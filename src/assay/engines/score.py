"""The score of a dataset: a column of its file, or what the model gives for its rows."""

from __future__ import annotations

from dataclasses import replace

from assay.engines.dataset import Dataset
from assay.engines.levels import SCORE
from assay.engines.rows import Inputs
from assay.errors import DataError
from assay.evidence.request import DECISION, CellsRequest, Request, ScoresRequest
from assay.record.columns import ScoreColumn
from assay.record.frozen import Scalar
from assay.record.manifest import Manifest
from assay.subject.model import ModelSession


def needs_score(request: Request, manifest: Manifest, *, of_model: bool = False) -> bool:
    """Whether the request needs the score; `of_model`: and the model has to give it."""
    columns = manifest.columns
    score = columns.score if columns else None
    if of_model and (score is None or score.from_ is None):
        return False
    if isinstance(request, CellsRequest):
        decision = columns.decision if columns else None
        return DECISION in request.keys and decision is not None and decision.from_ is not None
    return isinstance(request, ScoresRequest)


def scored(dataset: Dataset, manifest: Manifest, session: ModelSession | None) -> Dataset:
    """The dataset with a score in its view: finite, or null. Raises DataError for a probability outside [0, 1]."""
    score = manifest.columns.score if manifest.columns else None
    if score is None:
        raise DataError("the manifest declares no score", hint="Declare columns.score.")
    made = replace(dataset, view=f"scored_{dataset.role}")
    if score.column is not None:
        column = dataset.number(score.column)
        dataset.database.run(f"CREATE VIEW {made.view} AS SELECT *, {column} + 0.0 AS {SCORE} FROM {dataset.view}")
    else:
        assert session is not None  # noqa: S101  measure() starts one where a request needs it
        _score_by_model(dataset, manifest, session)
        dataset.database.run(
            f"CREATE VIEW {made.view} AS SELECT a.*, CASE WHEN isfinite(b.s) THEN b.s + 0.0 END AS {SCORE} "
            f"FROM {dataset.view} AS a LEFT JOIN model_{dataset.role} AS b USING (row)"
        )
    if score.kind == "probability":
        _require_probabilities(made, score)
    return made


def event_class(manifest: Manifest) -> Scalar:
    """The level of the label for which a higher score speaks: a class of the model."""
    columns = manifest.columns
    score, label = (columns.score, columns.label) if columns else (None, None)
    if score is not None and score.of is not None:
        return score.of
    if label is not None:
        if score is not None and score.higher == "favourable":
            return label.favourable
        if label.unfavourable is not None:
            return label.unfavourable
    raise DataError(
        "the manifest does not say which class of the model the score is about",
        hint="Declare columns.score.of, or columns.label.unfavourable.",
    )


def _score_by_model(dataset: Dataset, manifest: Manifest, session: ModelSession) -> None:
    """A table of row and score, in batches."""
    import numpy as np

    if not manifest.features:
        raise DataError("scores of the model need `features`", hint="List the model's inputs in their order.")
    inputs, of = Inputs(dataset, manifest.features), event_class(manifest)
    table = f"model_{dataset.role}"
    dataset.database.run(f"CREATE TABLE {table} (row BIGINT, s DOUBLE)")
    for begin, end in inputs.batches():
        scores = session.score(inputs.batch(begin, end), of)
        dataset.database.append(table, {"row": np.arange(begin, end, dtype=np.int64), "s": scores})


def _require_probabilities(dataset: Dataset, score: ScoreColumn) -> None:
    count, low, high = dataset.database.run(
        f"SELECT count(*), min({SCORE}), max({SCORE}) FROM {dataset.view} WHERE {SCORE} < 0 OR {SCORE} > 1"
    )[0]
    if count:
        example = low if low < 0 else high
        name = score.column or "the model's score"
        raise dataset.wrong(
            score.column or "",
            f"{count} scores of {dataset.told} ({name}) lie outside [0, 1], e.g. {example:g}: no probabilities",
            "Divide percentages by 100, or declare `kind: rank`.",
        )
