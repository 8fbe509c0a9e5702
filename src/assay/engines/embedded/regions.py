"""Wrong decisions of two datasets by the regions of each input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.engines.embedded.binned import cut
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.decided import Erring, draw_erring
from assay.evidence.regions import Regions, Side
from assay.evidence.request import RegionsRequest
from assay.record.manifest import Manifest

if TYPE_CHECKING:
    from assay.engines.embedded.binned import Places

RARE = 1
"""People who make a level one of its own: only a level of nobody, beside the 50 most frequent, is rare."""


def measure_regions(
    request: RegionsRequest, dataset: EmbeddedDataset, against: EmbeddedDataset, manifest: Manifest, seed: int
) -> Regions:
    """Of every input the regions of the sample of `against`, and in each the people of both samples and those of them
    whose decision is not their label. A region that nobody is in is left out.
    """
    own, other = (
        draw_erring(each, manifest, request.features, request.size, seed, request.where) for each in (dataset, against)
    )
    found = []
    for mine, theirs in zip(own.inputs, other.inputs, strict=True):
        made = cut(theirs, slice(None), request.bins, RARE)
        sides = [_counted(each, made.places(of), len(made.regions)) for each, of in ((own, mine), (other, theirs))]
        found += [
            (region, one, two) for region, one, two in zip(made.regions, *sides, strict=True) if one.people + two.people
        ]
    return Regions((own.sampled, other.sampled), tuple(found))


def _counted(people: Erring, places: Places, regions: int) -> list[Side]:
    import numpy as np

    n, wrong = np.bincount(places, minlength=regions), np.bincount(places, people.errors, minlength=regions)
    return [Side(int(a), int(b)) for a, b in zip(n, wrong, strict=True)]
