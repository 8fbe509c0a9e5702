"""Errors of a regression and how well it explains the label, with their intervals, from sums of powers.

Rows are independent, with or without sampling weights; or they fall into random groups of entities, and the spread
between those gives the error (delete-a-group jackknife; Kott 2001; Wolter 2007, chapter 4).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assay.record.estimate import Interval
from assay.stats.design import kish
from assay.stats.means import CANCELLED, Found, Sample, jackknifed_ratio, mean_of, student

Sums = Mapping[str, float]
"""Σw·x by the name of x: "" is 1, r the residual, a its size, d the label less a centre, q the size of residual over
label, each in a unit of its own; r2, r4, d2, d3, d4, q2 are powers, r2d is r²d and r2d2 is r²d²."""
NEXT_TO_NOTHING = 1e-140
"""A mean square in its unit, which is that of the greatest: all of them are as good as 0."""
LARGEST_ROOT = 1e150
"""How many times farther from the label the predictions may be than the naive one is, to be compared."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Sums over the rows of one sample."""

    people: int
    zeros: int
    """Those without q."""
    sums: Sums
    squares: Sums
    """Σw²·x; the same as `sums` without weights."""
    clusters: tuple[tuple[str | None, Sums], ...] | None
    """The sums by random group; None where rows are independent."""
    centre: float
    """Of the label."""
    units: tuple[float, float, float]
    """Of r, d and q."""

    @property
    def mean_label(self) -> float:
        """In its own unit."""
        return self.centre + self.units[1] * self.sums["d"] / self.sums[""]

    def mean(self, name: str, square: str, unit: float) -> Found:
        """Of one of the numbers, given the name of its square."""
        return mean_of(self._sample(name, square), unit=unit)

    def _sample(self, name: str, square: str) -> Sample:
        def three(sums: Sums) -> tuple[float, float, float]:
            return sums[""], sums[name], sums[square]

        clusters = None if self.clusters is None else tuple((group, three(sums)) for group, sums in self.clusters)
        return Sample(self.people, three(self.sums), (*three(self.squares), 0.0, 0.0), clusters)


def of_residual(errors: Errors) -> Found:
    """The mean of label less score."""
    return errors.mean("r", "r2", errors.units[0])


def of_size(errors: Errors) -> Found:
    """The mean size of label less score."""
    return errors.mean("a", "r2", errors.units[0])


def of_square(errors: Errors) -> Found:
    """The mean of (label − score)²."""
    return errors.mean("r2", "r4", errors.units[0] ** 2)


def of_share(errors: Errors) -> Found:
    """The mean size of (label − score)/label, of rows none of which has the label 0."""
    return errors.mean("q", "q2", errors.units[2])


def root(squared: Found) -> Found:
    """The square root, and the error of its *logarithm*: se/(2 · mean)."""
    error = squared.error / (2 * squared.value) if squared.error is not None and squared.value > 0 else None
    return Found(math.sqrt(max(squared.value, 0.0)), error, squared.freedom)


def root_interval(found: Found, confidence: float) -> Interval | None:
    """Of a root: the lower limit Student's on the logarithm of the mean square, the upper one on its reciprocal.

    The mean of few squares is skewed, and low together with its error: the upper limit on the logarithm is too low in
    4 % of samples of 100 normal residuals and in 9 % of Student's with 5 degrees of freedom, that on the reciprocal in
    2 and 5 %. To first order it is the limit corrected for skewness (Hall 1992) of squares as skewed as lognormal ones,
    of which the skewness is three times the coefficient of variation. Without an upper bound where the error is as
    large as the mean square.
    """
    if found.error is None:
        return None
    off = 2 * student(found.freedom, confidence) * found.error
    high = found.value / math.sqrt(1 - off) if off < 1 else None
    method = "Student's t, of the mean square on the logarithm and on the reciprocal"
    return Interval(low=found.value * math.exp(-off / 2), high=high, confidence=confidence, method=method)


def growing(found: Found, confidence: float, method: str) -> Interval | None:
    """Student's limits on the logarithm of a number above 0, of which the error is that of the logarithm."""
    limits = _factors(found, confidence)
    if limits is None:
        return None
    low, high = (found.value * limit for limit in limits)
    return Interval(low=low, high=high, confidence=confidence, method=method)


def explained(unexplained: Found, confidence: float, method: str) -> Interval | None:
    """The interval of 1 − u, for an unexplained share u with the error of its logarithm."""
    interval = growing(unexplained, confidence, method)
    if interval is None or interval.low is None or interval.high is None:
        return None
    return Interval(low=1 - interval.high, high=1 - interval.low, confidence=confidence, method=method)


