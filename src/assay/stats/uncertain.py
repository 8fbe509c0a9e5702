"""Rates of a group that is known only as probabilities: weighted, and the least and the most that they can be.

Everybody belongs to the group with a known probability, and those of a bin are taken as alike. Of the n people of a
bin, of whom D are favourable and P are expected to be of the group, between max(0, P + D − n) and min(P, D) are both
(Fréchet and Hoeffding). No finer statement follows from the bins, and wider bins only make the limits wider.

From a sample the limits of narrow bins are too narrow: the largest of two amounts that vary lies on average above the
largest of their means. Bins are therefore merged until they have people enough (`merged`), and the interval moves each
limit out by the most that is left of that: s/√(2π) for a bin whose two amounts are alike within 3 s, for s the standard
error of their difference. Where they are further apart there is next to nothing, and nothing at all where everybody's
group is certain.

Source: Chen, Kallus, Mao, Svacha and Udell 2019 (weighted); Kallus, Mao and Zhou 2022 (limits).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, fsum, pi, sqrt

from assay.record.estimate import Interval
from assay.stats.comparison import Rate, ratio_interval
from assay.stats.design import kish
from assay.stats.proportion import normal_quantile

METHOD = "identified set and sampling"
LEAST_PEOPLE = 200
"""Of a merged bin."""
ALIKE = 3.0
"""Two amounts may change places where they are within so many standard errors."""


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
    bias: float = 0.0
    """By how much a limit may be too narrow on average, at most."""


@dataclass(frozen=True)
class UncertainRate:
    """The rate of a group."""

    weighted: Spread
    """Each person counts by the probability of belonging to the group."""
    least: Spread
    most: Spread
    expected: float
    """People of the group, as the sum of probabilities."""
    worth: float
    """Kish's effective number of them."""


def merged(bins: Sequence[Pair]) -> tuple[Pair, ...]:
    """Neighbours together until each bin has `LEAST_PEOPLE`; `bins` in the order of their probability.

    Where everybody of a bin is certain to be of the group, or not to be, nothing is left open and it stays by itself.
    """
    found: list[list[Pair]] = []
    full = True
    for pair in bins:
        if full or _certain(pair) or _certain(found[-1][0]):
            found.append([pair])
        else:
            found[-1].append(pair)
        full = _people(found[-1]) >= LEAST_PEOPLE
    for small in range(len(found) - 1, 0, -1):  # what is left over, before a bin that is certain or at the end
        if _people(found[small]) < LEAST_PEOPLE and not any(_certain(found[at][0]) for at in (small - 1, small)):
            found[small - 1] += found.pop(small)
    return tuple((_sum(yes for yes, _ in some), _sum(no for _, no in some)) for some in found)


def _certain(pair: Pair) -> bool:
    people, probability = _people([pair]), pair[0].probability + pair[1].probability
    return not 0 < probability < people


def _people(bins: Iterable[Pair]) -> float:
    return sum(side.people for pair in bins for side in pair)


def _sum(sides: Iterable[Side]) -> Side:
    listed = list(sides)
    return Side(
        sum(each.people for each in listed), fsum(each.probability for each in listed),
        fsum(each.square for each in listed),
    )  # fmt: skip


def uncertain_rate(bins: Sequence[Pair]) -> UncertainRate | None:
    """The rate from the bins of its probability; None where nobody can belong to the group."""
    expected = fsum(side.probability for pair in bins for side in pair)
    if expected <= 0:
        return None
    return UncertainRate(
        _spread(expected, ((yes.probability, _weighted(yes, no)) for yes, no in bins)),
        replace(_spread(expected, (_least(yes, no) for yes, no in bins)), bias=fsum(map(_least_bias, bins)) / expected),
        replace(_spread(expected, (_most(yes, no) for yes, no in bins)), bias=fsum(map(_most_bias, bins)) / expected),
        expected,
        kish(expected, fsum(side.square for pair in bins for side in pair), int(_people(bins))),
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


def _most_bias(pair: Pair) -> float:
    """Of min(P, D): each favourable person adds p − 1 to P − D, each other one p."""
    yes, no = pair
    squares = yes.square - 2 * yes.probability + yes.people + no.square
    return _bias(pair, yes.probability + no.probability - yes.people, squares)


def _least_bias(pair: Pair) -> float:
    """Of max(0, P + D − n): each favourable person adds p to it, each other one p − 1."""
    yes, no = pair
    squares = yes.square + no.square - 2 * no.probability + no.people
    return _bias(pair, yes.probability + no.probability - no.people, squares)


def _bias(pair: Pair, total: float, squares: float) -> float:
    """The variance is never less than that of the decisions, of which two of each are added, as one may see none."""
    n = _people([pair])
    if _certain(pair):
        return 0.0
    rate = (pair[0].people + 2) / (n + 4)
    error = sqrt(max(squares - total * total / n, n * rate * (1 - rate)))
    return error / sqrt(2 * pi) if abs(total) <= ALIKE * error else 0.0


def identified(group: UncertainRate, reference: UncertainRate) -> tuple[float, float | None]:
    """The least and the most that the ratio of the two rates can be; None: there is no most.

    In the same bins both ends can be reached by one and the same assignment of people: nothing narrower follows.
    """
    most = group.most.rate / reference.least.rate if reference.least.rate else None
    return group.least.rate / reference.most.rate if reference.most.rate else 0.0, most


def uncertain_ratio(group: UncertainRate, reference: UncertainRate, confidence: float) -> Interval:
    """An interval that covers all that the ratio can be: each end moved out by the bias and the error of its rates.

    The two rates are of the same people, and how their errors hang together is not known: they are added. An error is
    never less than that of a rate of `worth` people: among those whose group is certain, a rate of 0 or 1 shows none.
    """
    z = normal_quantile(confidence)
    low, high = 0.0, None
    if reference.most.rate and (least := _least_of(group.least)):
        most = _most_of(reference.most)
        low = least / most * exp(-z * (group.least.error / least + reference.most.error / most))
        plain = ratio_interval(
            (least * group.worth, group.worth), (most * reference.worth, reference.worth), confidence
        )
        low = min(low, plain.low or 0.0)
    if least := _least_of(reference.least):
        most = _most_of(group.most)
        high = most / least * exp(z * (group.most.error / most + reference.least.error / least)) if most else 0.0
        plain = ratio_interval(
            (most * group.worth, group.worth), (least * reference.worth, reference.worth), confidence
        )
        high = None if plain.high is None else max(high, plain.high)
    return Interval(low=low, high=high, confidence=confidence, method=METHOD)


def _counts(rate: float, of: UncertainRate) -> Rate:
    return rate * of.worth, of.worth


def _least_of(spread: Spread) -> float:
    return max(spread.rate - spread.bias, 0.0)


def _most_of(spread: Spread) -> float:
    return min(spread.rate + spread.bias, 1.0)
