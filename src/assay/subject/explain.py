"""Attributions of a model's output to its inputs. Runs in the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.subject.origins import Unsupported, origins

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

LOG_ODDS_TREES = ("HistGradientBoostingClassifier", "GradientBoostingClassifier")
PROBABILITY_TREES = ("RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier")
LINEAR = ("LogisticRegression", "LogisticRegressionCV")


@dataclass(frozen=True)
class Explanation:
    """Contributions (n, k) by input, expected output and the model's own output, both (n,), for the event class."""

    values: Floats
    base: Floats
    output: Floats
    space: str
    method: str


def final_step(model: Any) -> tuple[Any, Any]:
    """What comes before the classifier in a pipeline, or None, and the classifier."""
    if type(model).__name__ == "Pipeline" and hasattr(model, "steps"):
        return (model[:-1] if len(model.steps) > 1 else None), model.steps[-1][1]
    return None, model


def needs_background(model: Any) -> bool:
    """Whether the attributions are against the mean of a background sample."""
    return type(final_step(model)[1]).__name__ in LINEAR


def explain(model: Any, frame: pd.DataFrame, background: pd.DataFrame | None, event: int) -> Explanation:
    """Attributions of every row for the class at place `event` of `classes_`.

    Trees: SHAP values, path-dependent, in the space the trees add up in. Logistic regression: (x - mean) · coefficient,
    the exact SHAP values of a linear model under independence, in log-odds. Contributions of columns that a pipeline
    made of one input (one-hot) are added up. Raises Unsupported for any other model, and for more than two classes.
    """
    import numpy as np

    before, classifier = final_step(model)
    kind = type(classifier).__name__
    if len(model.classes_) != 2 or kind not in (*LOG_ODDS_TREES, *PROBABILITY_TREES, *LINEAR):
        raise Unsupported(f"attributions of {kind} with {len(model.classes_)} classes")
    sources = origins(before, frame)
    made = frame if before is None else before.transform(frame)
    if kind in LINEAR:
        values, base, method = _linear(classifier, before, _dense(made), background)
    else:
        values, base, method = _trees(classifier, kind, made if before is None else _dense(made), event)
    if len(sources) != values.shape[1]:
        raise Unsupported(f"attributions of a pipeline that makes {values.shape[1]} columns of unclear origin")
    folded = np.zeros((len(frame), frame.shape[1]))
    for column, source in enumerate(sources):
        folded[:, source] += values[:, column]
    if kind in PROBABILITY_TREES:
        output, space = model.predict_proba(frame)[:, event], "probability"
    else:
        sign = 1.0 if event == 1 else -1.0
        folded, base, output, space = sign * folded, sign * base, sign * model.decision_function(frame), "log-odds"
    return Explanation(folded, np.full(len(frame), base), np.asarray(output, dtype=float), space, method)


def _dense(made: Any) -> Floats:
    import numpy as np

    return np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=float)


def _linear(classifier: Any, before: Any, made: Floats, background: pd.DataFrame | None) -> tuple[Floats, float, str]:
    if background is None or not len(background):
        raise Unsupported("attributions of a linear model without background rows")
    mean = _dense(background if before is None else before.transform(background)).mean(axis=0)
    coefficients = classifier.coef_[0]
    base = float(mean @ coefficients + classifier.intercept_[0])
    method = f"(x - mean) · coefficient, mean of {len(background)} background rows"
    return (made - mean) * coefficients, base, method


def _trees(classifier: Any, kind: str, made: Any, event: int) -> tuple[Floats, float, str]:
    """SHAP values of shape (n, columns): of the second class in log-odds, of the event in probability."""
    import numpy as np

    if getattr(classifier, "is_categorical_", None) is not None and np.any(classifier.is_categorical_):
        raise Unsupported(f"attributions of {kind} with native categories (the TreeExplainer reads numbers only)")
    import shap

    explainer = shap.TreeExplainer(classifier, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(made, check_additivity=False), dtype=float)
    expected = np.atleast_1d(np.asarray(explainer.expected_value, dtype=float))
    if values.ndim == 3:
        values = values[:, :, event if kind in PROBABILITY_TREES else -1]
    base = float(expected[event if len(expected) == 2 else -1])
    return values, base, f"TreeExplainer, path-dependent (shap {shap.__version__})"
