"""Rows that two datasets share. In SQL: hashes are beyond the expressions."""

from __future__ import annotations

from assay.engines.spark.dataset import SparkDataset
from assay.engines.spark.session import errors_of_spark
from assay.engines.where import filtered
from assay.evidence.request import SharedRowsRequest
from assay.evidence.shared_rows import SharedRows


def shared_rows(request: SharedRowsRequest, dataset: SparkDataset, against: SparkDataset) -> SharedRows:
    """Rows of both datasets, and those of `data` whose values, compared as codes by a 128-bit hash, stand in `against`.

    A missing value equals a missing value. The condition is one on rows of `data` only.
    """
    frames = [filtered(dataset, dataset.frame(), request.where), against.frame()]
    counts = [
        each.select("SELECT count(*) FROM {rows}", frame)[0][0]
        for each, frame in zip((dataset, against), frames, strict=True)
    ]
    own, other = (
        frame.to_native().selectExpr(f"{_hash(each, request.columns)} AS h")
        for each, frame in zip((dataset, against), frames, strict=True)
    )
    try:
        shared = own.join(other.distinct(), "h", "leftsemi").count()
    except errors_of_spark() as error:
        raise dataset.failed(error) from error
    near = _near(request, dataset, against) - shared if request.near else None
    return SharedRows(counts[0], counts[1], shared, request.columns, near)


def _near(request: SharedRowsRequest, dataset: SparkDataset, against: SparkDataset) -> int:
    """Rows that have the values of a row of `against` in all columns, or in all but one."""
    columns = request.columns
    without = [(*columns[:at], *columns[at + 1 :]) for at in range(len(columns))]

    def hashes(of: SparkDataset) -> str:
        return f"array({', '.join(f'concat({at}, {_hash(of, names)})' for at, names in enumerate(without))})"

    rows = filtered(dataset, dataset.frame(), request.where).to_native()
    # Rows are numbered first: beside explode each of a row's hashes would get a number of its own.
    numbered = rows.selectExpr("monotonically_increasing_id() AS row", f"{hashes(dataset)} AS hashes")
    own = numbered.selectExpr("row", "explode(hashes) AS h")
    other = against.data.selectExpr(f"explode({hashes(against)}) AS h").distinct()
    try:
        return int(own.join(other, "h", "leftsemi").select("row").distinct().count())
    except errors_of_spark() as error:
        raise dataset.failed(error) from error


def _hash(dataset: SparkDataset, names: tuple[str, ...]) -> str:
    """Of a row's values as one text, in which no two different rows look alike: a JSON array of codes and nulls."""
    return f"md5(CAST(to_json(array({', '.join(dataset.code(name) for name in names)})) AS BINARY))"
