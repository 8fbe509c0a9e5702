"""Samples of people: the model's inputs with what else a question needs of each. In SQL, for the sake of the hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.rows import Inputs
from assay.engines.where import filtered
from assay.record.columns import Feature
from assay.record.condition import Condition
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True)
class People:
    """A sample, in the order of its hashes."""

    inputs: tuple[Input, ...]
    held: dict[str, list[Any]]
    """What else was asked of each; None where there is nothing."""
    available: int
    """Rows it was drawn from."""

    @property
    def drawn(self) -> int:
        """How many people it holds."""
        return len(self.inputs[0].values)


def draw_people(
    dataset: EmbeddedDataset,
    features: tuple[Feature, ...],
    held: Mapping[str, nw.Expr],
    size: int,
    seed: int,
    where: Condition | None,
) -> People:
    """The `size` people with the smallest hash of seed, content and number among those of the same content.

    Identical rows are drawn one by one and not together, so that the sample is one of people, whatever the order of
    the rows.
    """
    database, inputs = dataset.database, Inputs(dataset, features)
    frame = filtered(dataset, dataset.frame(), where)
    frame = frame.with_columns(**held) if held else frame
    view = f"({database.sql(frame)})"
    available = database.run(f"SELECT count(*) FROM {view}")[0][0]
    values = [dataset.raw(feature.name) for feature in features]
    content = f"to_json([{', '.join(f'{value}::VARCHAR' for value in (*values, *held))}]::VARCHAR[])::VARCHAR"
    number = "row_number() OVER (PARTITION BY content)"
    hashed = f"md5(concat('{seed:d}/', {number}, '/', content))"
    drawn = f"SELECT row, {hashed} AS hashed FROM (SELECT row, md5({content}) AS content FROM {view})"
    rows = (
        f"SELECT {', '.join([inputs.selected, *held])} FROM {view} JOIN "
        f"(SELECT row, hashed FROM ({drawn}) ORDER BY hashed LIMIT {size:d}) USING (row) ORDER BY hashed"
    )
    arrays = database.arrays(rows)
    return People(inputs.of(arrays), {name: _plain(arrays[name]) for name in held}, available)


def _plain(values: Any) -> list[Any]:
    import numpy as np

    listed: list[Any] = np.ma.asarray(values).tolist()
    return listed
