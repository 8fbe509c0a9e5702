"""The model asked about the same people several times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import draw_people
from assay.evidence.repeats import Repeat, Repeats
from assay.evidence.request import RepeatsRequest
from assay.record.manifest import Manifest
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

ALONE = 50
"""People who are asked about by themselves: each is a question of its own to the model's process."""


def measure_repeats(
    request: RepeatsRequest,
    dataset: EmbeddedDataset,
    manifest: Manifest,
    seed: int,
    score: Callable[[tuple[Input, ...]], Numbers],
) -> Repeats:
    """Scores of sampled people, asked for twice, in the opposite order, one by one, and as the data hold them."""
    import narwhals as nw
    import numpy as np

    declared = manifest.columns.score if manifest.columns else None
    kept = {} if declared is None or declared.column is None else {"kept": nw.col(dataset.number(declared.column))}
    people = draw_people(dataset, manifest.features or (), kept, request.size, seed, request.where)
    if not people.drawn:
        return Repeats(people.available, 0, None, ())
    inputs, alone = people.inputs, range(min(ALONE, people.drawn))
    first = score(inputs)
    repeats = [
        _repeat("again", first, score(inputs)),
        _repeat("turned", first, score(_rows(inputs, slice(None, None, -1)))[::-1]),
        _repeat("alone", first[: len(alone)], np.concatenate([score(_rows(inputs, slice(k, k + 1))) for k in alone])),
    ]
    if kept:
        repeats.append(_repeat("column", first, np.array(people.held["kept"], dtype=np.float64)))
    finite = first[np.isfinite(first)]
    greatest = float(np.abs(finite).max()) if len(finite) else None
    return Repeats(people.available, people.drawn, greatest, tuple(repeats))


def _rows(inputs: tuple[Input, ...], rows: slice) -> tuple[Input, ...]:
    import numpy as np

    return tuple(replace(each, values=np.ascontiguousarray(each.values[rows])) for each in inputs)


def _repeat(way: str, first: Numbers, other: Numbers) -> Repeat:
    import numpy as np

    same = (first == other) | (np.isnan(first) & np.isnan(other))
    both = np.isfinite(first) & np.isfinite(other)
    largest = float(np.abs(first[both] - other[both]).max()) if both.any() else None
    return Repeat(way, len(first), int((~same).sum()), largest)