def unexplained(errors: Errors, naive: float | None = None) -> Found | None:
    """Σ(y − ŷ)² over Σ(y − c)², where c is the naive prediction, or the mean of these labels; with the error of its
    logarithm. None where every label is c, but for next to nothing beside the errors.

    The error is that of the linearised logarithm: a row moves it by r²/mean(r²) − (y − c)²/mean((y − c)²). What the
    mean label itself is off by moves nothing in the first order.
    """
    away = 0.0 if naive is None else naive - errors.centre
    unit = max(errors.units[1], abs(away))  # in which no label is far from c
    own, squared = (_in_unit(sums, errors.units[1] / unit) for sums in (errors.sums, errors.squares))
    mean = own["d"] / own[""]
    c = mean if naive is None else away / unit
    spread = max(own["d2"] / own[""] - mean * mean, 0.0)
    if spread <= CANCELLED * own["d2"] / own[""]:
        spread = 0.0
    about, residual = spread + (mean - c) ** 2, own["r2"] / own[""]
    if about <= NEXT_TO_NOTHING:
        return None
    root_of_value = errors.units[0] / unit * math.sqrt(residual / about)
    if root_of_value > LARGEST_ROOT:
        return None
    value = root_of_value * root_of_value
    if residual <= NEXT_TO_NOTHING or errors.people < 2:
        return Found(value, None, 1.0)
    if errors.clusters is not None:
        by_group = [(group, _in_unit(sums, errors.units[1] / unit)) for group, sums in errors.clusters]
        lost, naively = (
            Sample(errors.people, of(own), clusters=tuple((group, of(sums)) for group, sums in by_group))
            for of in (_squares, lambda sums: _squares_about(sums, c))
        )
        found = jackknifed_ratio(lost, naively, 0.0, 1.0)
        return Found(value, found.error if found else None, found.freedom if found else 1.0)
    crossed = squared["r2d2"] - 2 * c * squared["r2d"] + c * c * squared["r2"]
    parts = squared["r4"] / residual**2, crossed / residual / about, _fourth(squared, c) / about**2
    variance = (parts[0] - 2 * parts[1] + parts[2]) / own[""] ** 2 * errors.people / (errors.people - 1)
    seen = variance > CANCELLED * (parts[0] + parts[2]) / own[""] ** 2
    freedom = max(kish(own[""], squared[""], errors.people) - 1, 1.0)
    return Found(value, math.sqrt(variance) if seen else None, freedom)


def not_below_zero(interval: Interval | None) -> Interval | None:
    """The interval of a mean of sizes."""
    if interval is None or interval.low is None or interval.low >= 0:
        return interval
    return interval.model_copy(update={"low": 0.0})


_IN_LABELS = {"d": 1, "d2": 2, "d3": 3, "d4": 4, "r2d": 1, "r2d2": 2}
"""Which power of the unit of labels a sum is in."""


def _in_unit(sums: Sums, factor: float) -> Sums:
    """The sums with labels in a larger unit."""
    return {name: value * factor ** _IN_LABELS.get(name, 0) for name, value in sums.items()}


def _squares(sums: Sums) -> tuple[float, float, float]:
    """Of r²."""
    return sums[""], sums["r2"], sums["r4"]


def _squares_about(sums: Sums, c: float) -> tuple[float, float, float]:
    """Of (d − c)²."""
    return sums[""], max(sums["d2"] - 2 * c * sums["d"] + c * c * sums[""], 0.0), _fourth(sums, c)


def _fourth(sums: Sums, c: float) -> float:
    """Σw(d − c)⁴."""
    terms = sums["d4"], -4 * c * sums["d3"], 6 * c**2 * sums["d2"], -4 * c**3 * sums["d"], c**4 * sums[""]
    return max(math.fsum(terms), 0.0)


def _factors(found: Found, confidence: float) -> tuple[float, float] | None:
    """By what both limits differ from the value. None where nothing of the error can be seen, or it has no bound."""
    limits = Found(0.0, found.error, found.freedom).limits(confidence)
    if limits is None or limits[1] > math.log(1e300):
        return None
    return math.exp(limits[0]), math.exp(limits[1])


def of_square_about(sample: Sample, centre: float, unit: float) -> Found:
    """The mean of x², from sums of powers of t = (x − centre)/unit of independent rows."""
    larger = max(unit, abs(centre))
    c, f = centre / larger, unit / larger
    (whole, first, second), (w2, *t) = sample.sums, (each * f**power for power, each in enumerate(sample.squares))
    square = c * c * whole + 2 * c * f * first + f * f * second
    squared = c * c * w2 + 2 * c * t[0] + t[1]
    fourth = math.fsum((c**4 * w2, 4 * c**3 * t[0], 6 * c * c * t[1], 4 * c * t[2], t[3]))
    made = Sample(sample.people, (whole, max(square, 0.0), 0.0), (w2, squared, max(fourth, 0.0), 0.0, 0.0))
    return mean_of(made, unit=larger * larger)
