"""The metrics of scikit-learn that a policy may name: of two levels of label and decision, or of label and score.

Kept as names, so that a policy is read without loading scikit-learn; a test compares them with the installed one.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.record.frozen import Scalar
from assay.stats.two_classes import Kernel, of_decisions, of_scores

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

DECISIONS: Mapping[str, tuple[str, ...]] = {
    "accuracy_score": (),
    "balanced_accuracy_score": ("adjusted",),
    "cohen_kappa_score": (),
    "f1_score": ("average",),
    "fbeta_score": ("average", "beta"),
    "hamming_loss": (),
    "jaccard_score": ("average",),
    "matthews_corrcoef": (),
    "precision_score": ("average",),
    "recall_score": ("average",),
    "zero_one_loss": (),
}
"""Of label and decision → arguments that may be given."""
SCORES: Mapping[str, tuple[str, ...]] = {
    "average_precision_score": (),
    "brier_score_loss": (),
    "d2_brier_score": (),
    "d2_log_loss_score": (),
    "log_loss": (),
    "roc_auc_score": ("max_fpr",),
}
"""Of label and score."""
RANKING = ("average_precision_score", "roc_auc_score")
"""Of a score that need be no probability."""
SIGNED = ("balanced_accuracy_score", "cohen_kappa_score", "d2_brier_score", "d2_log_loss_score", "matthews_corrcoef")
"""May be negative: two of them have no ratio."""
BOTH_LABELS = (
    "average_precision_score", "balanced_accuracy_score", "cohen_kappa_score", "d2_brier_score", "d2_log_loss_score",
    "matthews_corrcoef", "roc_auc_score",
)  # fmt: skip
"""Mean nothing where all labels are the same, although scikit-learn gives a number for some of them."""
BOTH_DECISIONS = ("cohen_kappa_score", "matthews_corrcoef")
AVERAGES = ("binary", "macro", "micro", "weighted")
SCORERS: Mapping[str, tuple[str, Mapping[str, Scalar]]] = {
    "accuracy": ("accuracy_score", {}),
    "average_precision": ("average_precision_score", {}),
    "balanced_accuracy": ("balanced_accuracy_score", {}),
    "neg_brier_score": ("brier_score_loss", {}),
    "neg_log_loss": ("log_loss", {}),
    "roc_auc": ("roc_auc_score", {}),
    **{name: (f"{name}_score", {}) for name in ("f1", "jaccard", "precision", "recall")},
    **{
        f"{name}_{average}": (f"{name}_score", {"average": average})
        for name in ("f1", "jaccard", "precision", "recall")
        for average in AVERAGES[1:]
    },
}
"""Scorers of scikit-learn that are named otherwise than their metric; `neg_` is the metric with its sign turned."""


def problem(name: str, value: object) -> str | None:
    """What is wrong with the value of an argument."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    wanted, holds = {
        "adjusted": ("true or false", isinstance(value, bool)),
        "average": (f"one of {', '.join(AVERAGES)}", value in AVERAGES),
        "beta": ("a number from 0.01 to 100", number and 0.01 <= value <= 100),  # type: ignore[operator]
        "max_fpr": ("a number above 0, up to 1", number and 0 < value <= 1),  # type: ignore[operator]
    }[name]
    return None if holds else f"{name} is {wanted}"


@dataclass(frozen=True)
class Table:
    """The people of one group who count: label, decision or score, and how many, cell by cell."""

    name: str
    truth: Counts
    predicted: Floats
    counts: Counts
    rows: int
    """All its people."""
    why: str = ""
    """Why nothing can be computed."""


