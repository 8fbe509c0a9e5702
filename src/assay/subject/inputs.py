"""The model's inputs on their way to the worker: arrays in a .npz file, never objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def save_inputs(path: Path, inputs: tuple[Input, ...]) -> list[dict[str, Any]]:
    """Write the arrays; the answer describes them for the job."""
    import numpy as np

    np.savez(path, **{f"c{i}": each.values for i, each in enumerate(inputs)})  # type: ignore[arg-type]
    return [{"name": each.name, "categories": each.categories} for each in inputs]


def load_frame(path: str, described: list[dict[str, Any]]) -> pd.DataFrame:
    """The inputs as the model is given them: a DataFrame of float64 and categorical columns, in the order described."""
    import numpy as np
    import pandas as pd

    columns: dict[str, Any] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for i, column in enumerate(described):
            values, categories = arrays[f"c{i}"], column["categories"]
            columns[column["name"]] = values if categories is None else pd.Categorical.from_codes(values, categories)
    return pd.DataFrame(columns, columns=[column["name"] for column in described])
