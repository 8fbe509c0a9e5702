"""Sampled people with their inputs, and whether what is decided of them is their label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.engines.declared import key_of
from assay.engines.embedded.binned import only
from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.people import draw_people
from assay.engines.levels import SCORE, event_of
from assay.engines.score import require_probabilities, score_column
from assay.errors import DataError
from assay.evidence.keys import DECISION, LABEL
from assay.evidence.regions import Sampled
from assay.record.condition import Condition
from assay.record.manifest import Manifest
from assay.subject.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Erring:
    """People of whom it is known how much the model errs, in the order of their hashes."""

    sampled: Sampled
    inputs: tuple[Input, ...]
    errors: Floats
    """1 where the decision is not the label and 0 where it is, or the squared distance of probability and event."""


def draw_erring(
    dataset: EmbeddedDataset,
    manifest: Manifest,
    features: tuple[str, ...],
    size: int,
    seed: int,
    where: Condition | None,
    *,
    squares: bool = False,
) -> Erring:
    """A sample as `draw_people` draws it, of which those without a label or a decision are counted and left out."""
    import numpy as np

    columns = manifest.columns
    if columns is None:
        raise DataError("the manifest has no columns", hint="Add `columns`.")
    by_name = {feature.name: feature for feature in manifest.features or ()}
    wanted = tuple(by_name[name] for name in features)
    if squares:
        import narwhals as nw

        require_probabilities(dataset, score_column(manifest))
        event, _ = event_of(dataset, columns)
        people = draw_people(dataset, wanted, {"labelled": event, "decided": nw.col(SCORE)}, size, seed, where)
        label, decided = people.held["labelled"], people.held["decided"]
    else:
        keys = {
            name: key_of(key, dataset, columns, where) for name, key in (("labelled", LABEL), ("decided", DECISION))
        }
        held = {name: key.expression for name, key in keys.items()}
        people = draw_people(dataset, wanted, held, size, seed, where)
        levels = {name: key.levels(Counter(people.held[name]), broken=False) for name, key in keys.items()}
        label, decided = ([levels[name][value] for value in people.held[name]] for name in ("labelled", "decided"))
    known = [at for at, (y, d) in enumerate(zip(label, decided, strict=True)) if y is not None and d is not None]
    unlabelled = sum(y is None for y in label)
    sampled = Sampled(people.available, people.drawn, unlabelled, people.drawn - unlabelled - len(known))
    errors = [(decided[at] - label[at]) ** 2 if squares else float(decided[at] != label[at]) for at in known]
    places = np.array(known, dtype=np.intp)
    return Erring(sampled, only(people.inputs, places), np.array(errors, dtype=np.float64))
