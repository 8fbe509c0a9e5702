"""What an audit asks of a model, wherever it lives: a worker, an endpoint, a function of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assay.errors import DataError
from assay.subject.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import numpy.typing as npt

    from assay.record.audit import Confinement
    from assay.record.pipeline import ScoringService
    from assay.source import Loc
    from assay.subject.subject import Subject

    Floats = npt.NDArray[np.float64]


class ModelFailure(DataError):
    """The model crashed, hung, took more than it may or gave nonsense. Controls that need it are errors, no others."""


@dataclass(frozen=True)
class Attributions:
    """Contributions (n, k), expected output (n,), the model's own output (n,), their space and how they were made."""

    values: Floats
    base: Floats
    output: Floats
    space: str
    method: str


class Scorer(Protocol):
    """A model that gives scores and, where it can, attributions."""

    @property
    def needs_background(self) -> bool:
        """Whether attributions are against a background sample."""

    @property
    def confinement(self) -> Confinement | None:
        """What holds its process; None: it has none of ours, or one that failed."""

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """Probability of the class `of` for each row, or the number that a regression gives. Shape (n,)."""

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:
        """Each input's contribution to each row's output. Raises Unsupported where there is no explainer."""

    def close(self) -> None:
        """End it."""


def open_scorer(
    subject: Subject,
    *,
    memory: int,
    seconds: float,
    function: Callable[..., Any] | None = None,
    explains: bool = False,
    meanwhile: Iterable[Callable[[], None]] = (),
) -> Scorer:
    """The model of the subject: the function in its place, its stages, its endpoint, or its file in the worker.

    `memory` in bytes, `seconds` for one job. `explains`: attributions will be asked for. `meanwhile`: see ModelSession.
    """
    if function is not None:
        from assay.subject.function import FunctionScorer

        return FunctionScorer(function)
    manifest = subject.manifest
    if manifest.pipeline is None:
        endpoint = manifest.identity.endpoint
        return _one_scorer(
            subject, ("identity",), endpoint, memory=memory, seconds=seconds, explains=explains, meanwhile=meanwhile
        )
    from assay.subject.stages import StagedScorer

    stages = manifest.pipeline.stages
    places: list[Loc] = [*(("pipeline", "stages", place) for place in range(len(stages) - 1)), ("identity",)]
    endpoints = [*(stage.endpoint for stage in stages[:-1]), manifest.identity.endpoint]
    return StagedScorer(
        subject, lambda place: _one_scorer(subject, places[place], endpoints[place], memory=memory, seconds=seconds)
    )


def _one_scorer(
    subject: Subject,
    at: Loc,
    endpoint: ScoringService | None,
    *,
    memory: int,
    seconds: float,
    explains: bool = False,
    meanwhile: Iterable[Callable[[], None]] = (),
) -> Scorer:
    """One model, of the block that stands at `at`."""
    if endpoint is not None:
        from assay.subject.endpoint import EndpointScorer

        return EndpointScorer(endpoint, subject.place(*at, "endpoint"), seconds=seconds)
    from assay.subject.model import ModelSession

    return ModelSession(
        subject, memory=memory, seconds=seconds, at=(*at, "artefact"), explains=explains, meanwhile=meanwhile
    )
