"""Two groups compared within strata: Mantel and Haenszel's common ratios, and whether the strata agree.

Each stratum is a table of favourable and unfavourable people of group and reference. A stratum in which a row or a
column is empty adds nothing to any sum here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import erfc, exp, fsum, log, sqrt

from assay.record.estimate import Interval
from assay.stats.proportion import normal_quantile

METHOD = "Mantel-Haenszel"


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
    def tells(self) -> bool:
        """Whether both groups and both outcomes occur in it."""
        return 0 not in (self.of_group, self.of_reference, self.all_favourable, self.people - self.all_favourable)

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

    def interval(self, confidence: float) -> Interval | None:
        """Normal, or Student's, on the logarithm; None where the ratio is 0 or has no variance."""
        if not self.value or self.error is None:
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
        if not other:
            return Common(None)
        if not own:
            return Common(0.0)
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
        own = fsum(t.favourable * t.of_reference / t.people for t in self.telling)
        other = fsum(t.reference_favourable * t.of_group / t.people for t in self.telling)
        if not other:
            return Common(None)
        if not own:
            return Common(0.0)
        spread = fsum(
            (t.of_group * t.of_reference * t.all_favourable - t.favourable * t.reference_favourable * t.people)
            / t.people**2
            for t in self.telling
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


def _fitted(t: Stratum, ratio: float) -> float:
    """The favourable people of the group at that odds ratio, given the margins: the root that lies within them."""
    a, b = 1 - ratio, t.of_reference - t.all_favourable + ratio * (t.of_group + t.all_favourable)
    c = -ratio * t.of_group * t.all_favourable
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return -2 * c / (b + root)


def _variance(t: Stratum, a: float) -> float:
    cells = (a, t.of_group - a, t.all_favourable - a, t.of_reference - t.all_favourable + a)
    return 1 / fsum(1 / cell for cell in cells)
