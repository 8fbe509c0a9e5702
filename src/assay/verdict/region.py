"""The good side of a criterion, and where a number or an interval lies. The one place where numbers are compared."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from assay.record.estimate import Estimate, Interval
from assay.record.policy import Criterion

Answer = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True)
class Region:
    """The acceptable values. A bound of None is no bound; a closed bound is itself acceptable."""

    low: Fraction | None
    high: Fraction | None
    closed: bool = True

    def holds(self, value: Fraction | float) -> bool:
        """Whether the value is acceptable. Fractions are compared exactly, floats with the bounds as floats."""
        low, high = self._bounds(exactly=isinstance(value, Fraction))
        if self.closed:
            return (low is None or value >= low) and (high is None or value <= high)
        return (low is None or value > low) and (high is None or value < high)

    @property
    def empty(self) -> bool:
        """Whether no value at all is acceptable."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not self.closed)

    def within(self, other: Region) -> bool:
        """Whether everything that is acceptable here is acceptable there."""
        if self.empty:
            return True
        keeps_bound = other.closed or not self.closed
        low = other.low is None or (
            self.low is not None and (self.low > other.low or (self.low == other.low and keeps_bound))
        )
        high = other.high is None or (
            self.high is not None and (self.high < other.high or (self.high == other.high and keeps_bound))
        )
        return low and high

    def room(self, value: float) -> float:
        """Distance to the nearest bound: positive on the good side, negative outside, infinite without a bound."""
        low, high = self._bounds(exactly=False)
        below = float("inf") if low is None else value - float(low)
        above = float("inf") if high is None else float(high) - value
        return min(below, above)

    def answer(self, interval: Interval) -> Answer:
        """Wholly acceptable: pass; wholly unacceptable, on one side: fail; else inconclusive."""
        low, high = self._bounds(exactly=False)
        if self._below(interval.high, low) or self._above(interval.low, high):
            return "fail"
        reaches_low = low is not None and (interval.low is None or self._below(interval.low, low))
        reaches_high = high is not None and (interval.high is None or self._above(interval.high, high))
        return "inconclusive" if reaches_low or reaches_high else "pass"

    def _below(self, value: float | None, bound: Fraction | float | None) -> bool:
        if value is None or bound is None:
            return False
        return value < bound if self.closed else value <= bound

    def _above(self, value: float | None, bound: Fraction | float | None) -> bool:
        if value is None or bound is None:
            return False
        return value > bound if self.closed else value >= bound

    def _bounds(self, *, exactly: bool) -> tuple[Fraction | float | None, Fraction | float | None]:
        if exactly:
            return self.low, self.high
        return _number(self.low), _number(self.high)


def _number(bound: Fraction | None) -> float | None:
    return None if bound is None else float(bound)


NOTHING = Region(Fraction(1), Fraction(0))
"""No value and no interval is acceptable: no p-value ever shows equality."""


@lru_cache(4096)
def decimal(number: float) -> Fraction:
    """The fraction a policy means by a decimal: 0.8 is 4/5, not the nearest binary number."""
    return Fraction(repr(number))


def region(criterion: Criterion, estimate: Estimate) -> Region | None:
    """What is acceptable for this estimate; None where the criterion is `reported`.

    A ratio or difference is judged on both sides: `at_least: t` means t ≤ ratio ≤ 1/t, `at_most: t` means
    1/t ≤ ratio ≤ t, and a difference is bounded in absolute value. `sides: one` keeps the stated direction only, and so
    does a threshold whose good side leaves out equality itself (ratio 1, difference 0). An estimate marked `worse_only`
    can only be found too low, or with `high_is_worse` too high. `margin: m` means at most m from 0, or a ratio from
    1 − m to 1/(1 − m). `significance` without a margin accepts nothing.
    """
    operator, threshold = criterion.operator, criterion.threshold
    if threshold is None:
        return None
    closed = operator in ("at_least", "at_most", "between", "equals", "margin")
    if isinstance(threshold, tuple):
        good = Region(decimal(threshold[0]), decimal(threshold[1]), closed)
    elif operator == "equals":
        good = Region(decimal(threshold), decimal(threshold), closed)
    elif operator == "significance" or (operator == "margin" and estimate.shape == "ratio" and threshold >= 1):
        return NOTHING
    elif operator == "margin":
        good = _about_equality(decimal(threshold), estimate.shape)
    else:
        bound, rises = decimal(threshold), operator in ("at_least", "above")
        good = Region(bound if rises else None, None if rises else bound, closed)
        if estimate.shape != "value" and criterion.sides == "two":
            good = _folded(good, bound, estimate.shape)
    return _worse_side(good, estimate) if estimate.worse_only else good


def _worse_side(good: Region, estimate: Estimate) -> Region:
    """The bound on the side of the worse off; where only the other one is stated, that one."""
    if estimate.high_is_worse:
        return good if good.high is None else Region(None, good.high, good.closed)
    return good if good.low is None else Region(good.low, None, good.closed)


def _about_equality(margin: Fraction, shape: str) -> Region:
    return Region(1 - margin, 1 / (1 - margin)) if shape == "ratio" else Region(-margin, margin)


def _folded(stated: Region, bound: Fraction, shape: str) -> Region:
    equality = Fraction(1 if shape == "ratio" else 0)
    if not stated.holds(equality) or bound in (0, equality):
        return stated
    mirrored = -bound if shape == "difference" else 1 / bound
    return Region(min(bound, mirrored), max(bound, mirrored), stated.closed)
