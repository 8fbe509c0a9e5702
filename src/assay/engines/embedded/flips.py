"""Decisions of sampled people with another value of an input: the model is asked again for each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assay.engines.coded import Attribute
from assay.engines.declared import key_of
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import People, draw_people
from assay.engines.embedded.rows import categorical
from assay.engines.keys import Binned
from assay.engines.levels import LONGEST_GROUP
from assay.engines.score import score_column
from assay.engines.where import filtered
from assay.errors import DataError
from assay.evidence.individuals import Change, Changed, Flips
from assay.evidence.keys import GROUP
from assay.evidence.request import FlipsRequest
from assay.record.codes import code, spellings
from assay.record.columns import Columns, Favourable, Feature, ScoreColumn
from assay.record.manifest import Manifest
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Sides = npt.NDArray[np.int8]

MOST_VALUES = 50
"""Other values of one input: the model scores the whole sample for each."""
_NONE = -1
"""The side of somebody without a finite score."""


def measure_flips(
    request: FlipsRequest,
    dataset: EmbeddedDataset,
    manifest: Manifest,
    seed: int,
    score: Callable[[tuple[Input, ...]], Numbers],
) -> Flips:
    """Counts of people by what they hold, what they are given instead, and how they are decided then.

    `score` asks the model. Raises DataError for probabilities outside [0, 1].
    """
    columns, features = _columns(manifest), {feature.name: feature for feature in manifest.features or ()}
    people = draw_people(dataset, manifest.features or (), {}, request.size, seed, request.where)
    asking = _Asking(people, _cut(columns), score_column(manifest), score)
    own = asking.sides(people.inputs) if people.drawn else _nobody()
    changed = tuple(
        asking.changed(features[name], own, _values(features[name], dataset, columns, request))
        for name in request.change
    )
    return Flips(changed, people.available, people.drawn, int((own == _NONE).sum()))


@dataclass(frozen=True)
class _Values:
    """The values that an input can be given, by what they are called."""

    given: Mapping[str, tuple[Any, ...]]
    """Level → a number each, or the one category, that stands for it."""
    level_of: Callable[[Any], str | None]
    """What the value that somebody holds is called: a number or a code."""
    kind: str
    """What the file holds in the column."""


@dataclass(frozen=True)
class _Asking:
    people: People
    cut: Favourable
    declared: ScoreColumn
    score: Callable[[tuple[Input, ...]], Numbers]

    def sides(self, inputs: tuple[Input, ...]) -> Sides:
        """1 on the good side of the cut, 0 on the other, -1 without a finite score. Shape (n,)."""
        import numpy as np

        if not len(inputs[0].values):
            return _nobody()
        scores = self.score(inputs)
        finite = np.isfinite(scores)
        if self.declared.kind == "probability" and ((scores[finite] < 0) | (scores[finite] > 1)).any():
            raise DataError("scores of the model lie outside [0, 1]: no probabilities", hint="Declare `kind: rank`.")
        good = is_good(self.cut, np.where(finite, scores, 0.0))
        return np.where(finite, good, _NONE).astype(np.int8)

    def changed(self, feature: Feature, own: Sides, values: _Values | str) -> Changed:
        """One input changed for everybody, to each other value."""
        import numpy as np

        if isinstance(values, str):
            return Changed(feature.name, left_out=values)
        place = next(at for at, each in enumerate(self.people.inputs) if each.name == feature.name)
        held = np.array([values.level_of(value) or "" for value in _held(self.people.inputs[place])], dtype=object)
        decided, known = own != _NONE, held != ""
        flips, undecided = {}, np.zeros(len(own), dtype=bool)
        for given, stands in values.given.items():
            rows = np.flatnonzero(decided & known & (held != given))
            flips[given] = np.zeros(len(own), dtype=bool)
            for value in stands:
                sides = self.sides(_with(self.people.inputs, place, value, rows, values.kind))
                undecided[rows[sides == _NONE]] = True
                flips[given][rows[(sides != _NONE) & (sides != own[rows])]] = True
        asked = decided & known & ~undecided
        any_other = np.logical_or.reduce(list(flips.values()))
        changes = []
        for level in values.given:
            mine = asked & (held == level)
            if mine.any():
                others = [(None, any_other), *((other, flips[other]) for other in values.given if other != level)]
                for instead, otherwise in others:
                    sides = own[mine & otherwise]
                    people = int(mine.sum()), int((sides == 0).sum()), int((sides == 1).sum())
                    changes.append(Change(level, instead, *people))
        return Changed(
            feature.name, tuple(changes), int((decided & ~known).sum()), int((decided & known & undecided).sum())
        )


def _values(feature: Feature, dataset: EmbeddedDataset, columns: Columns, request: FlipsRequest) -> _Values | str:
    """The levels that the data hold of an input, by the first attribute declared for its column; or why there are none.

    A bin of numbers is stood for by its median, a value that somebody holds.
    """
    declared = next((name for name, each in columns.attributes.items() if each.column == feature.name), None)
    is_number, kind = feature.dtype == "number", dataset.kind(feature.name)
    key = None if declared is None else key_of(GROUP + declared, dataset, columns, request.where)
    frame = filtered(dataset, dataset.frame(), request.where)
    if isinstance(key, Binned) and is_number:
        return _of_bins(key, dataset, frame, kind)
    unknown = tuple(spelling for value in columns.unknown_values for spelling in spellings(value))
    attribute = key if isinstance(key, Attribute) else Attribute(dataset, feature.name, {}, unknown)
    column = dataset.code(feature.name)
    number = dataset.number(feature.name) if is_number else column
    known = f"SELECT {column}, min({number}) FROM {{rows}} WHERE {number} IS NOT NULL GROUP BY {column} "
    found = dataset.select(f"{known} ORDER BY {column} LIMIT {MOST_VALUES + 1:d}", frame)
    if len(found) > MOST_VALUES:
        more = "; declare a group of it with edges" if is_number else ""
        return f"it has more than {MOST_VALUES} different values{more}"
    if any(len(of) > LONGEST_GROUP for of, _ in found):
        return f"it has values of more than {LONGEST_GROUP} characters"
    given: dict[str, list[Any]] = {}
    names = {}
    for of, value in found:
        level = attribute.level(of)
        names[value if is_number else of] = level
        if level is not None:
            given.setdefault(level, []).append(value if is_number else of)
    return _several({level: tuple(dict.fromkeys(each)) for level, each in sorted(given.items())}, names.get, kind)


def _of_bins(key: Binned, dataset: EmbeddedDataset, frame: Any, kind: str) -> _Values | str:
    import numpy as np

    middle = f"quantile_disc({dataset.number(key.name)}, 0.5)"
    rows = dataset.select(
        f"SELECT k, {middle} FROM {{rows}} WHERE k IS NOT NULL GROUP BY k ORDER BY k",
        frame.with_columns(k=key.expression),
    )
    names = key.levels({place: 1 for place, _ in rows}, broken=not dataset.is_whole(key.name))
    unknown = {float(each) for each in key.unknown if _is_number(each)}

    def level_of(value: float) -> str | None:
        if not np.isfinite(value) or value in unknown:
            return None
        return names.get(int(np.searchsorted(key.edges, value, side="right")))

    return _several({names[place] or "": (middle,) for place, middle in rows}, level_of, kind)


def _several(given: Mapping[str, tuple[Any, ...]], level_of: Callable[[Any], str | None], kind: str) -> _Values | str:
    if len(given) < 2:
        return "nobody in the data holds another value"
    return _Values(given, level_of, kind)


def _held(own: Input) -> list[Any]:
    """What each of the sample holds: a number, or a code."""
    if own.categories is None:
        numbers: list[Any] = own.values.tolist()
        return numbers
    codes = [code(category) for category in own.categories]
    return [codes[at] if at >= 0 else None for at in own.values.tolist()]


def _with(
    inputs: tuple[Input, ...], place: int, value: Any, rows: npt.NDArray[np.intp], kind: str
) -> tuple[Input, ...]:
    """These rows of the inputs, with one value in the place of each one's own."""
    import numpy as np

    chosen = [replace(each, values=each.values[rows]) for each in inputs]
    own = inputs[place]
    if own.categories is None:
        chosen[place] = replace(own, values=np.full(len(rows), float(value)))
    else:
        one = categorical(own.name, np.array([value], dtype=object), kind)
        chosen[place] = replace(one, values=np.zeros(len(rows), dtype=np.int32))
    return tuple(chosen)


def is_good(cut: Favourable, scores: Numbers) -> npt.NDArray[np.bool_]:
    """Whether each score, all of them finite, lies on the good side of the cut."""
    if cut.below is not None:
        return scores < cut.below
    if cut.at_most is not None:
        return scores <= cut.at_most
    return scores > cut.above if cut.above is not None else scores >= (cut.at_least or 0.0)


def _nobody() -> Sides:
    import numpy as np

    return np.zeros(0, dtype=np.int8)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _columns(manifest: Manifest) -> Columns:
    if manifest.columns is None:
        raise DataError("the manifest has no columns", hint="Add `columns`.")
    return manifest.columns


def _cut(columns: Columns) -> Favourable:
    decision = columns.decision
    if decision is None or not isinstance(decision.favourable, Favourable):
        raise DataError("the manifest does not say which score decides", hint="Declare columns.decision as a cut.")
    return decision.favourable
