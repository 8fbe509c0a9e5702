"""Inputs of sampled people in regions: numbers between quantiles, categories by level."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from assay.engines.levels import LONGEST_GROUP
from assay.evidence.patterns import PATTERNS
from assay.evidence.regions import MOST_LEVELS, Region
from assay.record.codes import code
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Cut:
    """The regions of one input, made of some people and good for all."""

    regions: tuple[Region, ...]
    edges: tuple[float, ...] | None
    """Of a number; None for a category."""
    levels: tuple[str, ...]

    def places(self, values: Input) -> Places:
        """Which region each person is in."""
        import numpy as np

        if self.edges is not None:
            known = ~np.isnan(values.values)
            held = np.searchsorted(np.array(self.edges), np.where(known, values.values, 0.0), side="left")
            placed: Places = np.where(known, held, len(self.edges) + 1)
            return placed
        at = {level: place for place, level in enumerate(self.levels)}
        of = [at.get(code(each), len(at)) for each in values.categories or ()]
        coded: Places = np.array([*of, len(at) + 1], dtype=np.intp)[values.values]
        return coded


def cut(values: Input, people: slice, bins: int, least: int) -> Cut:
    """Regions made of these people: of a number between its quantiles, or one for each value where there are no more
    than `bins`; of a category each level that at least `least` of them hold, of which the 50 most frequent, and one for
    all others, with those that look like personal data. An infinite number lies beyond all edges. The last region is of
    those without a value.
    """
    import numpy as np

    name, held = values.name, values.values[people]
    if values.categories is None:
        edges = _edges(held[np.isfinite(held)], bins)
        ends = (None, *edges, None)
        ranges = [Region(name, "range", low, high) for low, high in pairwise(ends)]
        return Cut((*ranges, Region(name, "missing")), edges, ())
    counts = np.bincount(held[held >= 0], minlength=len(values.categories))
    texts = [code(each) for each in values.categories]
    often = [(-int(n), of) for n, of in zip(counts, texts, strict=True) if n >= least and len(of) <= LONGEST_GROUP]
    levels = tuple(sorted(of for _, of in sorted(often)[:MOST_LEVELS]))
    named = [Region(name, "level", level=level) for level in levels]
    return Cut((*named, Region(name, "rare"), Region(name, "missing")), None, levels)


def _may_be_told(level: str) -> bool:
    """Whether a level may enter the record: not a long text, and nothing that looks like personal data."""
    return len(level) <= LONGEST_GROUP and not any(re.search(pattern, level) for pattern in PATTERNS.values())


def _edges(numbers: npt.NDArray[np.float64], bins: int) -> tuple[float, ...]:
    """Numbers between values of these, rising, and as short as they can be written: with all digits they would be
    somebody's own.
    """
    import numpy as np

    distinct = np.unique(numbers + 0.0)
    if len(distinct) > bins:
        quantiles = np.quantile(numbers + 0.0, np.arange(1, bins) / bins, method="inverted_cdf")
        at = np.unique(np.searchsorted(distinct, quantiles))
    else:
        at = np.arange(len(distinct))
    return tuple(_short(float(distinct[i]), float(distinct[i + 1])) for i in at if i + 1 < len(distinct))


def _short(low: float, high: float) -> float:
    """The number from `low` to under `high` that has the fewest digits."""
    exact = Decimal(repr(low))
    for digits in range(1, 18):
        last = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        rounded = float(exact.quantize(last, ROUND_CEILING))
        if low <= rounded < high:
            return rounded
    return low


def only(inputs: Sequence[Input], people: Places) -> tuple[Input, ...]:
    """The inputs of some people."""
    return tuple(Input(each.name, each.values[people], each.categories) for each in inputs)
