"""Scores that the model gives for the rows of a dataset."""

from __future__ import annotations

from collections.abc import Callable

from assay.engines.cache import Cache
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.rows import Inputs
from assay.engines.entries import NotKept
from assay.engines.levels import SCORE
from assay.engines.score import event_class
from assay.errors import DataError
from assay.record.manifest import Manifest
from assay.subject.scorer import Scorer


def score_by_model(
    dataset: EmbeddedDataset,
    view: str,
    manifest: Manifest,
    scorer: Callable[[], Scorer],
    cache: Cache,
    progress: Callable[[str, int, int], None],
) -> None:
    """The dataset with its score as `view`: scores kept earlier, else what the model gives for batches of rows.

    Progress is told as ("score", rows done, rows).
    """
    table = f"model_{dataset.role}"
    if not _kept(dataset, table, manifest, cache):
        _score(dataset, table, manifest, scorer(), cache, progress)
    dataset.database.run(
        f"CREATE VIEW {view} AS SELECT a.*, CASE WHEN isfinite(b.s) THEN b.s + 0.0 END AS {SCORE} "
        f"FROM {dataset.view} AS a LEFT JOIN {table} AS b USING (row)"
    )


def _kept(dataset: EmbeddedDataset, table: str, manifest: Manifest, cache: Cache) -> bool:
    """Whether the scores are in the cache; then the table holds them."""
    import numpy as np

    rows, done = dataset.database.run(f"SELECT count(*) FROM {dataset.view}")[0][0], 0
    _empty(dataset, table)
    try:
        for scores in cache.scores(dataset.role, event_class(manifest), rows):
            dataset.database.append(table, {"row": np.arange(done, done + len(scores), dtype=np.int64), "s": scores})
            done += len(scores)
    except NotKept:
        return False
    return True


def _score(
    dataset: EmbeddedDataset,
    table: str,
    manifest: Manifest,
    scorer: Scorer,
    cache: Cache,
    progress: Callable[[str, int, int], None],
) -> None:
    import numpy as np

    if not manifest.features:
        hint = "List the model's inputs in their order: features: [{name: income}, {name: age}]"
        raise DataError("scores of the model need `features` in the manifest", hint=hint)
    inputs, of = Inputs(dataset, manifest.features), event_class(manifest)
    batches = inputs.batches()
    rows = batches[-1][1] if batches else 0
    _empty(dataset, table)
    with cache.keeping_scores(dataset.role, of, rows) as keep:
        for begin, end in batches:
            progress("score", begin, rows)
            scores = scorer.score(inputs.batch(begin, end), of)
            keep(scores)
            dataset.database.append(table, {"row": np.arange(begin, end, dtype=np.int64), "s": scores})
        progress("score", rows, rows)


def _empty(dataset: EmbeddedDataset, table: str) -> None:
    dataset.database.run(f"CREATE OR REPLACE TABLE {table} (row BIGINT, s DOUBLE)")
