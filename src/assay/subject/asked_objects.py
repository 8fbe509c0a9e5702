"""A model that is a Python object, asked in the process of its owner: never stored, never loaded, never confined."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import ValidationError

from assay.errors import DataError
from assay.record.columns import Favourable
from assay.record.frozen import Scalar
from assay.subject.classes import Classes, Prediction, named_classes

Method = Literal["predict_proba", "decision_function", "__call__"]


@dataclass(frozen=True)
class Answers:
    """What the model says of everybody."""

    scores: Any = None
    """None: it gives none."""
    kind: Literal["probability", "rank"] = "probability"
    of: Scalar | None = None
    """The level of the label for which a higher score speaks; of a probability, the one it is the probability of."""
    decisions: Any = None
    """What `predict` gives; None: the score is cut."""
    cut: Mapping[str, float] | None = None
    told: tuple[str, ...] = ()
    """What scores and decisions are, in words."""


def ask(
    model: Any, given: Any, *, favourable: Scalar, of: Scalar | None, decision: Mapping[str, float] | None
) -> Answers:
    """Scores and decisions of everybody; the model is asked once for each.

    Raises DataError where it gives none, or where nobody said how it decides or what its score means.
    """
    method, cut = _method(model), None if decision is None else _cut(decision)
    if cut is None and not hasattr(model, "predict"):
        what = f"nobody said how the model decides: {_named(model)} has no method predict"
        raise DataError(what, hint="Give decision=, a cut of its score such as {'at_least': 0.5}.")
    scored = Answers() if method is None else _scored(model, given, method, favourable, of, cut=cut is not None)
    if cut is None:
        decided = "the model's decisions are those of its method predict"
        return replace(scored, decisions=_called(model, "predict", given), told=(*scored.told, decided))
    if method is None:
        raise DataError(f"decision= cuts a score, and {_named(model)} gives none", hint="It needs predict_proba.")
    side, at = next(iter(cut.items()))
    decided = f"the model's decisions are favourable where the score is {side.replace('_', ' ')} {at:.12g}"
    return replace(scored, cut=cut, told=(*scored.told, decided))


def _method(model: Any) -> Method | None:
    for name in ("predict_proba", "decision_function"):
        if hasattr(model, name):
            return name
    if hasattr(model, "predict"):
        return None
    if callable(model):
        return "__call__"
    raise DataError(
        f"the model is a {type(model).__name__}: it has neither predict_proba nor predict, and cannot be called",
        hint="Give a fitted classifier, or a function that takes X and gives probabilities.",
    )


def _scored(model: Any, given: Any, method: Method, favourable: Scalar, of: Scalar | None, *, cut: bool) -> Answers:
    """The scores, and what they speak for."""
    made = _numbers(_called(model, method, given), len(given), method)
    classes = _classes(model, made.shape[1] if made.ndim == 2 else None)
    if method == "decision_function":
        known = _own_classes(model)
        if made.ndim != 1 or known is None or len(known) != 2:
            raise DataError("its decision_function does not rank two classes", hint="Use a model with predict_proba.")
        speaks: Scalar = known[1]
        told = f"the model's scores rank people by its decision_function; higher speaks for {speaks!r}"
        return Answers(scores=made, kind="rank", of=speaks, told=(told,))
    if of is None and (cut or classes is None):
        why = (
            "which class the score that is cut is the probability of"
            if cut
            else "what its numbers are probabilities of"
        )
        raise DataError(f"nobody said {why}", hint="Give score_of=, a level of y.")
    of = favourable if of is None else of
    scores = Prediction(made, classes).score(of)
    how = "what it gives" if method == "__call__" else f"those of its method {method}"
    told = f"the model's scores are {how}: the probability of {of!r}"
    return Answers(scores=scores, of=of, told=(told,))


def _classes(model: Any, outputs: int | None) -> Classes | None:
    """What the columns of the scores stand for; None where there is one number for a row."""
    if outputs is None:
        return None
    own = _own_classes(model) or _own_classes(getattr(model, "__self__", None))
    if own is None:
        what = f"{_named(model)} gives {outputs} numbers for a row and does not say what they stand for"
        raise DataError(what, hint="Give a function of one number, or one with an attribute `classes`.")
    return named_classes(outputs, own)


def _own_classes(model: Any) -> Classes | None:
    own = getattr(model, "classes_", getattr(model, "classes", None))
    if own is None:
        return None
    return tuple(own.tolist() if hasattr(own, "tolist") else own)


def _called(model: Any, method: str, given: Any) -> Any:
    try:
        return (model if method == "__call__" else getattr(model, method))(given)
    except Exception as error:  # it may raise anything
        line = (str(error).strip().splitlines() or [""])[0][:300]
        asked = "the model" if method == "__call__" else f"its method {method}"
        what = f"{asked} ({_named(model)}) raised {type(error).__name__}: {line}"
        raise DataError(what, hint="Is it fitted, and with columns such as those of X?") from error


def _numbers(made: Any, rows: int, method: str) -> Any:
    import numpy as np

    try:
        values = np.asarray(made, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("the model gives no numbers as scores", hint="A score is a number for each row.") from None
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim not in (1, 2) or len(values) != rows:
        told = "the model" if method == "__call__" else method
        raise DataError(
            f"{told} gives an array of shape {values.shape} for {rows} rows", hint="One score for each row."
        )
    return values


def _cut(decision: Mapping[str, float]) -> dict[str, float]:
    try:
        made = Favourable.model_validate({name: float(at) for name, at in decision.items()})
    except (ValidationError, AttributeError, TypeError, ValueError):
        hint = "Give one of below, at_most, above, at_least, e.g. decision={'below': 0.15}."
        raise DataError(f"decision={decision!r:.100} is no cut of a score", hint=hint) from None
    return made.model_dump(exclude_none=True)


def described(model: Any, answers: Answers) -> str:
    """What the record says of a model that is no file."""
    return (
        f"{_named(model)}, a Python object: no file, and without a digest. It was asked in the process that made this "
        f"audit, and nothing confined it; {'; '.join(answers.told)}."
    )[:4000]


def _named(model: Any) -> str:
    """`LogisticRegression of sklearn 1.7.2`; of a pipeline with its steps; of a function its name."""
    kind = type(model)
    module = str(getattr(model, "__module__", None) or kind.__module__).split(".")[0]
    name = getattr(model, "__qualname__", kind.__qualname__)
    steps = getattr(model, "steps", None)
    if isinstance(steps, list):
        name += f" ({', '.join(type(step[-1]).__name__ for step in steps if isinstance(step, tuple))})"
    version = getattr(sys.modules.get(module), "__version__", None)
    return f"{name} of {module}" + (f" {version}" if isinstance(version, str) else "")
