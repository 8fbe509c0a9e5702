"""Estimators of scikit-learn and of what follows its conventions: pipelines, and the wrappers of boosting libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.subject.classes import Classes, Prediction, named_classes, place_of_class, require_no_classes
from assay.subject.explain import Explanation, explain, needs_background

if TYPE_CHECKING:
    import pandas as pd


class Estimator:
    """A fitted classifier with probabilities, or a regressor."""

    def __init__(self, model: Any, declared: Classes | None) -> None:
        self._model, self.kind = model, type(model).__name__
        self._classes = self._read_classes(declared)
        self.needs_background = needs_background(model)

    def _read_classes(self, declared: Classes | None) -> Classes | None:
        own: Any = getattr(self._model, "classes_", None)
        if hasattr(self._model, "predict_proba") and hasattr(own, "tolist"):
            classes: Classes = tuple(own.tolist())
            return named_classes(len(classes), declared, classes)
        if own is None and _is_regressor(self._model):
            require_no_classes(declared)
            return None
        raise DataError(
            f"the model is a {self.kind}: it gives no probabilities of classes, and is no regression",
            hint="Use a fitted classifier with predict_proba, or put the scores into the data.",
        )

    def predict(self, frame: pd.DataFrame) -> Prediction:
        """Probabilities of the classes, or the outcome."""
        import numpy as np

        self._require_names(frame)
        made = self._model.predict(frame) if self._classes is None else self._model.predict_proba(frame)
        values = np.asarray(made, dtype=np.float64)
        if self._classes is None and values.shape == (len(frame), 1):
            values = values[:, 0]
        shape = (len(frame),) if self._classes is None else (len(frame), len(self._classes))
        if values.shape != shape:
            raise ValueError(f"it gave an array of shape {values.shape} where {shape} was due")
        return Prediction(values, self._classes)

    def _require_names(self, frame: pd.DataFrame) -> None:
        """What the manifest lists is what the model was fitted with, where it kept the names."""
        known: Any = getattr(self._model, "feature_names_in_", None)
        names = [str(name) for name in known] if hasattr(known, "tolist") else None
        given = list(frame.columns)
        if names is None or names == given:
            return
        strange = [name for name in given if name not in names] + [name for name in names if name not in given]
        said = f"not in both: {', '.join(strange[:10])}" if strange else "in another order"
        raise DataError(
            f"the model was fitted with other features than the manifest lists: {said}",
            hint=f"List the model's features in their order: {', '.join(names)[:300]}",
        )

    def explain(self, frame: pd.DataFrame, background: pd.DataFrame | None, of: Any) -> Explanation:
        """Attributions by the inputs of the first step."""
        event = None if self._classes is None else place_of_class(of, self._classes)
        return explain(self._model, frame, background, event)


def _is_regressor(model: Any) -> bool:
    from sklearn.base import is_regressor

    try:
        return bool(is_regressor(model)) and hasattr(model, "predict")
    except (AttributeError, TypeError):  # no estimator at all
        return False
