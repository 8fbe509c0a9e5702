"""Scores: one group-by, written as narwhals expressions."""

from __future__ import annotations

from assay.engines.cells import at_most
from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.levels import SCORE, event_of
from assay.engines.where import filtered
from assay.evidence.request import ScoresRequest
from assay.evidence.scores import Scores
from assay.record.columns import Columns

MAXIMUM_SCORES = 2_000_000


def measure_scores(request: ScoresRequest, dataset: Dataset, columns: Columns) -> Scores:
    """People with and without the event at every distinct score.

    Raises DataError for more than 2,000,000 distinct scores.
    """
    import narwhals as nw
    import numpy as np

    event, name = event_of(dataset, columns)
    frame = filtered(dataset, dataset.frame(), request.where).with_columns(e=event)
    summed = frame.group_by(SCORE, "e").agg(n=nw.col(PEOPLE).sum().cast(nw.Int64)).select(SCORE, "e", "n")
    rows = [row for row in at_most(MAXIMUM_SCORES, summed, dataset, "distinct scores") if row[2]]
    scored = [(score, e, n) for score, e, n in rows if score is not None]
    labelled = [row for row in scored if row[1] is not None]
    score, place = np.unique(np.array([row[0] for row in labelled], dtype=np.float64), return_inverse=True)
    counts = np.zeros((2, len(score)), dtype=np.int64)
    for column, (_, e, n) in zip(place.tolist(), labelled, strict=True):
        counts[e, column] += n
    return Scores(
        score=score,
        events=counts[1],
        nonevents=counts[0],
        unlabelled=sum(n for _, e, n in scored if e is None),
        unscored=sum(n for score, _, n in rows if score is None),
        event=name,
        probability=columns.score is not None and columns.score.kind == "probability",
    )
