"""Numbers and requirements in words, for the sentences of the record. The exact numbers stand beside them."""

from __future__ import annotations

from assay.record.estimate import Estimate, Interval
from assay.record.policy import Criterion
from assay.verdict.region import NOTHING, Region

WHOLE = 1e15
"""Whole numbers below it are written out."""


def number(value: float | None, *thresholds: float) -> str:
    """Three significant digits, or as many more as it takes to be told from a threshold it does not equal."""
    if value is None:
        return "unbounded"
    if value.is_integer() and abs(value) < WHOLE:
        return f"{int(value)}"
    for digits in range(4 if 0.9 < abs(value) < 1.1 else 3, 18):
        text = f"{value:.{digits}g}"
        if all((float(text) == threshold) == (value == threshold) for threshold in thresholds):
            return text if float(text) == value else f"{value:#.{digits}g}".rstrip(".")  # 1.005 is "1.00", not "1"
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


def requirement(good: Region | None) -> str:
    """The requirement as it is judged: `at least 0.8`, `between 0.8 and 1.25`."""
    if good is None:
        return "published, no pass mark"
    if good == NOTHING:
        return "equal"
    low, high = (None if bound is None else f"{float(bound):g}" for bound in (good.low, good.high))
    if low is not None and high is not None:
        if low == high:
            return f"exactly {low}"
        return f"{'' if good.closed else 'strictly '}between {low} and {high}"
    if low is not None:
        return f"{'at least' if good.closed else 'above'} {low}"
    return f"{'at most' if good.closed else 'below'} {high}"


def p_value(value: float, level: float) -> str:
    """`p = 0.049`, never rounded to the other side of the level."""
    return f"p = {number(value, level)}"


_SPELT = {"abroca": "ABROCA", "auc": "AUC", "brier": "Brier", "gini": "Gini", "ks": "KS", "psi": "PSI"}


def subject_of(estimate: Estimate) -> str:
    """`Impact ratio of under 25 against 35-44 (age band)`."""
    words = " ".join(_SPELT.get(word, word) for word in estimate.name.split("_"))
    name = words[:1].upper() + words[1:]
    name = f"{name} ({estimate.of})" if estimate.of is not None else name
    grouping = f" ({_told(estimate.grouping)})" if estimate.grouping else ""
    if estimate.group is None:  # the reason of what is undefined names the grouping
        return name if estimate.value is None else name + grouping
    against = f" against {estimate.reference}" if estimate.reference else ""
    return f"{name} of {estimate.group}{against}{grouping}"


def _told(grouping: str) -> str:
    """`age_band*sex` → "age band and sex"; "(month)", which is no name of the manifest, → "month"."""
    parts = (part[1:-1] if part.startswith("(") and part.endswith(")") else part for part in grouping.split("*"))
    return " and ".join(part.replace("_", " ") for part in parts)
