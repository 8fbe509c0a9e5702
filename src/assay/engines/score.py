"""The score of a dataset: a column of its file, or what the model gives for its rows."""

from __future__ import annotations

from assay.engines.dataset import Dataset
from assay.engines.levels import SCORE
from assay.errors import DataError
from assay.evidence.keys import ABOVE_MEDIAN, DECISION, FROM_MEDIAN
from assay.evidence.request import (
    CellsRequest,
    FlipsRequest,
    GroupScoresRequest,
    MomentsRequest,
    NeighboursRequest,
    PairedScoresRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    ResidualsRequest,
    RetrainedRequest,
    RowsRequest,
    ScoresRequest,
    SlicesRequest,
    UncertainRequest,
)
from assay.record.columns import ScoreColumn
from assay.record.frozen import Scalar
from assay.record.manifest import Manifest


def needs_score(request: Request, manifest: Manifest, *, of_model: bool = False) -> bool:
    """Whether the request needs the score; `of_model`: and the model has to give it."""
    columns = manifest.columns
    score = columns.score if columns else None
    if of_model and (score is None or score.from_ is None):
        return False
    if isinstance(request, SlicesRequest) and request.of == "squares":
        return True
    if isinstance(request, CellsRequest | NeighboursRequest | UncertainRequest | SlicesRequest | RegionsRequest):
        decision = columns.decision if columns else None
        keys = request.keys if isinstance(request, CellsRequest) else (DECISION,)
        by_cut = DECISION in keys and decision is not None and decision.from_ is not None
        return by_cut or ABOVE_MEDIAN in keys or FROM_MEDIAN in keys
    return isinstance(
        request, ScoresRequest | GroupScoresRequest | MomentsRequest | ResidualsRequest | PairedScoresRequest
    )


def asks_model(request: Request, manifest: Manifest) -> bool:
    """Whether the model has to run for the request: to explain, for people changed, or where the data hold no score."""
    always = RowsRequest | FlipsRequest | RepeatsRequest | RetrainedRequest
    return isinstance(request, always) or needs_score(request, manifest, of_model=True)


def score_column(manifest: Manifest) -> ScoreColumn:
    """What the manifest says of the score. DataError where it says nothing."""
    score = manifest.columns.score if manifest.columns else None
    if score is None:
        raise DataError("the manifest declares no score", hint="Declare columns.score.")
    return score


def event_class(manifest: Manifest) -> Scalar | None:
    """The level of the label for which a higher score speaks: a class of the model. None for the value of a regression,
    which speaks for none.
    """
    columns = manifest.columns
    score, label = (columns.score, columns.label) if columns else (None, None)
    if score is not None and score.kind == "value":
        return None
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


def require_probabilities(dataset: Dataset, score: ScoreColumn, name: str = SCORE) -> None:
    """DataError where a score that is a probability, in that column of the frame, lies outside [0, 1]."""
    import narwhals as nw

    if score.kind != "probability":
        return
    column = nw.col(name)
    outside = dataset.frame().filter((column < 0) | (column > 1))
    count, low, high = dataset.fetch(outside.select(n=nw.len(), low=column.min(), high=nw.col(name).max()))[0]
    if count:
        example = low if low < 0 else high
        told = score.column or "the model's score"
        raise dataset.wrong(
            score.column or "",
            f"{count} scores of {dataset.told} ({told}) lie outside [0, 1], e.g. {example:g}: no probabilities",
            "Divide percentages by 100, or declare `kind: rank`.",
        )
