"""Correlations of a seeded sample of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import draw_people
from assay.evidence.correlations import Correlations
from assay.evidence.request import CorrelationsRequest
from assay.record.columns import Feature

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]


def measure_correlations(request: CorrelationsRequest, dataset: EmbeddedDataset, seed: int) -> Correlations:
    """Of the sampled rows with a finite number in every column that is not constant."""
    import numpy as np

    features = tuple(Feature(name=name) for name in request.columns)
    people = draw_people(dataset, features, {}, request.size, seed, request.where)
    held = {each.name: np.asarray(each.values, dtype=np.float64) for each in people.inputs}
    finite = {name: values[np.isfinite(values)] for name, values in held.items()}
    constant = tuple(name for name, values in finite.items() if not len(values) or values.min() == values.max())
    columns = tuple(name for name in held if name not in constant)
    complete = np.logical_and.reduce([np.isfinite(held[name]) for name in columns] or [np.zeros(0, bool)])
    standard = [_standardised(held[name][complete]) for name in columns]
    pairs = tuple(
        tuple(_clipped(float((one * other).sum())) for other in standard[:at]) for at, one in enumerate(standard) if at
    )
    return Correlations(people.available, people.drawn, int(complete.sum()), columns, constant, pairs)


def _standardised(values: Numbers) -> Numbers:
    """Of mean 0 and square sum 1; all 0 where the complete rows hold one value."""
    import numpy as np

    if not len(values):
        return values
    away = values / max(float(np.abs(values).max()), np.finfo(np.float64).tiny)
    away = away - away.mean()
    size = float(np.sqrt((away * away).sum()))
    made: Numbers = away / size if size else away
    return made


def _clipped(value: float) -> float:
    return min(max(value, -1.0), 1.0)
