"""Metrics of scikit-learn on two classes for many tables of counts at once, such as the replicates of a bootstrap.

scikit-learn takes some milliseconds for each table. Every function here gives its number, to 1e-12; 0/0 is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

Kernel = Callable[["Floats"], "Floats"]
"""Amounts per cell, (tables, cells), to the metric of each table."""


def of_decisions(
    name: str, truth: Counts, predicted: Floats, *, beta: float = 1.0, average: str = "binary", adjusted: bool = False
) -> Kernel:
    """A metric of label and decision; `truth` and `predicted` are 0 or 1 for each cell."""

    def kernel(amounts: Floats) -> Floats:
        import numpy as np

        tp, fn, fp, tn = (
            amounts[:, (truth == y) & (predicted == d)].sum(axis=1) for y, d in ((1, 1), (1, 0), (0, 1), (0, 0))
        )
        n = tp + fn + fp + tn
        with np.errstate(divide="ignore", invalid="ignore"):
            match name:
                case "accuracy_score":
                    return (tp + tn) / n  # type: ignore[no-any-return]
                case "hamming_loss" | "zero_one_loss":
                    return (fp + fn) / n  # type: ignore[no-any-return]
                case "balanced_accuracy_score":
                    balanced = (tp / (tp + fn) + tn / (tn + fp)) / 2
                    return 2 * balanced - 1 if adjusted else balanced  # type: ignore[no-any-return]
                case "matthews_corrcoef":
                    return (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))  # type: ignore[no-any-return]
                case "cohen_kappa_score":
                    chance = ((tp + fp) * (tp + fn) + (tn + fp) * (tn + fn)) / (n * n)
                    return ((tp + tn) / n - chance) / (1 - chance)  # type: ignore[no-any-return]
            own, other = _of_class(name, beta, tp, fp, fn), _of_class(name, beta, tn, fn, fp)
            if average == "micro":
                return _of_class(name, beta, tp + tn, fp + fn, fp + fn)
            if average == "macro":
                return (own + other) / 2
            if average == "weighted":
                return (own * (tp + fn) + other * (tn + fp)) / n  # type: ignore[no-any-return]
            return own

    return kernel


def _of_class(name: str, beta: float, tp: Floats, fp: Floats, fn: Floats) -> Floats:
    if name == "precision_score":
        return tp / (tp + fp)
    if name == "recall_score":
        return tp / (tp + fn)
    if name == "jaccard_score":
        return tp / (tp + fp + fn)
    b = beta * beta
    return (1 + b) * tp / ((1 + b) * tp + b * fn + fp)


def of_scores(name: str, truth: Counts, score: Floats) -> Kernel:
    """A metric of label and score; `truth` is 0 or 1 for each cell."""
    import numpy as np

    order = np.argsort(-score, kind="stable")
    place = np.unique(-score[order], return_inverse=True)[1]
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    positive = truth[order] == 1
    tiny = np.finfo(np.float64).eps
    clipped = np.clip(score, tiny, 1 - tiny)
    losses = {"log": -np.log(np.where(truth == 1, clipped, 1 - clipped)), "square": (truth - score) ** 2}

    def mean_loss(amounts: Floats, kind: str) -> Floats:
        return amounts @ losses[kind] / amounts.sum(axis=1)  # type: ignore[no-any-return]

    def kernel(amounts: Floats) -> Floats:
        share = amounts[:, truth == 1].sum(axis=1) / amounts.sum(axis=1)
        if name == "brier_score_loss":
            return mean_loss(amounts, "square")
        if name == "log_loss":
            return mean_loss(amounts, "log")
        with np.errstate(divide="ignore", invalid="ignore"):
            if name == "d2_brier_score":
                null = np.where((share > 0) & (share < 1), share * (1 - share), np.nan)
                return 1 - mean_loss(amounts, "square") / null
            if name == "d2_log_loss_score":
                null = -(share * np.log(share) + (1 - share) * np.log(1 - share))
                return 1 - mean_loss(amounts, "log") / null  # type: ignore[no-any-return]
            ranked = amounts[:, order]
            own, other = (np.add.reduceat(ranked * mask, begins, axis=1) for mask in (positive, ~positive))
            above = np.cumsum(own, axis=1)
            if name == "average_precision_score":
                everybody = above + np.cumsum(other, axis=1)
                precision = np.where(everybody > 0, above / everybody, 0.0)
                return (own * precision).sum(axis=1) / above[:, -1]  # type: ignore[no-any-return]
            pairs = (other * (above - own / 2)).sum(axis=1)
            return pairs / (above[:, -1] * other.sum(axis=1))  # type: ignore[no-any-return]

    return kernel
