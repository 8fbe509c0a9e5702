"""Boosters of LightGBM: the text that Booster.save_model writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.subject.adapters import library
from assay.subject.adapters.matrix import coded, places_of
from assay.subject.classes import Classes, Prediction, named_classes, place_of_class, require_no_classes
from assay.subject.explain import Explanation, by_input
from assay.subject.origins import Unsupported

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

MULTICLASS = ("multiclass", "multiclassova")
OUTCOME = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
_UNNAMED = re.compile(r"Column_\d+")


def open_model(data: bytes, classes: Classes | None, *, trusted: bool) -> Booster:  # noqa: ARG001  no code in it
    """The booster."""
    lightgbm = library("lightgbm", "lightgbm")
    hint = "Store it with Booster.save_model."
    try:
        text = data.decode()
        if not text.startswith("tree\n"):
            raise DataError("the file is no text of LightGBM", hint=hint)
        return Booster(lightgbm.Booster(model_str=text), text, classes)
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        line = (str(error).strip().splitlines() or [""])[0][:300]
        raise DataError(f"LightGBM cannot read the model: {line}", hint=hint) from None


class Booster:
    """Trees with one of LightGBM's objectives."""

    needs_background = False

    def __init__(self, booster: Any, text: str, declared: Classes | None) -> None:
        self._booster = booster
        self._objective = objective_of(text)
        self.kind = " ".join(["LightGBM", *self._objective[:1]])
        names = [str(name) for name in booster.feature_name()]
        self._names = None if all(_UNNAMED.fullmatch(name) for name in names) else names
        self._width = len(names)
        self._classes: Classes | None = None
        if self._objective[:1] == ("binary",):
            self._classes = named_classes(2, declared)
        elif self._objective and self._objective[0] in MULTICLASS:
            self._classes = named_classes(int(booster.num_model_per_iteration()), declared)
        else:
            require_no_classes(declared)

    def predict(self, frame: pd.DataFrame) -> Prediction:
        """Probabilities of the classes, or the number of the objective."""
        import numpy as np

        matrix, _ = self._matrix(frame)
        values = np.asarray(self._booster.predict(matrix), dtype=np.float64)
        if self._classes is not None and values.ndim == 1:
            values = np.column_stack([1 - values, values])
        if self._classes is None and values.ndim != 1:
            raise DataError(f"the model gives {values.shape[1]} outcomes for a row, not one")
        return Prediction(values, self._classes)

    def explain(self, frame: pd.DataFrame, background: pd.DataFrame | None, of: Any) -> Explanation:  # noqa: ARG002
        """LightGBM's own SHAP values, path-dependent."""
        event = None if self._classes is None else place_of_class(of, self._classes)
        if self._classes is not None and len(self._classes) != 2:
            raise Unsupported(f"attributions of {self.kind} with {len(self._classes)} classes")
        matrix, places = self._matrix(frame)
        values, base, output, method = contributions(self._booster, matrix)
        space = space_of(self._objective)
        return by_input(values, base, output, places, frame.shape[1], event, space, method)

    def _matrix(self, frame: pd.DataFrame) -> tuple[Floats, list[int]]:
        """LightGBM keeps the categories of the columns that were categorical in training, in their order."""
        import pandas as pd

        given = [re.sub(r"\s", "_", str(name)) for name in frame.columns]  # as LightGBM keeps names
        places = places_of(self._names, self._width, given)
        frame = frame.iloc[:, places]
        kept = self._booster.pandas_categorical or []
        categories: list[Sequence[Any] | None] = [None] * self._width
        if kept:
            columns = [i for i, dtype in enumerate(frame.dtypes) if isinstance(dtype, pd.CategoricalDtype)]
            if len(columns) != len(kept):
                raise DataError(
                    f"the model was trained on {len(kept)} categorical inputs; the manifest declares {len(columns)}",
                    hint="Write `dtype: category` at the features that were categorical in training.",
                )
            for column, values in zip(columns, kept, strict=True):
                categories[column] = values
        return coded(frame, categories)[0], places


def contributions(booster: Any, matrix: Any) -> tuple[Floats, Floats, Floats, str]:
    """SHAP values (n, columns), their base and the raw score (n,), and the method. Of a booster or its wrapper."""
    import numpy as np

    lightgbm = library("lightgbm", "lightgbm")
    made = np.asarray(booster.predict(matrix, pred_contrib=True), dtype=np.float64)
    output = np.asarray(booster.predict(matrix, raw_score=True), dtype=np.float64)
    return made[:, :-1], made[:, -1], output, f"pred_contrib, path-dependent (lightgbm {lightgbm.__version__})"


def space_of(objective: Sequence[str]) -> str:
    """What the raw score of an objective is: `binary sigmoid:1` has log-odds, a plain regression its outcome."""
    if tuple(objective[:2]) in (("binary", "sigmoid:1"), ("cross_entropy",)):
        return "log-odds"
    return "outcome" if objective and objective[0] in OUTCOME and "sqrt" not in objective else "raw score"


def objective_of(text: str) -> tuple[str, ...]:
    """The words of an objective, ("binary", "sigmoid:1"); none for an objective of the user's own."""
    found = re.search(r"^objective=(.*)$", text.split("\nTree=0\n", 1)[0], re.MULTILINE)
    return tuple(found.group(1).split()) if found else ()
