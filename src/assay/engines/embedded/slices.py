"""Slices in which the model errs most: looked for on one half of a sample, counted on the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from assay.engines.embedded.binned import Cut, cut
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.decided import draw_erring
from assay.evidence.request import SlicesRequest
from assay.evidence.slices import Amount, Slice, Slices
from assay.record.manifest import Manifest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from assay.engines.embedded.binned import Places

    Floats = npt.NDArray[np.float64]
    Members = npt.NDArray[np.bool_]

OVERLAP = 0.5
"""Share of the smaller of two slices in the other above which they are one finding. Any two with Jaccard's index above
it are, and so are a slice and a part of it, which that index would tell apart.
"""
STRONGEST = 5_000
"""Slices, by how weak the model is in them, that are looked through for such that do not overlap."""
_Where = tuple[tuple[int, int], ...]
"""A slice: the place of an input and that of its region, of one input or of two."""


def measure_slices(request: SlicesRequest, dataset: EmbeddedDataset, manifest: Manifest, seed: int) -> Slices:
    """The weakest slices of the first half of the sample, in the order of its hashes, counted on the second half.

    A slice is a region of an input, or one of each of two inputs, of at least `least` people of the first half, and at
    least as many outside. They are ranked by the z of the mean error inside less the mean error outside, with the
    variance of everybody; those that err no more than others are left out. Of two that share more than half of the
    people of the smaller one the stronger one is kept.
    """
    drawn = draw_erring(
        dataset, manifest, request.features, request.size, seed, request.where, squares=request.of == "squares"
    )
    half = len(drawn.errors) // 2
    first, second = slice(half), slice(half, None)
    cuts = [cut(each, first, request.bins, request.least) for each in drawn.inputs]
    places = [made.places(each) for made, each in zip(cuts, drawn.inputs, strict=True)]
    searched, tested = [each[first] for each in places], [each[second] for each in places]
    found, looked_at = _search(searched, cuts, drawn.errors[first], request.least)
    slices = (
        Slice(
            tuple(cuts[of].regions[region] for of, region in one), _amount(drawn.errors[second], _inside(one, tested))
        )
        for one in _apart(found, searched, request.most)
    )
    return Slices(drawn.sampled, looked_at, _amount(drawn.errors[second]), tuple(slices))


def _search(places: Sequence[Places], cuts: Sequence[Cut], errors: Floats, least: int) -> tuple[list[_Where], int]:
    """The strongest slices, of those equally strong the first, and how many there were of enough people."""
    import numpy as np

    found, floor, looked_at = list[tuple[float, _Where]](), 0.0, 0
    inputs = range(len(cuts))
    for of in (*((i,) for i in inputs), *combinations(inputs, 2)):
        shape = tuple(len(cuts[i].regions) for i in of)
        joint = np.ravel_multi_index([places[i] for i in of], shape)
        people = np.bincount(joint, minlength=math.prod(shape))
        enough = (people >= least) & (len(errors) - people >= least)
        looked_at += int(enough.sum())
        total = np.bincount(joint, errors, minlength=math.prod(shape)).astype(np.float64)
        z = _z(people, total, errors)
        for at in np.flatnonzero(enough & (z > floor)):
            regions = (int(each) for each in np.unravel_index(at, shape))
            found.append((-float(z[at]), tuple(zip(of, regions, strict=True))))
        if len(found) > 4 * STRONGEST:
            found = sorted(found, key=lambda each: each[0])[:STRONGEST]
            floor = -found[-1][0]
    return [one for _, one in sorted(found, key=lambda each: each[0])[:STRONGEST]], looked_at


def _z(people: Places, total: Floats, errors: Floats) -> Floats:
    """Of the mean error in each slice less that of everybody else; 0 where there is nobody or no spread."""
    import numpy as np

    outside = len(errors) - people
    both = (people > 0) & (outside > 0)
    if not both.any() or errors.min() == errors.max():
        return np.zeros(len(people))
    n, m = np.where(both, people, 1), np.where(both, outside, 1)
    difference = total / n - (float(errors.sum()) - total) / m
    made: Floats = np.where(both, difference / (float(errors.std()) * np.sqrt(1 / n + 1 / m)), 0.0)
    return made


def _apart(found: Sequence[_Where], places: Sequence[Places], most: int) -> list[_Where]:
    kept: list[_Where] = []
    members: list[Members] = []
    for one in found:
        if len(kept) == most:
            break
        mine = _inside(one, places)
        if all((mine & other).sum() <= OVERLAP * min(mine.sum(), other.sum()) for other in members):
            kept.append(one)
            members.append(mine)
    return kept


def _inside(one: _Where, places: Sequence[Places]) -> Members:
    import numpy as np

    members: Members = np.logical_and.reduce([places[of] == region for of, region in one])
    return members


def _amount(errors: Floats, members: Members | slice = slice(None)) -> Amount:
    some = errors[members]
    return Amount(len(some), math.fsum(some.tolist()), math.fsum((some * some).tolist()))
