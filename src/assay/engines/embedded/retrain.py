"""The model beside the one that its recorded training makes: the training runs once, and both score the same people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.engines.embedded.dataset import EmbeddedDataset
from assay.engines.embedded.flips import is_good
from assay.engines.embedded.people import draw_people
from assay.engines.options import EngineOptions
from assay.engines.score import event_class
from assay.errors import DataError
from assay.evidence.request import RetrainedRequest
from assay.evidence.retrained import Retrained
from assay.record.columns import Favourable
from assay.record.manifest import Manifest
from assay.subject.inputs import Input
from assay.subject.model import ModelSession
from assay.subject.origins import Unsupported
from assay.subject.paths import digest
from assay.subject.scorer import ModelFailure, Scorer
from assay.subject.subject import Subject
from assay.subject.training import train_again

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

NOT_ALLOWED = (
    "a run of the recorded training, which is code of whoever wrote the manifest: if you trust them, say --run-training"
)


@dataclass(frozen=True)
class _Made:
    session: ModelSession
    same_file: bool


class TrainedAgain:
    """The model that the recorded training makes. It is trained when it is first asked for, and only once."""

    def __init__(self, subject: Subject, options: EngineOptions, stack: ExitStack) -> None:
        self._subject, self._options, self._stack = subject, options, stack
        self._made: _Made | None = None
        self._failed: Unsupported | ModelFailure | None = None

    @property
    def lacking(self) -> str | None:
        """Why nothing is trained: nobody allowed it, or there is no model to compare. None: it may be."""
        if not self._options.run_training:
            return NOT_ALLOWED
        return None if self._options.scorer is None else "a model in a file, in whose place a function was asked"

    def run(self) -> None:
        """Train it. Raises Unsupported where that cannot be done, ModelFailure where it fails; also when asked again:
        it may have taken an hour.
        """
        if self._failed is not None:
            raise self._failed
        if self._made is not None:
            return
        subject, memory, seconds = self._subject, self._options.model_memory, self._options.model_seconds
        try:
            file = self._stack.enter_context(train_again(subject, memory=memory, seconds=seconds))
            artefact = subject.manifest.identity.artefact
            same = artefact is not None and digest(file) == subject.computed.get(artefact.path)
            session = ModelSession(subject, memory=memory, seconds=seconds, file=file)
        except (Unsupported, ModelFailure) as error:
            self._failed = error
            raise
        self._stack.callback(session.close)
        self._made = _Made(session, same)

    def score(self, inputs: tuple[Input, ...]) -> Numbers:
        """What it says of these people."""
        self.run()
        assert self._made is not None  # noqa: S101
        try:
            return self._made.session.score(inputs, event_class(self._subject.manifest))
        except DataError as error:  # what is wrong with it is no fault of the manifest
            raise ModelFailure(f"the model made again: {error.what}", where=error.where, hint=error.hint) from None

    @property
    def same_file(self) -> bool:
        """Whether its file is the model's, byte by byte."""
        return self._made is not None and self._made.same_file


def measure_retrained(
    request: RetrainedRequest,
    dataset: EmbeddedDataset,
    manifest: Manifest,
    seed: int,
    scorer: Callable[[], Scorer],
    again: TrainedAgain,
    progress: Callable[[str, int, int], None],
) -> Retrained:
    """Scores of sampled people by the model and by the one that is made again, compared bit by bit."""
    import numpy as np

    people = draw_people(dataset, manifest.features or (), {}, request.size, seed, request.where)
    cut = _cut(manifest)
    if not people.drawn:
        return Retrained(people.available, 0, 0, None, None, None if cut is None else 0, same_file=False)
    progress("train", 0, 1)
    again.run()
    progress("train", 1, 1)
    first, other = scorer().score(people.inputs, event_class(manifest)), again.score(people.inputs)
    same = (first == other) | (np.isnan(first) & np.isnan(other))
    both = np.isfinite(first) & np.isfinite(other)
    finite = first[np.isfinite(first)]
    return Retrained(
        available=people.available,
        drawn=people.drawn,
        differ=int((~same).sum()),
        largest=float(np.abs(first[both] - other[both]).max()) if both.any() else None,
        greatest=float(np.abs(finite).max()) if len(finite) else None,
        otherwise=None if cut is None else int((_sides(cut, first) != _sides(cut, other)).sum()),
        same_file=again.same_file,
    )


def _cut(manifest: Manifest) -> Favourable | None:
    decision = manifest.columns.decision if manifest.columns else None
    return decision.favourable if decision is not None and isinstance(decision.favourable, Favourable) else None


def _sides(cut: Favourable, scores: Numbers) -> npt.NDArray[np.int8]:
    """1 on the good side of the cut, 0 on the other, -1 without a finite score. Shape (n,)."""
    import numpy as np

    finite = np.isfinite(scores)
    return np.where(finite, is_good(cut, np.where(finite, scores, 0.0)), -1).astype(np.int8)
