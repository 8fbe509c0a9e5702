"""Boosters of XGBoost: JSON or UBJ files. What a category was coded as in training is read from the model itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
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

BINARY = "binary:logistic"
MULTICLASS = ("multi:softprob", "multi:softmax")
LOG_ODDS = (BINARY, "binary:logitraw", "reg:logistic")
OUTCOME = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror")


def open_model(data: bytes, classes: Classes | None, *, trusted: bool) -> Booster:  # noqa: ARG001  no code in it
    """The booster."""
    xgboost = library("xgboost", "xgboost")
    hint = "Store it with Booster.save_model as .json or .ubj."
    if not data.startswith(b"{"):
        raise DataError("the file is neither JSON nor UBJ", hint=hint)
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(data))
        return Booster(booster, classes)
    except (xgboost.core.XGBoostError, ValueError, KeyError, TypeError) as error:
        line = str(error).strip().splitlines()[0][:300]
        raise DataError(f"XGBoost cannot read the model: {line}", hint=hint) from None


class Booster:
    """Trees, or a linear booster, with one of XGBoost's objectives."""

    needs_background = False

    def __init__(self, booster: Any, declared: Classes | None) -> None:
        self._booster = booster
        self._objective, outputs = _objective(booster)
        self.kind = f"XGBoost {self._objective}"
        self._names, self._width = booster.feature_names, int(booster.num_features())
        self._categories = _categories(booster, self._width)
        self._rounds = _rounds(booster)
        self._classes: Classes | None = None
        if outputs > 1:
            self._classes = named_classes(outputs, declared)
        else:
            require_no_classes(declared)

    def predict(self, frame: pd.DataFrame) -> Prediction:
        """Probabilities of the classes, or the number of the objective. NaN for a row with a category that training
        did not have: XGBoost takes it for the first one.
        """
        import numpy as np

        matrix, strange, _ = self._matrix(frame)
        margins = self._objective == "multi:softmax"  # whose prediction is the class, not its probability
        made = self._booster.predict(matrix, output_margin=margins, iteration_range=self._rounds)
        values = np.asarray(made, dtype=np.float64)
        if margins:
            raised = np.exp(values - values.max(axis=1, keepdims=True))
            values = raised / raised.sum(axis=1, keepdims=True)
        elif self._objective == BINARY:
            values = np.column_stack([1 - values, values])
        elif values.ndim != 1:
            values = _one_output(values) if self._classes is None else values
        values[strange] = np.nan
        return Prediction(values, self._classes)

    def explain(self, frame: pd.DataFrame, background: pd.DataFrame | None, of: Any) -> Explanation:  # noqa: ARG002
        """XGBoost's own SHAP values, path-dependent."""
        event = None if self._classes is None else place_of_class(of, self._classes)
        if self._classes is not None and len(self._classes) != 2:
            raise Unsupported(f"attributions of {self.kind} with {len(self._classes)} classes")
        matrix, strange, places = self._matrix(frame)
        if strange.any():
            raise Unsupported("attributions of rows with a category that the model's training did not have")
        values, base, output, space, method = contributions(self._booster, matrix, self._rounds)
        return by_input(values, base, output, places, frame.shape[1], event, space, method)

    def _matrix(self, frame: pd.DataFrame) -> tuple[Any, npt.NDArray[np.bool_], list[int]]:
        xgboost = library("xgboost", "xgboost")
        places = places_of(self._names, self._width, list(frame.columns))
        numbers, strange = coded(frame.iloc[:, places], self._categories)
        made = xgboost.DMatrix(
            numbers, feature_names=self._names, feature_types=self._booster.feature_types, enable_categorical=True
        )
        return made, strange, places


def contributions(booster: Any, matrix: Any, rounds: tuple[int, int]) -> tuple[Floats, Floats, Floats, str, str]:
    """SHAP values (n, columns), their base and the margin (n,), the space of both, and the method."""
    import numpy as np

    xgboost = library("xgboost", "xgboost")
    objective, _ = _objective(booster)
    space = "log-odds" if objective in LOG_ODDS else "outcome" if objective in OUTCOME else "margin"
    made = np.asarray(booster.predict(matrix, pred_contribs=True, iteration_range=rounds), dtype=np.float64)
    output = np.asarray(booster.predict(matrix, output_margin=True, iteration_range=rounds), dtype=np.float64)
    method = f"pred_contribs, path-dependent (xgboost {xgboost.__version__})"
    return made[:, :-1], made[:, -1], _one_output(output), space, method


def _objective(booster: Any) -> tuple[str, int]:
    """Its name, and the number of classes: 1 where it has none."""
    learner = json.loads(booster.save_config())["learner"]
    name = str(learner["objective"]["name"])
    if name in MULTICLASS:
        return name, int(learner["learner_model_param"]["num_class"])
    return name, 2 if name == BINARY else 1


def _rounds(booster: Any) -> tuple[int, int]:
    """All rounds; those up to the best where the wrapper for scikit-learn stored the model: it predicts with these."""
    attributes = booster.attributes()
    if "scikit_learn" in attributes and "best_iteration" in attributes:
        return 0, int(attributes["best_iteration"]) + 1
    return 0, 0


def _categories(booster: Any, width: int) -> Sequence[Sequence[Any] | None]:
    """By column, the categories in the order of their codes; None for numbers and where the model keeps none."""
    if "c" not in (booster.feature_types or ()):
        return [None] * width
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    kept = (model.get("model") or model["gbtree"]["model"]).get("cats", {}).get("enc") or [{}] * width
    return [_values(each) or None for each in kept]


def _values(kept: Any) -> list[Any]:
    if "offsets" not in kept:
        return list(kept.get("values", []))
    texts, offsets = bytes(value & 0xFF for value in kept["values"]), kept["offsets"]
    return [texts[begin:end].decode() for begin, end in pairwise(offsets)]


def _one_output(values: Floats) -> Floats:
    if values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    if values.ndim != 1:
        raise DataError(f"the model gives {values.shape[1]} outcomes for a row, not one")
    return values