@dataclass(frozen=True)
class Metric:
    """A metric with its arguments."""

    name: str
    arguments: Mapping[str, Scalar]
    classes: int = 0
    """How many there are, where there are more than two; labels and decisions are their places then."""

    @property
    def told(self) -> str:
        """`sklearn.metrics.fbeta_score, beta=2`."""
        return f"sklearn.metrics.{self.name}" + "".join(f", {k}={v}" for k, v in sorted(self.arguments.items()))

    def by_group(self, tables: Sequence[Table]) -> list[tuple[float | None, str]]:
        """The metric of each group by fairlearn's MetricFrame, or why it is not defined."""
        import numpy as np
        from fairlearn.metrics import MetricFrame

        whys = [self._undefined(table) for table in tables]
        usable = [table for table, why in zip(tables, whys, strict=True) if not why]
        found: dict[str, float] = {}
        if usable:
            frame = MetricFrame(
                metrics=self._function(),
                y_true=np.concatenate([table.truth for table in usable]),
                y_pred=np.concatenate([table.predicted for table in usable]),
                sensitive_features=[table.name for table in usable for _ in table.truth],
                sample_params={"sample_weight": np.concatenate([table.counts for table in usable])},
            )
            found = {str(name): float(value) for name, value in frame.by_group.items()}
        made: list[tuple[float | None, str]] = []
        for table, why in zip(tables, whys, strict=True):
            value = found.get(table.name, math.nan)
            if not why and not math.isfinite(value):
                why = f"{self.name} is not defined for {table.name}: scikit-learn divides by nobody"
            made.append((None, why) if why else (value, ""))
        return made

    def value(self, table: Table) -> tuple[float | None, str]:
        """The metric by scikit-learn, or why it is not defined."""
        why = self._undefined(table)
        if why:
            return None, why
        value = self._function()(table.truth, table.predicted, table.counts)
        if math.isfinite(value):
            return value, ""
        return None, f"{self.name} is not defined for {table.name}: scikit-learn divides by nobody"

    @property
    def slow(self) -> bool:
        """Whether only scikit-learn computes it."""
        return "max_fpr" in self.arguments or self.classes > 0

    def statistic(self, table: Table) -> Kernel:
        """The metric of other counts in the same cells; nan where it is not defined."""
        if self.slow:
            return self._one_by_one(table)
        if self.name in SCORES:
            return of_scores(self.name, table.truth, table.predicted)
        given: dict[str, Any] = dict(self.arguments)
        return of_decisions(self.name, table.truth, table.predicted, **given)

    def _one_by_one(self, table: Table) -> Kernel:
        function = self._function()

        def statistic(amounts: Floats) -> Floats:
            import numpy as np

            made = []
            for counts in amounts:
                some = counts > 0
                made.append(function(table.truth[some], table.predicted[some], counts[some]))
            return np.array(made)

        return statistic

    def _undefined(self, table: Table) -> str:
        if table.why:
            return table.why
        if not table.counts.sum():
            return f"nobody of {table.name} has label and {'score' if self.name in SCORES else 'decision'}"
        if self.name in BOTH_LABELS and len(set(table.truth.tolist())) < 2:
            return f"all labels of {table.name} are the same, and {self.name} needs both"
        if self.name in BOTH_DECISIONS and len(set(table.predicted.tolist())) < 2:
            return f"all decisions of {table.name} are the same, and {self.name} needs both"
        return ""

    def _function(self) -> Callable[[Any, Any, Any], float]:
        """The function of scikit-learn; nan where it warns that it is not defined."""
        from sklearn import metrics
        from sklearn.exceptions import UndefinedMetricWarning

        function: Any = getattr(metrics, self.name, None)
        more: dict[str, Any] = {"labels": [0, 1]} if self.name in ("log_loss", "d2_log_loss_score") else {}
        if self.classes and "average" in self.arguments:
            more = {"labels": list(range(self.classes))}

        def metric(truth: Any, predicted: Any, sample_weight: Any) -> float:
            if function is None:  # of a later version than the installed one
                return math.nan
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", UndefinedMetricWarning)
                try:
                    return float(function(truth, predicted, sample_weight=sample_weight, **self.arguments, **more))
                except (UndefinedMetricWarning, ZeroDivisionError):
                    return math.nan

        return metric
