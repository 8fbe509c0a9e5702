"""Groups of sampled people told from inputs, by small models which have not seen the people whom they tell apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from assay.engines.declared import key_of
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import draw_people
from assay.engines.keys import Binned, Key
from assay.errors import DataError
from assay.evidence.cells import Level
from assay.evidence.keys import GROUP
from assay.evidence.proxies import Attribute, Proxies, Ranked, Told
from assay.evidence.reading_individuals import FOLDS
from assay.evidence.request import ProxiesRequest
from assay.record.manifest import Manifest
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Places = npt.NDArray[np.intp]
    Classes = npt.NDArray[np.int64]

MOST_SCORES = 100
"""Different scores of a fold that are counted one by one; more are counted in as many bins."""
MOST_CATEGORIES = 254
"""Of one input that the model of all inputs tells apart: the most frequent ones."""
LEAVES = 16
_Fit = Callable[["Numbers", "Classes", "Numbers", int], "Numbers"]


def measure_proxies(
    request: ProxiesRequest,
    dataset: EmbeddedDataset,
    manifest: Manifest,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> Proxies:
    """Counts of members and others by fold and score, for every group, input and all inputs together.

    Progress is told as ("proxies", done, models).
    """
    if manifest.columns is None:
        raise DataError("the manifest has no columns", hint="Add `columns`.")
    by_name = {feature.name: feature for feature in manifest.features or ()}
    features = tuple(by_name[name] for name in request.features)
    keys = [key_of(GROUP + name, dataset, manifest.columns, request.where) for name in request.groupings]
    held = {f"held{place}": key.expression for place, key in enumerate(keys)}
    people = draw_people(dataset, features, held, request.size, seed, request.where)
    told: list[Told] = []
    attributes: list[Attribute] = []
    steps = len(keys) * (len(features) + 1)
    for (column, key), name in zip(zip(held, keys, strict=True), request.groupings, strict=True):
        levels = _levels(people.held[column], key, dataset)
        attribute = attribute_of(name, levels)
        attributes.append(attribute)
        strata = strata_of(levels, attribute)
        for place, of in enumerate((*people.inputs, None)):
            progress("proxies", (len(attributes) - 1) * (len(features) + 1) + place, steps)
            if strata.told:
                told += told_by(of, people.inputs, name, strata)
    progress("proxies", steps, steps)
    return Proxies(request.features, tuple(attributes), people.available, people.drawn, tuple(told))


def _levels(held: list[Any], key: Key, dataset: EmbeddedDataset) -> list[Level]:
    broken = isinstance(key, Binned) and not dataset.is_whole(key.name)
    levels = key.levels(Counter(held), broken=broken)
    return [levels[value] for value in held]


def attribute_of(name: str, levels: list[Level]) -> Attribute:
    """How many people are of each level, and of none."""
    counted = Counter(level for level in levels if level is not None)
    return Attribute(name, tuple(sorted(counted.items())), len(levels) - counted.total())


@dataclass(frozen=True)
class _Strata:
    """The people whose group is known, with their class and fold."""

    rows: Places
    classes: Classes
    """Place in `groups`; beyond it for the people of groups that are too few to be told."""
    folds: Classes
    groups: tuple[str, ...]
    """Groups large enough for every fold."""
    told: tuple[str, ...]
    """Those that are told from the others: of two the first alone."""


def strata_of(levels: list[Level], attribute: Attribute) -> _Strata:
    """Within each class every fifth person, in the order of the hashes, is in the same fold."""
    import numpy as np

    sizes = dict(attribute.groups)
    people = sum(sizes.values())
    groups = tuple(name for name, n in sizes.items() if n >= FOLDS)
    told = tuple(name for name in groups if people - sizes[name] >= FOLDS)
    place = {name: at for at, name in enumerate(groups)}
    rows = np.array([at for at, level in enumerate(levels) if level is not None], dtype=np.intp)
    classes = np.array([place.get(levels[at] or "", len(groups)) for at in rows], dtype=np.int64)
    folds = np.zeros(len(rows), dtype=np.int64)
    for each in range(len(groups) + 1):
        mine = classes == each
        folds[mine] = np.arange(mine.sum()) % FOLDS
    return _Strata(rows, classes, folds, groups, told[:1] if len(sizes) == 2 else told)


def told_by(of: Input | None, inputs: Sequence[Input], grouping: str, strata: _Strata) -> list[Told]:
    """Each group told from one input, or from all of them."""
    fit, columns = _model(of, inputs)
    folds: dict[str, list[Ranked]] = {name: [] for name in strata.told}
    for fold in range(FOLDS):
        there = strata.folds == fold
        known, asked = columns[strata.rows[~there]], columns[strata.rows[there]]
        scores = fit(known, strata.classes[~there], asked, len(strata.groups))
        for name in strata.told:
            at = strata.groups.index(name)
            folds[name].append(_ranked(scores[:, at], strata.classes[there] == at))
    return [Told(of.name if of else None, grouping, name, tuple(folds[name])) for name in strata.told]


def _model(of: Input | None, inputs: Sequence[Input]) -> tuple[_Fit, Numbers]:
    """What tells the groups, and the columns it takes. Shape (n, inputs)."""
    import numpy as np

    if of is None:
        mask = np.array([each.categories is not None for each in inputs])
        return partial(_boosted, categorical=mask), np.column_stack([_column(each) for each in inputs])
    if of.categories is None:
        return _tree, _column(of)[:, None]
    return _shares, of.values[:, None].astype(np.float64)


def _column(of: Input) -> Numbers:
    """Numbers, NaN where there is no finite one; or categories by their place among the most frequent, NaN beyond."""
    import numpy as np

    if of.categories is None:
        most = np.finfo(np.float32).max  # trees read single precision
        return np.where(np.isfinite(of.values), np.clip(of.values, -most, most), np.nan)
    counted = np.bincount(of.values[of.values >= 0], minlength=len(of.categories))
    place = np.full(len(of.categories) + 1, np.nan)  # the last is what -1 means: missing
    frequent = np.argsort(-counted, kind="stable")[:MOST_CATEGORIES]
    place[frequent] = np.arange(len(frequent))
    column: Numbers = place[of.values]
    return column


def _shares(known: Numbers, classes: Classes, asked: Numbers, groups: int) -> Numbers:
    """For a category: the share of each group among those who have it, with one person more of the overall shares."""
    import numpy as np

    least = int(min(known.min(initial=0), asked.min(initial=0)))
    size = int(max(known.max(initial=0), asked.max(initial=0))) - least + 1
    overall = np.bincount(classes, minlength=groups + 1)[:groups] / max(len(classes), 1)
    counts = np.zeros((size, groups + 1))
    np.add.at(counts, ((known[:, 0] - least).astype(np.intp), classes), 1)
    shares: Numbers = (counts[:, :groups] + overall) / (counts.sum(axis=1, keepdims=True) + 1)
    return shares[(asked[:, 0] - least).astype(np.intp)]


def _tree(known: Numbers, classes: Classes, asked: Numbers, groups: int) -> Numbers:
    """For a number: a decision tree of at most 16 leaves, each with one person in a hundred."""
    from sklearn.tree import DecisionTreeClassifier

    return _probabilities(
        DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=0.01, random_state=0),
        known,
        classes,
        asked,
        groups,
    )


def _boosted(
    known: Numbers, classes: Classes, asked: Numbers, groups: int, categorical: npt.NDArray[np.bool_]
) -> Numbers:
    """For all inputs: boosted trees. On one thread: sums of several threads differ in the last digits."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    model = HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=LEAVES, early_stopping=False, random_state=0)
    some = ~np.isnan(known).all(axis=0)  # the library cannot take a column without any number
    if not some.any():
        return np.zeros((len(asked), groups))
    model.set_params(categorical_features=categorical[some])
    with threadpool_limits(limits=1):
        return _probabilities(model, known[:, some], classes, asked[:, some], groups)


def _probabilities(model: Any, known: Numbers, classes: Classes, asked: Numbers, groups: int) -> Numbers:
    import numpy as np

    found = model.fit(known, classes).predict_proba(asked)
    scores = np.zeros((len(asked), groups + 1))
    scores[:, model.classes_] = found
    return scores


def _ranked(scores: Numbers, member: npt.NDArray[np.bool_]) -> Ranked:
    """Members and others at each score, or in bins of about as many people each where there are more scores."""
    import numpy as np

    distinct, place = np.unique(scores, return_inverse=True)
    if len(distinct) > MOST_SCORES:
        people = np.bincount(place)
        of_score = (np.cumsum(people) - people) * MOST_SCORES // len(scores)
        _, of_score = np.unique(of_score, return_inverse=True)
    else:
        of_score = np.arange(len(distinct))
    bins = of_score[place]
    sides = [np.bincount(bins[which], minlength=int(of_score[-1]) + 1) for which in (member, ~member)]
    return Ranked(*(tuple(each.tolist()) for each in (*sides, np.bincount(of_score))))
