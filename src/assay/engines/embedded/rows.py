"""Rows of a dataset: samples for the explainer, inputs for the model, and rows that two datasets share. In SQL: hashes
and positions are beyond the expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.where import filtered
from assay.evidence.request import SharedRowsRequest
from assay.evidence.shared_rows import SharedRows
from assay.record.columns import Feature
from assay.record.condition import Condition
from assay.subject.inputs import Category, Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BATCH = 1 << 17


def _content(dataset: EmbeddedDataset, names: tuple[str, ...]) -> str:
    """A row's values as one text, in which no two different rows look alike: a JSON array of codes and nulls."""
    return f"to_json([{', '.join(dataset.code(name) for name in names)}]::VARCHAR[])::VARCHAR"


def shared_rows(request: SharedRowsRequest, dataset: EmbeddedDataset, against: EmbeddedDataset) -> SharedRows:
    """Rows of both datasets, and those of `data` whose values, compared as codes by a 128-bit hash, stand in `against`.

    A missing value equals a missing value. The condition is one on rows of `data` only.
    """
    views = _of(dataset, request.where), against.view
    own, other = (
        f"SELECT md5_number({_content(each, request.columns)}) AS h FROM {view}"
        for each, view in zip((dataset, against), views, strict=True)
    )
    shared = dataset.database.run(
        f"SELECT count(*) FROM ({own}) AS a SEMI JOIN (SELECT DISTINCT h FROM ({other})) AS b USING (h)"
    )
    counts = [dataset.database.run(f"SELECT count(*) FROM {view}")[0][0] for view in views]
    near = _near(request, dataset, against) - shared[0][0] if request.near else None
    return SharedRows(counts[0], counts[1], shared[0][0], request.columns, near)


def _near(request: SharedRowsRequest, dataset: EmbeddedDataset, against: EmbeddedDataset) -> int:
    """Rows that have the values of a row of `against` in all columns, or in all but one."""
    columns = request.columns
    without = [(*columns[:at], *columns[at + 1 :]) for at in range(len(columns))]
    own, other = (
        f"SELECT row, unnest([{', '.join(_hash(each, at, names) for at, names in enumerate(without))}]) AS h "
        f"FROM {view}"
        for each, view in ((dataset, _of(dataset, request.where)), (against, against.view))
    )
    alike = f"SELECT row FROM ({own}) AS a SEMI JOIN (SELECT DISTINCT h FROM ({other})) AS b USING (h)"
    return int(dataset.database.run(f"SELECT count(DISTINCT row) FROM ({alike})")[0][0])


def _of(dataset: EmbeddedDataset, where: Condition | None) -> str:
    """The rows that meet the condition."""
    if where is None:
        return dataset.view
    return f"({dataset.database.sql(filtered(dataset, dataset.frame(), where))})"


def _hash(dataset: EmbeddedDataset, left_out: int, names: tuple[str, ...]) -> str:
    return f"md5_number(concat('{left_out:d}/', {_content(dataset, names)}))"


class Inputs:
    """The model's features of one dataset as arrays."""

    def __init__(self, dataset: EmbeddedDataset, features: tuple[Feature, ...]) -> None:
        self._dataset, self._features = dataset, features
        self._names = tuple(feature.name for feature in features)
        self._columns = [
            dataset.number(feature.name, as_it_is=True) if feature.dtype == "number" else dataset.code(feature.name)
            for feature in features
        ]

    def sample(self, size: int, seed: int, where: Condition | None) -> tuple[tuple[Input, ...], int]:
        """The `size` rows with the smallest hash of seed and content, in that order, and the rows they are of."""
        database = self._dataset.database
        view = _of(self._dataset, where)
        available = database.run(f"SELECT count(*) FROM {view}")[0][0]
        hashed = f"md5(concat('{seed:d}/', {_content(self._dataset, self._names)}))"
        rows = f"SELECT {self.selected} FROM {view} ORDER BY {hashed} LIMIT {size:d}"
        return self.of(database.arrays(rows)), available

    def batches(self) -> list[tuple[int, int]]:
        """First row and the row after the last, of every batch."""
        rows = self._dataset.database.run(f"SELECT count(*) FROM {self._dataset.view}")[0][0]
        return [(begin, min(begin + BATCH, rows)) for begin in range(0, rows, BATCH)]

    def batch(self, begin: int, end: int) -> tuple[Input, ...]:
        """These rows, in the order of the file."""
        rows = f"SELECT {self.selected} FROM {self._dataset.view} WHERE row >= ? AND row < ? ORDER BY row"
        return self.of(self._dataset.database.arrays(rows, [begin, end]))

    @property
    def selected(self) -> str:
        """The features as SQL, under the names that `of` reads."""
        return ", ".join(f"{column} AS x{place}" for place, column in enumerate(self._columns))

    def of(self, arrays: dict[str, npt.NDArray[np.generic]]) -> tuple[Input, ...]:
        """The features in rows that were selected."""
        import numpy as np

        made = []
        for place, feature in enumerate(self._features):
            values: Any = arrays[f"x{place}"]
            if feature.dtype == "number":
                made.append(Input(feature.name, np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)))
            else:
                made.append(categorical(feature.name, values, self._dataset.kind(feature.name)))
        return tuple(made)


def categorical(name: str, values: Any, kind: str) -> Input:
    """Codes into the sorted categories; whole numbers and truth values of the file are what they were, not text."""
    import numpy as np

    codes = [None if value is None or value is np.ma.masked else str(value) for value in values.tolist()]
    texts = sorted({value for value in codes if value is not None})
    places = {value: place for place, value in enumerate(texts)}
    numbers = np.array([-1 if value is None else places[value] for value in codes], dtype=np.int32)
    categories: tuple[Category, ...] = tuple(texts)
    if kind == "integer":
        categories = tuple(int(value) for value in texts)
    elif kind == "truth":
        categories = tuple(value == "true" for value in texts)
    elif kind == "number":
        categories = tuple(float(value) for value in texts)
    return Input(name, numbers, categories)
