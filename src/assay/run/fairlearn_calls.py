"""What fairlearn is asked, as plain data in and out: here, or in a process of its own beside the audit.

To import fairlearn takes longer than its work. A command that audits once has the work done by another process, started
before the data are read; it imports fairlearn and nothing of assay, and both ways speak JSON. Where it gives no answer,
the work is done here; either way the numbers are the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

LONGEST = 600.0
"""Seconds that an answer is waited for."""
Asked = dict[str, Any]
"""A question: `rates` or `thresholds`, and what the function of that name takes."""


def answers(asked: Sequence[Asked]) -> list[Any]:
    """The answer to each question."""
    known: dict[str, Callable[..., Any]] = {"rates": rates, "thresholds": thresholds}
    return [known[one["call"]](**{name: given for name, given in one.items() if name != "call"}) for one in asked]


def rates(name: str, truth: list[int], decided: list[int], groups: list[str], weights: list[float]) -> dict[str, float]:
    """Group → rate, by fairlearn's MetricFrame."""
    from fairlearn.metrics import MetricFrame

    frame = MetricFrame(
        metrics=_metric(name),
        y_true=truth,
        y_pred=decided,
        sensitive_features=groups,
        sample_params={"sample_weight": weights},
    )
    return {group: float(rate) for group, rate in frame.by_group.items()}


def _metric(name: str) -> Callable[..., Any]:
    """What fairlearn calls the rate, or scikit-learn where fairlearn has none."""
    from fairlearn import metrics
    from sklearn.metrics import precision_score

    def precision(truth: Any, predicted: Any, sample_weight: Any) -> float:
        return float(precision_score(truth, predicted, sample_weight=sample_weight, zero_division=0))

    if name == "positive_predictive_value":
        return precision
    if name == "false_discovery_rate":
        return lambda truth, predicted, sample_weight: 1 - precision(truth, predicted, sample_weight)
    if name == "false_omission_rate":
        return lambda truth, predicted, sample_weight: 1 - precision(1 - truth, 1 - predicted, sample_weight)
    if name == "scoring_rate":
        name = "selection_rate"
    return getattr(metrics, name)  # type: ignore[no-any-return]


def thresholds(
    scores: list[float], labels: list[int], groups: list[str], constraint: str, steps: int, tolerance: float | None
) -> dict[str, dict[str, Any]] | None:
    """Group → how fairlearn's ThresholdOptimizer decides there; None where it finds no thresholds."""
    import numpy as np
    from fairlearn.postprocessing import ThresholdOptimizer

    optimizer = ThresholdOptimizer(
        estimator=_scored(),
        constraints=constraint,
        grid_size=steps,
        prefit=True,
        predict_method="predict",
        tol=tolerance,
    )
    try:
        optimizer.fit(np.array(scores).reshape(-1, 1), np.array(labels), sensitive_features=np.array(groups))
    except Exception:  # noqa: BLE001  whatever the library says to what it is given; an analysis stops no audit
        return None
    found = optimizer.interpolated_thresholder_.interpolation_dict
    return {group: _way(one) for group, one in found.items()}


def _way(found: Any) -> dict[str, Any]:
    """How a group is decided: a constant with the probability `ignored`, else by two thresholds."""
    operations = [(float(found[f"p{i}"]), found[f"operation{i}"]) for i in (0, 1)]
    return {
        "ignored": float(found.get("p_ignore", 0.0)),
        "constant": float(found.get("prediction_constant", 0.0)),
        "ways": [[share, operation.operator, float(operation.threshold)] for share, operation in operations],
    }


def _scored() -> Any:
    """A fitted estimator whose prediction is the score that it is given."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Scored(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, scores: object, labels: object) -> Any:  # noqa: ARG002
            return self

        def predict(self, scores: Any) -> Any:
            return scores[:, 0]

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return Scored()


class Apart:
    """The process beside the audit. Where there is none, the questions are answered here."""

    def __init__(self, *, start: bool) -> None:
        self._asked: tuple[Asked, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        if start:
            with suppress(OSError):
                # -P: a module beside the manifest must not stand in for one of ours.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "assay.run.fairlearn_calls"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )

    def ask(self, asked: Sequence[Asked]) -> None:
        """Hand over all questions; it works on them from now on."""
        self._asked = tuple(asked)
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(json.dumps(self._asked).encode())
                self._process.stdin.close()
            self._process.stdin = None

    def answers(self) -> list[Any]:
        """The answer to each question."""
        told: Any = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired, ValueError, RecursionError):
                told = json.loads(self._process.communicate(timeout=LONGEST)[0])
        return told if isinstance(told, list) and len(told) == len(self._asked) else answers(self._asked)

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired, ValueError):
                self._process.communicate(timeout=LONGEST)


def serve() -> None:
    """Import fairlearn while the audit goes on, then answer what comes in."""
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    with suppress(ImportError):
        import fairlearn.metrics
        import fairlearn.postprocessing  # noqa: F401
    asked = sys.stdin.buffer.read()
    if asked:  # else the audit ended before it had a question
        told.write(json.dumps(answers(json.loads(asked))).encode())
        told.flush()


if __name__ == "__main__":
    serve()
