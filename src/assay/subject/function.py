"""A function of the caller in the place of the manifest's model. It runs in this process: the caller's own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assay.errors import AssayError
from assay.subject.classes import Prediction, named_classes
from assay.subject.inputs import Input, as_frame
from assay.subject.origins import Unsupported
from assay.subject.scorer import Attributions, ModelFailure

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


class FunctionScorer:
    """Gives a pandas frame of the features to the function, and takes a number for each row or one for each class.

    The classes of several numbers are the function's attribute `classes`, else 0, 1, …
    """

    needs_background, confinement = False, None

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._told = str(getattr(function, "__name__", type(function).__name__))

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """What the function gives for the rows; ModelFailure where it raises or gives something else."""
        rows = len(inputs[0].values)
        try:
            made = self._function(as_frame(inputs))
        except AssayError:
            raise
        except Exception as error:  # it may raise anything
            line = (str(error).strip().splitlines() or [""])[0][:500]
            raise self._failed(f"raised {type(error).__name__}: {line}") from error
        return self._prediction(made, rows).score(of)

    def _prediction(self, made: Any, rows: int) -> Prediction:
        import numpy as np

        try:
            values = np.asarray(made)
        except (TypeError, ValueError) as error:
            raise self._failed(f"gave no array: {error}") from error
        if values.dtype.kind not in "buif":
            raise self._failed(f"gave values of the type {values.dtype}, no numbers")
        values = values.astype(np.float64)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim not in (1, 2) or len(values) != rows:
            raise self._failed(f"gave an array of shape {values.shape} for {rows} rows")
        if values.ndim == 1:
            return Prediction(values)
        declared = getattr(self._function, "classes", None)
        return Prediction(values, named_classes(values.shape[1], None if declared is None else tuple(declared)))

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:  # noqa: ARG002
        """A function cannot be looked into."""
        raise Unsupported("attributions of a function")

    def close(self) -> None:
        """There is nothing to end."""

    def _failed(self, what: str) -> ModelFailure:
        return ModelFailure(f"the function {self._told} {what}", hint="It takes a frame and gives an array of numbers.")
