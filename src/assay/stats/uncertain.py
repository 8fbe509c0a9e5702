"""Rates of a group that is known only as probabilities: weighted, and the least and the most that they can be.

Everybody belongs to the group with a known probability, and those of a bin are taken as alike. Of the n people of a
bin, of whom D are favourable and P are expected to be of the group, between max(0, P + D − n) and min(P, D) are both
(Fréchet and Hoeffding). No finer statement follows from the bins, and wider bins only make the limits wider.

Source: Chen, Kallus, Mao, Svacha and Udell 2019 (weighted); Kallus, Mao and Zhou 2022 (limits).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, fsum, sqrt

from assay.record.estimate import Interval
from assay.stats.proportion import normal_quantile

METHOD = "identified set and sampling"


@dataclass(frozen=True)
class Side:
    """People of a bin with the same decision: their number, and the sums of their probabilities and of the squares."""

    people: float = 0
    probability: float = 0.0
    square: float = 0.0


Pair = tuple[Side, Side]
"""Those of a bin who are favourable, and the others."""


@dataclass(frozen=True)
class Spread:
    """A rate with its standard error, from the linearised ratio of sums over people drawn one by one."""

    rate: float
    error: float


@dataclass(frozen=True)
class UncertainRate:
    """The rate of a group."""

    weighted: Spread
    """Each person counts by the probability of belonging to the group."""
    least: Spread
    most: Spread
    expected: float
    """People of the group, as the sum of probabilities."""


def uncertain_rate(bins: Sequence[Pair]) -> UncertainRate | None:
    """The rate from the bins of its probability; None where nobody can belong to the group."""
    expected = fsum(side.probability for pair in bins for side in pair)
    if expected <= 0:
        return None
    return UncertainRate(
        _spread(expected, ((yes.probability, _weighted(yes, no)) for yes, no in bins)),
        _spread(expected, (_least(yes, no) for yes, no in bins)),
        _spread(expected, (_most(yes, no) for yes, no in bins)),
        expected,
    )


Squares = tuple[float, float, float]
"""Sums of x², of x·p and of p² over people, for what each adds to the numerator, x, and their probability p."""


def _spread(expected: float, parts: Iterable[tuple[float, Squares]]) -> Spread:
    listed = list(parts)
    rate = min(max(fsum(total for total, _ in listed) / expected, 0.0), 1.0)
    square, cross, own = (fsum(squares[place] for _, squares in listed) for place in range(3))
    return Spread(rate, sqrt(max(square - 2 * rate * cross + rate * rate * own, 0.0)) / expected)


def _weighted(yes: Side, no: Side) -> Squares:
    return yes.square, yes.square, yes.square + no.square


def _most(yes: Side, no: Side) -> tuple[float, Squares]:
    both = yes.square + no.square
    if yes.probability + no.probability <= yes.people:
        return yes.probability + no.probability, (both, both, both)
    return yes.people, (yes.people, yes.probability, both)


def _least(yes: Side, no: Side) -> tuple[float, Squares]:
    """Where it is above 0 each favourable person adds p, and each other one p − 1."""
    both, total = yes.square + no.square, yes.probability + no.probability - no.people
    if total <= 0:
        return 0.0, (0.0, 0.0, both)
    return total, (both - 2 * no.probability + no.people, both - no.probability, both)


def identified(group: UncertainRate, reference: UncertainRate) -> tuple[float, float | None]:
    """The least and the most that the ratio of the two rates can be; None: there is no most.

    Both ends can be reached by one and the same assignment of people, so that nothing narrower follows.
    """
    most = group.most.rate / reference.least.rate if reference.least.rate else None
    return group.least.rate / reference.most.rate if reference.most.rate else 0.0, most


def uncertain_ratio(group: UncertainRate, reference: UncertainRate, confidence: float) -> Interval:
    """An interval that covers all that the ratio can be: each end moved out by the sampling error of its two rates.

    The two rates are of the same people, and how their errors hang together is not known: they are added.
    """
    z = normal_quantile(confidence)
    low, high = identified(group, reference)
    if low:
        low *= exp(-z * (_relative(group.least) + _relative(reference.most)))
    if high:
        high *= exp(z * (_relative(group.most) + _relative(reference.least)))
    return Interval(low=low, high=high, confidence=confidence, method=METHOD)


def _relative(spread: Spread) -> float:
    return spread.error / spread.rate
