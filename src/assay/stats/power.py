"""How many people it takes to decide the comparison of two rates, and what a number of people can show.

The rule is that of verdict/: pass where the interval at `confidence` lies within the bounds, fail where the interval at
1 − α/m lies beyond one of them. The estimate is taken as normal about the truth, a ratio on the scale of its logarithm,
with the variance of the true rates:

    ratio       s² = (1 − g)/(n·g) + (1 − r)/(k·n·r)
    difference  s² = g(1 − g)/n + r(1 − r)/(k·n)

for rates g and r of group and reference, n people in the group and k·n in the reference. With both bounds L ≤ θ ≤ H it
is pass with probability Φ((H − θ)/s − z) + Φ((θ − L)/s − z) − 1, and fail below L with probability Φ((L − θ)/s − z').
The intervals used are MOVER-R and Newcombe's, not Wald's: with at least 10 people expected in each cell of the table
the power of the ratio is met within 0.05. Nothing is rounded but the number of people, and that is rounded up.

Source: Chow, Shao and Wang 2008, chapter 4 (two one-sided tests of two rates); Katz et al. 1978 (variance of the log).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Literal

from assay.stats.proportion import normal_quantile

MOST_PEOPLE = 10**12
"""More people than this are no answer."""
_STEPS = 200
"""In how many steps the possible truths are gone through, from the bound outwards."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of the comparison of a group with its reference."""

    shape: Literal["ratio", "difference"]
    low: float | None
    """The least acceptable value: 0.8 of a ratio, -0.1 of a difference; None: any."""
    high: float | None = None
    """The largest acceptable value: 1.25 where `at_least: 0.8` is judged on both sides."""
    confidence: float = 0.95
    """Of the interval that decides a pass."""
    comparisons: int = 1
    """m: the comparisons of the grouping; a fail takes the interval at 1 - alpha/m."""

    def _scaled(self, value: float | None) -> float | None:
        if value is None or self.shape == "difference":
            return value
        return log(value) if value > 0 else None  # every ratio is above 0

    @property
    def _bounds(self) -> tuple[float | None, float | None]:
        return self._scaled(self.low), self._scaled(self.high)


def power_to_pass(rule: Rule, rate: float, true: float, people: float, reference_people: float) -> float:
    """How likely a pass is. `rate`: of the reference; `true`: the ratio, or the difference, of the group against it.

    Raises ValueError unless both rates lie strictly between 0 and 1 and both groups have people.
    """
    theta, spread = _truth(rule, rate, true, people, reference_people)
    z, (low, high) = normal_quantile(rule.confidence), rule._bounds
    over = 0.0 if low is None else 1 - _phi((theta - low) / spread - z)
    under = 0.0 if high is None else 1 - _phi((high - theta) / spread - z)
    return max(0.0, 1 - over - under)


def power_to_fail(rule: Rule, rate: float, true: float, people: float, reference_people: float) -> float:
    """How likely a fail of this comparison is, as one of `comparisons`. Arguments and errors as of `power_to_pass`."""
    theta, spread = _truth(rule, rate, true, people, reference_people)
    z, (low, high) = normal_quantile(1 - (1 - rule.confidence) / rule.comparisons), rule._bounds
    below = 0.0 if low is None else _phi((low - theta) / spread - z)
    above = 0.0 if high is None else _phi((theta - high) / spread - z)
    return min(1.0, below + above)


def people_needed(
    rule: Rule, rate: float, true: float, power: float = 0.8, reference_multiple: float = 1.0
) -> int | None:
    """The least number of people in the group which decides with that power, the reference having a multiple of it.

    A truth within the bounds is to pass, one beyond them to fail. None where no number of people decides: the truth is
    a bound itself, or a rate is 0 or 1, or the comparison is not possible with this rate.
    """
    if not _possible(rule, rate, true):
        return None
    inside = (rule.low is None or true > rule.low) and (rule.high is None or true < rule.high)
    decides = power_to_pass if inside else power_to_fail
    return _least(lambda people: decides(rule, rate, true, people, reference_multiple * people) >= power)


def disparity_found(
    rule: Rule, rate: float, people: float, reference_people: float, power: float = 0.8
) -> float | None:
    """The true value nearest to the lower bound which would be found to fail with that power; None where none would.

    With 0.8 as the bound, 0.62 says: a group chosen 0.62 times as often is found out, one at 0.75 may well not be.
    """
    if rule.low is None or people <= 0 or reference_people <= 0 or not 0 < rate < 1:
        return None
    least = 0.0 if rule.shape == "ratio" else -rate

    def found(true: float) -> bool:
        return _possible(rule, rate, true) and power_to_fail(rule, rate, true, people, reference_people) >= power

    for step in range(
        1, _STEPS
    ):  # towards rates of 0 the power falls again: the first one that is found is the nearest
        near, far = (rule.low + (least - rule.low) * part / _STEPS for part in (step - 1, step))
        if found(far):
            for _ in range(40):
                middle = (near + far) / 2
                near, far = (near, middle) if found(middle) else (middle, far)
            return far
    return None


def bound_shown(
    shape: Literal["ratio", "difference"],
    rate: float,
    people: float,
    reference_people: float,
    power: float = 0.8,
    confidence: float = 0.95,
) -> float | None:
    """The strictest bound which equal groups of that size pass on both sides with that power.

    A ratio of 0.86: between 0.86 and 1/0.86 can be shown. A difference of 0.05: between -0.05 and 0.05. None for a
    rate of 0 or 1.
    """
    if not 0 < rate < 1 or people <= 0 or reference_people <= 0:
        return None
    equal = 1.0 if shape == "ratio" else 0.0
    _, spread = _truth(Rule(shape, None), rate, equal, people, reference_people)
    distance = spread * (normal_quantile(confidence) + NormalDist().inv_cdf((1 + power) / 2))
    return exp(-distance) if shape == "ratio" else distance


def _truth(rule: Rule, rate: float, true: float, people: float, reference_people: float) -> tuple[float, float]:
    """The true value and the standard error of its estimate, on the scale on which the estimate is normal."""
    if not _possible(rule, rate, true) or people <= 0 or reference_people <= 0:
        raise ValueError(f"no comparison of {people:g} people with {reference_people:g}, rate {rate:g}, truth {true:g}")
    own = _own(rule, rate, true)
    if rule.shape == "ratio":
        return log(true), sqrt((1 - own) / (people * own) + (1 - rate) / (reference_people * rate))
    return true, sqrt(own * (1 - own) / people + rate * (1 - rate) / reference_people)


def _possible(rule: Rule, rate: float, true: float) -> bool:
    return 0 < rate < 1 and 0 < _own(rule, rate, true) < 1


def _own(rule: Rule, rate: float, true: float) -> float:
    return rate * true if rule.shape == "ratio" else rate + true


def _least(enough: Callable[[float], bool]) -> int | None:
    high = 1
    while not enough(high):
        high *= 2
        if high > MOST_PEOPLE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _phi(z: float) -> float:
    return NormalDist().cdf(z)
