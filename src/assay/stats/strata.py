"""Two groups compared within strata: Mantel and Haenszel's common ratios, and whether the strata agree.

Each stratum is a table of favourable and unfavourable people of group and reference. A stratum without both groups adds
nothing to any sum here. One without both outcomes adds nothing to those of odds; where everybody in it is favourable it
speaks for a ratio of rates of 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, erfc, exp, fsum, log, log1p, sqrt
from typing import Any

from assay.record.estimate import Interval
from assay.stats.proportion import normal_quantile

METHOD = "Mantel-Haenszel"
Limit = Callable[[float], float | None]
"""The ratio at which so large a share of samples is as extreme as this one; None where there is none."""


@dataclass(frozen=True)
class Stratum:
    """A table of two groups and two outcomes: people, or what they are worth."""

    favourable: float
    unfavourable: float
    reference_favourable: float
    reference_unfavourable: float

    @property
    def people(self) -> float:
        """Of both groups."""
        return self.of_group + self.of_reference

    @property
    def of_group(self) -> float:
        """People of the group."""
        return self.favourable + self.unfavourable

    @property
    def of_reference(self) -> float:
        """People of the reference."""
        return self.reference_favourable + self.reference_unfavourable

    @property
    def all_favourable(self) -> float:
        """Favourable people of both groups."""
        return self.favourable + self.reference_favourable

    @property
    def compares(self) -> bool:
        """Whether both groups occur in it."""
        return 0 not in (self.of_group, self.of_reference)

    @property
    def tells(self) -> bool:
        """Whether both groups and both outcomes occur in it."""
        return self.compares and 0 not in (self.all_favourable, self.people - self.all_favourable)

    @property
    def turned(self) -> Stratum:
        """Group and reference exchanged."""
        return Stratum(self.reference_favourable, self.reference_unfavourable, self.favourable, self.unfavourable)

    @property
    def own(self) -> float:
        """The product of the agreeing cells over the people."""
        return self.favourable * self.reference_unfavourable / self.people

    @property
    def other(self) -> float:
        """The product of the crossing cells over the people."""
        return self.unfavourable * self.reference_favourable / self.people


@dataclass(frozen=True)
class Common:
    """A ratio common to all strata: a value, or None where it has none, and the standard error of its logarithm."""

    value: float | None
    error: float | None = None
    freedom: int | None = None
    """Of that error, where it is that of a spread between random groups."""
    limit: Limit | None = field(default=None, compare=False)
    """Of a ratio that is 0 the upper one, of a ratio without bound the lower one, by the exact probability."""

    @property
    def median(self) -> float | None:
        """What stands for a ratio without bound: half of all samples would be as extreme.

        Source: Hirji, Tsiatis and Mehta 1989 (median unbiased estimate).
        """
        return self.limit(0.5) if self.limit and self.value is None else None

    def interval(self, confidence: float) -> Interval | None:
        """Normal, or Student's, on the logarithm; of 0, and of what has no bound, the exact limit on the other side.

        None where the ratio has neither a variance nor a limit.
        """
        if not self.value:
            end = self.limit((1 - confidence) / 2) if self.limit else None
            if end is None:
                return None
            low, high = (0.0, end) if self.value is not None else (end, None)
            return Interval(low=low, high=high, confidence=confidence, method=f"exact limit, {METHOD}")
        if self.error is None:
            return None
        quantile = normal_quantile(confidence)
        if self.freedom is not None:
            from scipy.special import stdtrit

            quantile = float(stdtrit(self.freedom, (1 + confidence) / 2))
        spread = quantile * self.error
        low, high = (exp(log(self.value) + sign * spread) for sign in (-1, 1))
        return Interval(low=low, high=high, confidence=confidence, method=f"log, {METHOD}")


@dataclass(frozen=True)
class Strata:
    """The strata that tell something, in any order."""

    tables: Sequence[Stratum]

    @cached_property
    def telling(self) -> tuple[Stratum, ...]:
        """Strata in which both groups and both outcomes occur."""
        return tuple(table for table in self.tables if table.tells)

    @cached_property
    def odds_ratio(self) -> Common:
        """The common odds ratio. Source: Mantel and Haenszel 1959; variance of Robins, Breslow and Greenland 1986."""
        own, other = (fsum(one) for one in ([t.own for t in self.telling], [t.other for t in self.telling]))
        if not self.telling:
            return Common(None)
        if not other:
            return Common(None, limit=lambda tail: _inverse(largest_odds([t.turned for t in self.telling], tail)))
        if not own:
            return Common(0.0, limit=lambda tail: largest_odds(self.telling, tail))
        agree = [((t.favourable + t.reference_unfavourable) / t.people, t) for t in self.telling]
        variance = (
            fsum(p * t.own for p, t in agree) / (2 * own * own)
            + fsum(p * t.other + (1 - p) * t.own for p, t in agree) / (2 * own * other)
            + fsum((1 - p) * t.other for p, t in agree) / (2 * other * other)
        )
        return Common(own / other, sqrt(variance))

    @cached_property
    def rate_ratio(self) -> Common:
        """The common ratio of rates. Source: Nurminen 1981; variance of Greenland and Robins 1985."""
        tables = [table for table in self.tables if table.compares]
        own = fsum(t.favourable * t.of_reference / t.people for t in tables)
        other = fsum(t.reference_favourable * t.of_group / t.people for t in tables)
        if not other or not self.telling:  # where all are favourable everywhere, 1 would have no error
            return Common(None)
        if not own:
            return Common(0.0, limit=lambda tail: largest_rates(self.telling, tail))
        spread = fsum(
            (t.of_group * t.of_reference * t.all_favourable - t.favourable * t.reference_favourable * t.people)
            / t.people**2
            for t in tables
        )
        return Common(own / other, sqrt(max(spread, 0.0) / (own * other)))

    @cached_property
    def p_value(self) -> float | None:
        """Of the hypothesis that the odds are the same in every stratum; None where no stratum tells anything."""
        return None if self.z is None else erfc(abs(self.z) / sqrt(2))

    @cached_property
    def z(self) -> float | None:
        """Of that test, without correction for continuity. Source: Cochran 1954; Mantel and Haenszel 1959."""
        variance = fsum(
            t.of_group * t.of_reference * t.all_favourable * (t.people - t.all_favourable)
            / (t.people**2 * (t.people - 1))
            for t in self.telling
        )  # fmt: skip
        if not variance:
            return None
        excess = fsum(t.favourable - t.of_group * t.all_favourable / t.people for t in self.telling)
        return excess / sqrt(variance)

    @cached_property
    def homogeneity(self) -> tuple[float, int, float] | None:
        """Statistic, degrees of freedom and p-value of the hypothesis that the odds ratio is the same in every stratum.

        None where fewer than two strata tell something, or there is no common odds ratio above 0. Source: Breslow and
        Day 1980, section 4.4, with Tarone's correction of 1985.
        """
        from scipy.special import chdtrc

        ratio = self.odds_ratio.value
        if not ratio or len(self.telling) < 2:
            return None
        fitted = [_fitted(table, ratio) for table in self.telling]
        variances = [_variance(table, a) for table, a in zip(self.telling, fitted, strict=True)]
        gaps = [table.favourable - a for table, a in zip(self.telling, fitted, strict=True)]
        statistic = fsum(gap * gap / v for gap, v in zip(gaps, variances, strict=True))
        statistic -= fsum(gaps) ** 2 / fsum(variances)
        freedom = len(self.telling) - 1
        return max(statistic, 0.0), freedom, float(chdtrc(freedom, max(statistic, 0.0)))


_MOST_TERMS = 1000
"""Ways in which a stratum's table can differ; of more people, fewer in the same proportions: a limit only widens."""
_ROUNDING = 1e-9


