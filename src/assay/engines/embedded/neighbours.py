"""Decisions of people beside those of the people most alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from assay.engines.declared import key_of
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import draw_people
from assay.errors import DataError
from assay.evidence.cells import FAVOURABLE
from assay.evidence.individuals import Neighbours
from assay.evidence.keys import DECISION
from assay.evidence.request import NeighboursRequest
from assay.record.manifest import Manifest
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Places = npt.NDArray[np.intp]

AT_ONCE = 256
"""People whose distances to the whole pool are held at once."""
TIED = 1e-12
"""Squared distances that differ by less are the same but for rounding."""


def measure_neighbours(
    request: NeighboursRequest, dataset: EmbeddedDataset, manifest: Manifest, seed: int
) -> Neighbours:
    """People by their decision and by how many of their k nearest of the pool are favourable.

    The first half of the sample is asked about, the other half is the pool; both in the order of the hashes, which
    knows nothing of what the rows hold. Of people equally far, each one asked about has neighbours drawn anew: were
    they the same for everybody, as many categories make them, the whole measure would hang on the decisions of a few.
    """
    import numpy as np

    if manifest.columns is None:
        raise DataError("the manifest has no columns", hint="Add `columns`.")
    by_name = {feature.name: feature for feature in manifest.features or ()}
    features = tuple(by_name[name] for name in request.features)
    key = key_of(DECISION, dataset, manifest.columns, request.where)
    people = draw_people(dataset, features, {"decided": key.expression}, request.size, seed, request.where)
    held = people.held["decided"]
    levels = key.levels(Counter(held), broken=False)
    decided = np.array([at for at, value in enumerate(held) if levels[value] is not None], dtype=np.intp)
    good = np.array([levels[value] == FAVOURABLE for value in held], dtype=bool)
    half = len(decided) // 2
    asked, pool = decided[:half], decided[half:]
    if len(pool) < request.k:
        asked, pool = decided[:0], decided
    favourable = _favourable(people.inputs, asked, pool, good, request.k, seed)
    counts = [np.bincount(favourable[good[asked] == side], minlength=request.k + 1) for side in (True, False)]
    return Neighbours(
        request.features,
        request.k,
        people.available,
        people.drawn - len(decided),
        len(pool),
        *(tuple(each.tolist()) for each in counts),
    )


def _favourable(
    inputs: tuple[Input, ...], asked: Places, pool: Places, good: npt.NDArray[np.bool_], k: int, seed: int
) -> npt.NDArray[np.int64]:
    """How many of the k nearest are favourable. Shape (asked,)."""
    import numpy as np

    scaled = [_standardised(each.values) for each in inputs if each.categories is None]
    numbers = np.column_stack([np.zeros(len(good)), *(column for pair in scaled for column in pair)])
    codes = [each.values for each in inputs if each.categories is not None]
    found, random = np.zeros(len(asked), dtype=np.int64), np.random.default_rng(seed)
    for begin in range(0, len(asked), AT_ONCE):
        some = asked[begin : begin + AT_ONCE]
        squared = _distances(numbers, codes, some, pool)
        last = np.partition(squared, k - 1, axis=1)[:, k - 1 : k]
        nearer, same = squared < last - TIED, abs(squared - last) <= TIED
        tied = (same & good[pool]).sum(axis=1)
        drawn = random.hypergeometric(tied, same.sum(axis=1) - tied, k - nearer.sum(axis=1))
        found[begin : begin + AT_ONCE] = (nearer & good[pool]).sum(axis=1) + drawn
    return found


def _standardised(values: Numbers) -> tuple[Numbers, Numbers]:
    """In standard deviations from the mean of the sample, and 1 where there is no finite number, which is put there."""
    import numpy as np

    known = np.isfinite(values)
    column = np.zeros(len(values))
    if known.any():
        spread = float(values[known].std())
        column[known] = (values[known] - values[known].mean()) / spread if spread > 0 else 0.0
    return column, (~known).astype(np.float64)


def _distances(numbers: Numbers, codes: list[npt.NDArray[np.int32]], some: Places, pool: Places) -> Numbers:
    """Squared: of numbers Euclid's, and 1 for each category in which two people differ. Shape (some, pool)."""
    from scipy.spatial.distance import cdist

    squared: Numbers = cdist(numbers[some], numbers[pool], "sqeuclidean")
    for each in codes:
        squared += each[some][:, None] != each[pool][None, :]
    return squared
