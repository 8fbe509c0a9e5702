"""Attributions of a model's output to its inputs. Runs in the worker."""

from __future__ import annotations

from collections.abc import Sequence
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
XGBOOST = ("XGBClassifier", "XGBRegressor")
LIGHTGBM = ("LGBMClassifier", "LGBMRegressor")


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


def explain(model: Any, frame: pd.DataFrame, background: pd.DataFrame | None, event: int | None) -> Explanation:
    """Attributions of every row for the class at place `event` of `classes_`, or for the outcome of a regression.

    Trees: SHAP values, path-dependent, in the space the trees add up in; those of XGBoost and LightGBM are their own.
    Logistic regression: (x - mean) · coefficient, the exact SHAP values of a linear model under independence, in
    log-odds. Contributions of columns that a pipeline made of one input (one-hot) are added up. Raises Unsupported for
    any other model, and for more than two classes.
    """
    import numpy as np

    before, last = final_step(model)
    kind, classes = type(last).__name__, getattr(model, "classes_", None)
    if classes is not None and len(classes) != 2:
        raise Unsupported(f"attributions of {kind} with {len(classes)} classes")
    if kind not in (*LOG_ODDS_TREES, *PROBABILITY_TREES, *LINEAR, *XGBOOST, *LIGHTGBM):
        raise Unsupported(f"attributions of {kind}")
    sources = origins(before, frame)
    made = frame if before is None else before.transform(frame)
    if kind in (*XGBOOST, *LIGHTGBM):
        values, base, output, space, method = _native(last, kind, made)
        return by_input(values, base, output, sources, frame.shape[1], event, space, method)
    if kind in LINEAR:
        values, expected, method = _linear(last, before, _dense(made), background)
    else:
        values, expected, method = _trees(last, kind, made if before is None else _dense(made), event)
    base = np.full(len(frame), expected)
    if kind in PROBABILITY_TREES:
        output = model.predict_proba(frame)[:, event]
        return by_input(values, base, output, sources, frame.shape[1], None, "probability", method)
    output = model.decision_function(frame)
    return by_input(values, base, output, sources, frame.shape[1], event, "log-odds", method)


def by_input(
    values: Floats,
    base: Floats,
    output: Floats,
    sources: Sequence[int],
    inputs: int,
    event: int | None,
    space: str,
    method: str,
) -> Explanation:
    """Contributions of columns as contributions of the inputs they were made of.

    They, base and output speak for the class at place 1: with `event` 0 all signs turn.
    """
    import numpy as np

    if len(sources) != values.shape[1]:
        raise Unsupported(f"attributions of a pipeline that makes {values.shape[1]} columns of unclear origin")
    folded = np.zeros((len(values), inputs))
    for column, source in enumerate(sources):
        folded[:, source] += values[:, column]
    sign = -1.0 if event == 0 else 1.0
    return Explanation(sign * folded, sign * base, sign * np.asarray(output, dtype=float), space, method)


def _native(last: Any, kind: str, made: Any) -> tuple[Floats, Floats, Floats, str, str]:
    """SHAP values that the boosting libraries compute themselves, for the second class or the outcome."""
    if kind in LIGHTGBM:
        from assay.subject.adapters import lightgbm

        values, base, output, method = lightgbm.contributions(last, made)
        objective = lightgbm.objective_of(last.booster_.model_to_string(num_iteration=1))
        return values, base, output, lightgbm.space_of(objective), method
    from assay.subject.adapters import library, xgboost

    booster, best = last.get_booster(), getattr(last, "best_iteration", None)
    kept = booster.get_categories()
    types = None if kept.empty() else kept
    matrix = library("xgboost", "xgboost").DMatrix(made, enable_categorical=True, feature_types=types)
    return xgboost.contributions(booster, matrix, (0, 0) if best is None else (0, best + 1))


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


def _trees(classifier: Any, kind: str, made: Any, event: int | None) -> tuple[Floats, float, str]:
    """SHAP values of shape (n, columns): of the second class in log-odds, of the event in probability."""
    import numpy as np

    if getattr(classifier, "is_categorical_", None) is not None and np.any(classifier.is_categorical_):
        raise Unsupported(f"attributions of {kind} with native categories (the TreeExplainer reads numbers only)")
    import shap

    explainer = shap.TreeExplainer(classifier, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(made, check_additivity=False), dtype=float)
    expected = np.atleast_1d(np.asarray(explainer.expected_value, dtype=float))
    place = event if event is not None and kind in PROBABILITY_TREES else -1
    if values.ndim == 3:
        values = values[:, :, place]
    base = float(expected[event if event is not None and len(expected) == 2 else -1])
    return values, base, f"TreeExplainer, path-dependent (shap {shap.__version__})"