def largest_odds(tables: Sequence[Stratum], tail: float) -> float | None:
    """The odds ratio at which the group has the fewest favourable people it can have, in each table, with that chance.

    Given the margins of the tables, which are counted in whole people, rounded so that the limit only widens. None
    where no table tells anything. Source: Cornfield 1956; Gart 1970 (exact conditional limit of a common odds ratio).
    """
    import numpy as np

    terms: list[Any] = []
    for t in tables:
        scale = min(1.0, _MOST_TERMS / max(min(t.unfavourable, t.reference_favourable), 1))
        b, c = (int(cell * scale * (1 + _ROUNDING)) for cell in (t.unfavourable, t.reference_favourable))
        a, d = (ceil(cell * scale * (1 - _ROUNDING)) for cell in (t.favourable, t.reference_unfavourable))
        if not b or not c:
            continue
        more = np.arange(min(b, c))  # favourable people more than these, the fewest there can be
        steps = np.log(b - more) + np.log(c - more) - np.log(a + more + 1) - np.log(d + more + 1)
        terms.append(np.concatenate([[0.0], np.cumsum(steps)]))
    if not terms:
        return None
    sizes = [len(one) for one in terms]
    every, ranks = np.concatenate(terms), np.concatenate([np.arange(size) for size in sizes])
    starts = np.cumsum([0, *sizes[:-1]])
    return _where(lambda x: float(np.sum(np.logaddexp.reduceat(every + ranks * x, starts))), -log(tail))


def largest_rates(tables: Sequence[Stratum], tail: float) -> float | None:
    """The ratio of rates at which nobody of the group is favourable with that chance.

    Given how many of both are favourable, as if they were counts of rare events: of rates the limit is too large rather
    than too small. Source: Przyborowski and Wilenski 1940.
    """
    told = [(t.reference_favourable, t.of_group / t.of_reference) for t in tables if t.reference_favourable]
    return _where(lambda x: fsum(k * _softly(x + log(size)) for k, size in told), -log(tail)) if told else None


def _softly(x: float) -> float:
    """The logarithm of 1 + e to the x."""
    return max(x, 0.0) + log1p(exp(-abs(x)))


def _where(rising: Callable[[float], float], wanted: float) -> float:
    """The ratio at whose logarithm it has that value: one that rises from 0 without end."""
    from scipy.optimize import brentq

    low = high = 0.0
    while rising(low) > wanted:
        low = 2 * low - 1
    while rising(high) < wanted:
        high = 2 * high + 1
    return exp(float(brentq(lambda x: rising(x) - wanted, low, high, xtol=1e-13)) if low < high else low)


def _inverse(ratio: float | None) -> float | None:
    return 1 / ratio if ratio else None


def _fitted(t: Stratum, ratio: float) -> float:
    """The favourable people of the group at that odds ratio, given the margins: the root that lies within them."""
    a, b = 1 - ratio, t.of_reference - t.all_favourable + ratio * (t.of_group + t.all_favourable)
    c = -ratio * t.of_group * t.all_favourable
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return -2 * c / (b + root)


def _variance(t: Stratum, a: float) -> float:
    cells = (a, t.of_group - a, t.all_favourable - a, t.of_reference - t.all_favourable + a)
    return 1 / fsum(1 / cell for cell in cells)
