"""Which input each column of a fitted transformer was made of. Runs in the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assay.errors import AssayError

if TYPE_CHECKING:
    import pandas as pd

COLUMN_BY_COLUMN = (
    "MaxAbsScaler", "MinMaxScaler", "OrdinalEncoder", "PowerTransformer", "QuantileTransformer", "RobustScaler",
    "StandardScaler",
)  # fmt: skip
"""Transformers whose column i is made of input i alone."""


class Unsupported(AssayError):
    """What cannot be explained. Not a fault of the model: the finding is inconclusive."""


def origins(before: Any, frame: pd.DataFrame) -> list[int]:
    """For each column that the steps before the classifier make, the place of its one input in the frame."""
    return list(range(frame.shape[1])) if before is None else _made_of(before, list(frame.columns), len(frame.columns))


def _made_of(step: Any, names: Sequence[str] | None, width: int) -> list[int]:
    """Places in the step's inputs; `names` of those inputs where they still have one."""
    kind = type(step).__name__
    if isinstance(step, str):
        return list(range(width)) if step == "passthrough" else []
    if kind == "Pipeline":
        made = list(range(width))
        for _, inner in step.steps:
            places = _made_of(inner, names, len(made))
            made, names = [made[place] for place in places], None
        return made
    if kind == "ColumnTransformer":
        return _of_columns(step, names)
    if kind == "OneHotEncoder":
        return _of_one_hot(step)
    if kind in COLUMN_BY_COLUMN:
        return list(range(width))
    if kind == "SimpleImputer" and not step.add_indicator:
        given = [str(name) for name in getattr(step, "feature_names_in_", [f"x{i}" for i in range(width)])]
        return [given.index(name) for name in step.get_feature_names_out()]  # an empty input is dropped
    if kind == "FunctionTransformer" and step.func is None:
        return list(range(width))
    raise Unsupported(f"attributions through {kind}: a column it makes may come from several inputs")


def _of_columns(step: Any, names: Sequence[str] | None) -> list[int]:
    made: list[int] = []
    for _, inner, columns in step.transformers_:
        if isinstance(inner, str) and inner == "drop":
            continue
        places = _places(columns, names)
        made += [places[place] for place in _made_of(inner, None, len(places))]
    return made


def _places(columns: Any, names: Sequence[str] | None) -> list[int]:
    import numpy as np

    if isinstance(columns, slice):
        raise Unsupported("attributions through a ColumnTransformer that takes slices")
    listed = np.atleast_1d(np.asarray(columns)).tolist()
    if listed and isinstance(listed[0], bool):
        return [place for place, taken in enumerate(listed) if taken]
    if any(isinstance(column, str) for column in listed):
        if names is None:
            raise Unsupported("attributions through nested ColumnTransformers that take names")
        return [names.index(column) for column in listed]
    return [int(column) for column in listed]


def _of_one_hot(step: Any) -> list[int]:
    """One column per category which is kept: several of one input."""
    return [place for place, width in enumerate(_one_hot_widths(step)) for _ in range(width)]


def _one_hot_widths(step: Any) -> list[int]:
    dropped = step.drop_idx_ if step.drop_idx_ is not None else [None] * step.n_features_in_
    rare = getattr(step, "infrequent_categories_", None) or [None] * step.n_features_in_
    return [
        len(categories) - (drop is not None) - (max(len(few) - 1, 0) if few is not None else 0)
        for categories, drop, few in zip(step.categories_, dropped, rare, strict=True)
    ]
