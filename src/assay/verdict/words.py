"""Numbers and requirements in words, for the sentences of the record. The exact numbers stand beside them."""

from __future__ import annotations

from assay.record.estimate import Estimate, Interval
from assay.record.policy import Criterion


def number(value: float | None, *thresholds: float) -> str:
    """Three significant digits, or as many more as it takes to be told from a threshold it does not equal."""
    if value is None:
        return "unbounded"
    for digits in range(3, 18):
        text = f"{value:.{digits}g}"
        if all((float(text) == threshold) == (value == threshold) for threshold in thresholds):
            return text if float(text) == value else f"{value:#.{digits}g}"  # 1.005 is "1.00", not "1"
    return repr(value)


def span(interval: Interval, *thresholds: float) -> str:
    """`0.61 to 0.68`."""
    low = "no lower bound" if interval.low is None else number(interval.low, *thresholds)
    high = "no upper bound" if interval.high is None else number(interval.high, *thresholds)
    return f"{low} to {high}"


def bounds(criterion: Criterion) -> tuple[float, ...]:
    """The numbers of the criterion."""
    threshold = criterion.threshold
    if threshold is None:
        return ()
    return threshold if isinstance(threshold, tuple) else (threshold,)


def requirement(criterion: Criterion) -> str:
    """`at least 0.8`."""
    if criterion.operator == "reported":
        return "published, no pass mark"
    threshold = criterion.threshold
    if isinstance(threshold, tuple):
        return f"between {threshold[0]:g} and {threshold[1]:g}"
    verb = {"at_least": "at least", "at_most": "at most", "above": "above", "below": "below", "equals": "exactly"}
    return f"{verb[criterion.operator]} {threshold:g}"


def two_sided(criterion: Criterion, estimate: Estimate) -> str:
    """The requirement as it is judged for this estimate: `between 0.8 and 1.25`."""
    threshold = criterion.threshold
    plain = estimate.shape == "value" or criterion.sides == "one" or criterion.operator in ("between", "equals")
    if plain or not isinstance(threshold, float) or threshold == 0 or estimate.worse_only:
        return requirement(criterion)
    if estimate.shape == "difference":
        return f"between -{abs(threshold):g} and {abs(threshold):g}"
    low, high = sorted((threshold, 1 / threshold))
    return f"between {low:.4g} and {high:.4g}"


_SPELT = {"auc": "AUC", "psi": "PSI"}


def subject_of(estimate: Estimate) -> str:
    """`under 25 against 35-44 (age band)`, or the name of the estimate where there is no group."""
    if estimate.group is None:
        return " ".join(_SPELT.get(word, word) for word in estimate.name.split("_"))
    against = f" against {estimate.reference}" if estimate.reference else ""
    grouping = f" ({estimate.grouping.replace('_', ' ').replace('*', ' and ')})" if estimate.grouping else ""
    return f"{estimate.group}{against}{grouping}"
