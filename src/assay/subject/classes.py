"""Which of a model's outputs is the score: classes in the order of its outputs, found by the level of the label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.record.codes import code, place_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Classes = tuple[Any, ...]


@dataclass(frozen=True)
class Prediction:
    """What a model gives for rows: a number for each, shape (n,), or one for each class, shape (n, k)."""

    values: Floats
    classes: Classes | None = None
    """In the order of the columns; None for a number."""

    def score(self, of: Any) -> Floats:
        """The column of the class `of`, or the number; it speaks for whatever the manifest says. Shape (n,)."""
        return self.values if self.classes is None else self.values[:, place_of_class(of, self.classes)]


def place_of_class(of: Any, classes: Classes) -> int:
    """Where the class stands, compared as a code: 1, "1" and 1.0 are one. DataError where the model has none such."""
    listed = ", ".join(repr(each) for each in classes[:20]) + (", …" if len(classes) > 20 else "")
    if of is None:
        raise DataError(
            f"the model gives no value but probabilities of classes: {listed}",
            hint="Write `kind: probability` and `of` into columns.score; for a stage of several models, its `of`.",
        )
    place = place_of(of, classes)
    if place is None:
        raise DataError(
            f"the model has no class {of!r}: its classes are {listed}",
            hint="`columns.score.of` names the level of the label whose probability the score is.",
        )
    return place


def named_classes(outputs: int, declared: Classes | None, own: Classes | None = None) -> Classes:
    """The classes of so many outputs: the model's own, else the declared ones, else numbers from 0.

    Raises DataError where what is declared does not fit the model.
    """
    if declared is not None and len(declared) != outputs:
        raise DataError(
            f"the model gives {outputs} numbers for a row, and the manifest declares {len(declared)} classes",
            hint="`classes` lists the levels of the label in the order of the model's outputs.",
        )
    if own is not None and declared is not None and list(map(code, own)) != list(map(code, declared)):
        raise DataError(
            f"the model's classes are {', '.join(map(repr, own[:20]))}, not those that the manifest declares",
            hint="Leave `classes` out: the model keeps its own.",
        )
    return own or declared or tuple(range(outputs))


def require_no_classes(declared: Classes | None) -> None:
    """DataError where classes are declared of a model which gives a single number for a row."""
    if declared is not None:
        raise DataError(
            "the model gives one number for a row, and the manifest declares classes of it", hint="Leave `classes` out."
        )
