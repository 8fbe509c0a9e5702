"""The model's inputs on their way to the worker: arrays in a .npz file, never objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

Category = bool | int | float | str


@dataclass(frozen=True)
class Input:
    """One feature: numbers with NaN for missing, or codes into `categories` with -1 for missing. Shape (n,)."""

    name: str
    values: npt.NDArray[Any]
    categories: tuple[Category, ...] | None = None


def save_inputs(path: Path | IO[bytes], inputs: tuple[Input, ...]) -> list[dict[str, Any]]:
    """Write the arrays; the answer describes them for the job."""
    import numpy as np

    np.savez(path, **{f"c{i}": each.values for i, each in enumerate(inputs)})  # type: ignore[arg-type]
    return [{"name": each.name, "categories": each.categories} for each in inputs]


def rows_of(path: str) -> int:
    """How many rows were saved."""
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        return len(arrays["c0"])


def frames(path: str, described: list[dict[str, Any]], size: int | None = None) -> Iterator[pd.DataFrame]:
    """What was saved, as frames of at most so many rows; as one where no size is given."""
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        inputs = tuple(
            Input(
                column["name"], arrays[f"c{i}"], None if column["categories"] is None else tuple(column["categories"])
            )
            for i, column in enumerate(described)
        )
    rows = len(inputs[0].values)
    for begin in range(0, rows, size or max(rows, 1)) or [0]:
        yield as_frame(inputs, slice(begin, begin + (size or rows)))


def as_frame(inputs: tuple[Input, ...], rows: slice = slice(None)) -> pd.DataFrame:
    """Rows of the inputs as a model is given them: float64 and categorical columns, in this order."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for each in inputs:
        values: Any = each.values[rows]
        listed: Any = None if each.categories is None else list(each.categories)
        columns[each.name] = values if listed is None else pd.Categorical.from_codes(values, listed)
    return pd.DataFrame(columns, columns=[each.name for each in inputs])
