"""Inputs as the boosting libraries store them: columns in the model's order, categories as their codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.record.codes import code, spellings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Categories = Sequence[Sequence[Any] | None]


def places_of(names: Sequence[str] | None, width: int, given: Sequence[str]) -> list[int]:
    """Where each input of the model stands among those given: by name, or in order where the model keeps no names.

    Raises DataError where they are not the same inputs.
    """
    if names is None:
        if width != len(given):
            raise DataError(f"the model takes {width} inputs, and the manifest's features are {len(given)}")
        return list(range(width))
    if sorted(names) != sorted(given):
        lacking = [name for name in names if name not in given] or [f"no {name}" for name in given if name not in names]
        raise DataError(
            f"the model takes other inputs than the manifest's features: {', '.join(lacking[:10])}",
            hint=f"It takes {', '.join(names)[:400]}",
        )
    return [list(given).index(name) for name in names]


def coded(frame: pd.DataFrame, categories: Categories) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The frame as numbers: a category by its place among those of the column's training, and NaN where it is missing
    or was not there in training; rows of the latter kind are true in the second array.

    Without categories of the training a column of numbers is taken as it is. Raises DataError for one of text.
    """
    import numpy as np
    import pandas as pd

    matrix = np.empty(frame.shape)
    strange = np.zeros(len(frame), dtype=bool)
    for place, (name, trained) in enumerate(zip(frame.columns, categories, strict=True)):
        column = frame[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            if trained is None:
                matrix[:, place] = column.to_numpy(dtype=np.float64)
                continue
            column = column.astype("category")
        known, codes = column.cat.categories.tolist(), column.cat.codes.to_numpy()
        meant = _numbers(str(name), known) if trained is None else _places(known, trained)
        matrix[:, place] = np.append(meant, np.nan)[codes]
        strange |= (codes >= 0) & np.isnan(matrix[:, place])
    return matrix, strange


def _places(values: Sequence[Any], among: Sequence[Any]) -> Floats:
    """The place of each value among others, compared as codes; NaN where it is not there."""
    import numpy as np

    places = {code(other): float(place) for place, other in enumerate(among)}
    found = (next((places[text] for text in spellings(value) if text in places), np.nan) for value in values)
    return np.array(list(found), dtype=np.float64)


def _numbers(name: str, values: Sequence[Any]) -> Floats:
    import numpy as np

    if any(isinstance(value, str) for value in values):
        raise DataError(
            f"the input {name!r} holds text, and the model keeps no categories of it",
            hint="Store the model with its categories, as pandas data of its training have them, or code the data.",
        )
    return np.array(values, dtype=np.float64)
