"""Scores that the model gives for the rows of a dataset."""

from __future__ import annotations

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.rows import Inputs
from assay.engines.levels import SCORE
from assay.engines.score import event_class
from assay.errors import DataError
from assay.record.manifest import Manifest
from assay.subject.scorer import Scorer


def score_by_model(dataset: EmbeddedDataset, view: str, manifest: Manifest, scorer: Scorer) -> None:
    """The dataset with its score as `view`; the rows are scored in batches."""
    import numpy as np

    if not manifest.features:
        raise DataError("scores of the model need `features`", hint="List the model's inputs in their order.")
    inputs, of = Inputs(dataset, manifest.features), event_class(manifest)
    table = f"model_{dataset.role}"
    dataset.database.run(f"CREATE TABLE {table} (row BIGINT, s DOUBLE)")
    for begin, end in inputs.batches():
        scores = scorer.score(inputs.batch(begin, end), of)
        dataset.database.append(table, {"row": np.arange(begin, end, dtype=np.int64), "s": scores})
    dataset.database.run(
        f"CREATE VIEW {view} AS SELECT a.*, CASE WHEN isfinite(b.s) THEN b.s + 0.0 END AS {SCORE} "
        f"FROM {dataset.view} AS a LEFT JOIN {table} AS b USING (row)"
    )
