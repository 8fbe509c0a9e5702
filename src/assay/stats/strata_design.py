"""Two groups compared within strata, of people who have sampling weights or of whom some stand in several rows.

Each group of a stratum has its weighted rate, and Kish's effective number in the place of its people: what holds of a
number of people with the same mean and variance holds of it, in sparse strata too. Where weights have to do with the
outcome, the variance grows by what the linearised one of the rates is larger than Kish's. Where entities repeat, the
variance is that of the delete-a-group jackknife over random groups of entities, which is too large rather than too
small (Efron and Stein 1981), and never below the one of people who stand alone. An exact limit, where a ratio is 0 or
has no bound, takes the effective numbers over that growth, rounded down; where entities repeat there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import erfc, fsum, log, sqrt

from assay.stats.design import LEAST_GROUPS, NOTHING, kish
from assay.stats.strata import Common, Strata, Stratum


@dataclass(frozen=True)
class Mass:
    """People, and the sums of their weights and of the squares; of people without weights each is their number."""

    people: int = 0
    weight: float = 0.0
    square: float = 0.0

    def less(self, other: Mass) -> Mass:
        """Without some of them: nothing where no weight but rounding is left."""
        people, weight = self.people - other.people, self.weight - other.weight
        if not people or weight <= NOTHING * self.weight:
            return Mass()
        return Mass(people, weight, max(self.square - other.square, 0.0))


LEAST_WORTH = 30
"""Effective people of a group in a stratum, on average, from which on it can be seen how weights follow the outcome."""
Four = tuple[Mass, Mass, Mass, Mass]
"""Favourable and other people of the group, and of the reference."""
NOBODY: Four = (Mass(),) * 4
Six = tuple[float, float, float, float, float, float]
"""What a stratum adds: to both sides of the odds ratio and of the ratio of rates, to the excess, and its size."""


def _table(four: Four) -> Stratum:
    sides: list[float] = []
    for favourable, other in (four[:2], four[2:]):
        whole = favourable.weight + other.weight
        worth = kish(whole, favourable.square + other.square, favourable.people + other.people)
        hits = worth * (favourable.weight / whole) if whole else 0.0
        sides += [hits, worth * (other.weight / whole) if whole else 0.0]
    return Stratum(*sides)


def _added(t: Stratum) -> Six:
    if not t.compares:
        return (0.0,) * 6
    up, down = t.favourable * t.of_reference / t.people, t.reference_favourable * t.of_group / t.people
    if not t.tells:
        return 0.0, 0.0, up, down, 0.0, 0.0
    return t.own, t.other, up, down, up - down, t.of_group * t.of_reference / t.people


@dataclass(frozen=True)
class Sampled:
    """The strata of two groups; `entities` are what each random group holds of them, None where all stand alone."""

    strata: Mapping[str, Four]
    entities: Sequence[Mapping[str, Four]] | None = None

    @cached_property
    def _strata(self) -> Strata:
        return Strata(tuple(map(_table, self.strata.values())))

    @property
    def telling(self) -> tuple[Stratum, ...]:
        """Strata in which both groups and both outcomes occur, with effective numbers."""
        return self._strata.telling

    @property
    def homogeneity(self) -> None:
        """Not tested: the test is of people who each count alike."""
        return

    @cached_property
    def sparse(self) -> bool:
        """Whether weights differ and strata are too small to tell the error: there is none then."""
        sides = [two for four, t in zip(self.strata.values(), self._strata.tables, strict=True) if t.tells
                 for two in (four[:2], four[2:])]  # fmt: skip
        people, worth = sum(m.people for two in sides for m in two), fsum(t.people for t in self.telling)
        return self.entities is None and worth < people * (1 - NOTHING) and worth < LEAST_WORTH * len(sides)

    @cached_property
    def odds_ratio(self) -> Common:
        """The common odds ratio. Source: Mantel and Haenszel 1959."""
        return self._with_error(self._strata.odds_ratio, _ODDS)

    @cached_property
    def rate_ratio(self) -> Common:
        """The common ratio of rates. Source: Nurminen 1981."""
        return self._with_error(self._strata.rate_ratio, _RATES)

    @cached_property
    def p_value(self) -> float | None:
        """Of the hypothesis that the rates are the same in every stratum; None where nothing tells its error.

        Cochran's and Mantel and Haenszel's test at effective numbers. With entities the larger of that p-value and of
        Student's test of the common difference of rates.
        """
        z = self._strata.z
        if z is None or self.sparse:
            return None
        usual = erfc(abs(z) / sqrt(2 * self._growth(_EXCESS)))
        if self.entities is None:
            return usual
        error = self._jackknife(lambda sums: sums[4] / sums[5] if sums[5] > 0 else None)
        if not error:
            return None
        from scipy.special import stdtr

        t = self._sums[4] / self._sums[5] / error
        return max(usual, min(2 * float(stdtr(self._freedom, -abs(t))), 1.0))

    def _with_error(self, common: Common, at: int) -> Common:
        """The ratio with the error that weights and entities leave; None where it cannot be told."""
        if self.sparse or (not common.value and self.entities is not None):
            return replace(common, error=None, limit=None)
        if not common.value:
            return replace(common, limit=getattr(self._worth, _RATIOS[at]).limit)
        if common.error is None:
            return common
        least = common.error * sqrt(self._growth(at))
        if self.entities is None:
            return replace(common, error=least)

        def logarithm(sums: Six) -> float | None:
            own, other = sums[at : at + 2]
            left = own > NOTHING * self._sums[at] and other > NOTHING * self._sums[at + 1]
            return log(own / other) if left else None

        error = self._jackknife(logarithm)
        return replace(common, error=None if error is None else max(error, least), freedom=self._freedom)

    @cached_property
    def _sums(self) -> Six:
        return _together([_added(t) for t in self._strata.tables])

    @cached_property
    def _worth(self) -> Strata:
        """The tables, over what the variance grows by."""
        growth = self._growth(_EXCESS)
        tables = ((t.favourable, t.unfavourable, t.reference_favourable, t.reference_unfavourable)
                  for t in self._strata.tables)  # fmt: skip
        return Strata(tuple(Stratum(*(cell / growth for cell in four)) for four in tables))

    def _growth(self, at: int) -> float:
        """The linearised variance of what is asked over Kish's, 1 or more: alike where weights tell nothing."""
        sums = self._sums
        linear, kishs = [], []
        for four, t in zip(self.strata.values(), self._strata.tables, strict=True):
            if not t.tells:
                continue
            size, p, r = _added(t)[5], t.favourable / t.of_group, t.reference_favourable / t.of_reference
            pulls = (size, size)
            if at == _ODDS:
                pulls = size * ((1 - r) / sums[0] + r / sums[1]), size * (p / sums[0] + (1 - p) / sums[1])
            elif at == _RATES:
                pulls = size / sums[2], size / sums[3]
            for pull, rate, (hits, others) in zip(pulls, (p, r), (four[:2], four[2:]), strict=True):
                if not 0 < rate < 1:
                    continue  # the rate of all alike tells of no variance
                whole = hits.weight + others.weight
                per, share = (pull / whole) ** 2, (hits.square + others.square) / whole**2
                linear.append(per * ((1 - rate) ** 2 * _pulling(hits, whole) + rate**2 * _pulling(others, whole)))
                kishs.append(per * rate * (1 - rate) * (hits.square + others.square) / (1 - share) ** 2)
        usual = fsum(kishs)
        return max(1.0, fsum(linear) / usual) if usual else 1.0

    @cached_property
    def _freedom(self) -> int:
        """Of the spread: by the group of which fewer random groups of entities hold anybody."""
        entities = self.entities or ()
        held = [
            sum(any(four[at].weight + four[at + 1].weight > 0 for four in own.values()) for own in entities)
            for at in (0, 2)
        ]
        return min(held) - 1

    def _jackknife(self, of: Callable[[Six], float | None]) -> float | None:
        """The standard error: each random group left out in turn. None where they are few, or one leaves no number."""
        whole = of(self._sums)
        if whole is None or self._freedom + 1 < LEAST_GROUPS:
            return None
        before = {name: _added(t) for name, t in zip(self.strata, self._strata.tables, strict=True)}
        moved = []
        for own in self.entities or ():
            after = [_added(_table(_without(self.strata[name], gone))) for name, gone in own.items()]
            taken = [tuple(-each for each in before[name]) for name in own]
            without = of(_together([self._sums, *taken, *after]))
            if without is None:
                return None
            moved.append((without - whole) ** 2)
        return sqrt(fsum(moved) * (len(moved) - 1) / len(moved))


_ODDS, _RATES, _EXCESS = 0, 2, 4
_RATIOS = {_ODDS: "odds_ratio", _RATES: "rate_ratio"}


def _pulling(mass: Mass, whole: float) -> float:
    """The squares, without what each person pulled the rate to itself (MacKinnon and White 1985: HC3)."""
    return mass.square / (1 - mass.square / mass.weight / whole) ** 2


def _without(four: Four, gone: Four) -> Four:
    a, b, c, d = (one.less(other) for one, other in zip(four, gone, strict=True))
    return a, b, c, d


def _together(sums: Sequence[Sequence[float]]) -> Six:
    """Each added up; rounding leaves nothing below 0 of what cannot be."""
    a, b, c, d, e, f = (fsum(each[at] for each in sums) for at in range(6))
    return a, b, c, d, e, f
