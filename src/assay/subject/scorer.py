"""What an audit asks of a model, wherever it lives: a worker, an endpoint, a function of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assay.errors import DataError
from assay.subject.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

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

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """Probability of the class `of` for each row, or the number that a regression gives. Shape (n,)."""

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:
        """Each input's contribution to each row's output. Raises Unsupported where there is no explainer."""

    def close(self) -> None:
        """End it."""


def open_scorer(subject: Subject, *, memory: int, seconds: float, function: Callable[..., Any] | None = None) -> Scorer:  # noqa: ARG001  used as scorers are added
    """The model of the subject. `memory` in bytes, `seconds` for one job; `function` stands in for the model."""
    from assay.subject.model import ModelSession

    return ModelSession(subject, seconds=seconds)
