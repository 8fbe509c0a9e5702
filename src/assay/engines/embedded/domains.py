"""Two datasets told apart by inputs: sampled rows of both, and small models which have not seen the rows they score."""

from __future__ import annotations

from collections.abc import Callable

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import draw_people
from assay.engines.embedded.proxies import attribute_of, strata_of, told_by
from assay.evidence.proxies import Proxies, Told
from assay.evidence.request import DomainRequest
from assay.record.manifest import Manifest
from assay.subject.inputs import Category, Input

DATASETS = "(data)"
"""The grouping of rows by the dataset that they stand in."""


def measure_domains(
    request: DomainRequest,
    dataset: EmbeddedDataset,
    against: EmbeddedDataset,
    manifest: Manifest,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> Proxies:
    """Counts of rows of either dataset by fold and score, for every input and all inputs together.

    Half of the sample comes from each. Progress is told as ("domains", done, models).
    """
    by_name = {feature.name: feature for feature in manifest.features or ()}
    features = tuple(by_name[name] for name in request.features)
    drawn = [draw_people(each, features, {}, request.size // 2, seed, request.where) for each in (dataset, against)]
    inputs = [_together(*pair) for pair in zip(*(people.inputs for people in drawn), strict=True)]
    levels = [name for name, people in zip((request.data, request.against), drawn, strict=True)
              for _ in range(people.drawn)]  # fmt: skip
    attribute = attribute_of(DATASETS, list(levels))
    strata, told = strata_of(list(levels), attribute), list[Told]()
    for place, of in enumerate((*inputs, None)):
        progress("domains", place, len(inputs) + 1)
        if strata.told:
            told += told_by(of, inputs, DATASETS, strata)
    progress("domains", len(inputs) + 1, len(inputs) + 1)
    available, taken = (sum(getattr(people, what) for people in drawn) for what in ("available", "drawn"))
    return Proxies(request.features, (attribute,), available, taken, tuple(told))


def _together(own: Input, other: Input) -> Input:
    """One input of the rows of both. A category is the same where it is written alike."""
    import numpy as np

    if own.categories is None or other.categories is None:
        return Input(own.name, np.concatenate([own.values, other.values]))
    places: dict[str, int] = {}
    categories: list[Category] = []
    for category in (*own.categories, *other.categories):
        if _code(category) not in places:
            places[_code(category)] = len(categories)
            categories.append(category)
    values = []
    for each in (own, other):
        assert each.categories is not None  # noqa: S101
        place = np.array([*(places[_code(category)] for category in each.categories), -1], dtype=np.int32)
        values.append(place[each.values])  # the last is what -1 means: missing
    return Input(own.name, np.concatenate(values), tuple(categories))


def _code(category: Category) -> str:
    """The same for 1, 1.0 and "1", which one file may hold as text and the other as a number."""
    if isinstance(category, bool):
        return "true" if category else "false"
    if isinstance(category, float) and category.is_integer():
        return str(int(category))
    return str(category)
