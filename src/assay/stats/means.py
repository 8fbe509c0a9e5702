"""Means of groups: their standard errors, their difference over a spread, and ratios of two of them.

Everything is made of sums of powers t = (x − centre)/unit, as `assay.evidence.moments` holds them. Rows are
independent, with or without sampling weights; or they fall into random groups of entities or of ranked lists, and the
spread between those gives the error (delete-a-group jackknife; Kott 2001; Wolter 2007, chapter 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.record.estimate import Interval
from assay.stats.comparison import Limits, mover_ratio
from assay.stats.design import LEAST_GROUPS, kish

Sums = tuple[float, float, float]
"""Σw, Σwt, Σwt² of some rows; the number of rows in the place of Σw where they have no weights."""
ROUNDED = 1e-12
"""What is left of a sum of weights, in parts of it, that is rounding; and an error, in parts of its number."""
CANCELLED = 1e-14
"""What is left of a sum of squares about a mean, in parts of that about the centre, that is rounding."""
NOTHING = 1e-24
"""A variance, in parts of the squared unit, that is rounding."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one group: `sums`, and for their errors either `squares` or `clusters`."""

    people: int
    sums: Sums
    squares: tuple[float, float, float, float, float] = (0.0,) * 5
    """Σw²t^k for k from 0 to 4; Σt^k without weights."""
    clusters: tuple[tuple[str | None, Sums], ...] | None = None
    """The sums by random group; None where rows are independent."""

    @property
    def mean(self) -> float:
        """Of t. Raises ZeroDivisionError where nothing weighs anything."""
        return self.sums[1] / self.sums[0]

    @property
    def correction(self) -> float:
        """n/(n − 1), which makes a variance unbiased."""
        return self.people / (self.people - 1)

    @property
    def variance(self) -> float:
        """Of t about the mean: the unbiased one, weighted where rows are."""
        return _variance(self.sums) * self.correction

    @property
    def freedom(self) -> float:
        """Degrees of freedom of that variance: people less one, or what their weights leave of them."""
        if self.clusters is not None:
            return float(max(sum(sums[0] > 0 for _, sums in self.clusters) - 1, 1))
        return max(kish(self.sums[0], self.squares[0], self.people) - 1, 1.0)


def together(samples: Sequence[Sample]) -> Sample:
    """All rows as one sample."""
    clusters: dict[str | None, list[Sums]] = {}
    for sample in samples:
        for name, sums in sample.clusters or ():
            clusters.setdefault(name, []).append(sums)
    return Sample(
        sum(sample.people for sample in samples),
        _added([sample.sums for sample in samples]),
        tuple(math.fsum(column) for column in zip(*(sample.squares for sample in samples), strict=True)),  # type: ignore[arg-type]
        tuple((name, _added(each)) for name, each in clusters.items())
        if any(sample.clusters is not None for sample in samples)
        else None,
    )


def without(everybody: Sample, samples: Sequence[Sample]) -> Sample:
    """All rows but those of some samples that are among them."""
    gone = together(samples)
    clusters = None
    if everybody.clusters is not None:
        out = dict(gone.clusters or ())
        clusters = tuple((name, _less(sums, out.get(name, (0.0, 0.0, 0.0)))) for name, sums in everybody.clusters)
    return Sample(
        everybody.people - gone.people,
        _less(everybody.sums, gone.sums),
        tuple(a - b for a, b in zip(everybody.squares, gone.squares, strict=True)),  # type: ignore[arg-type]
        clusters,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A number with its standard error; the error is None where nothing of it can be seen."""

    value: float
    error: float | None
    freedom: float

    def interval(self, confidence: float, method: str) -> Interval | None:
        """Student's."""
        limits = self.limits(confidence)
        if limits is None:
            return None
        return Interval(low=limits[0], high=limits[1], confidence=confidence, method=method)

    def limits(self, confidence: float) -> Limits | None:
        """The value and both ways as far as Student's quantile of its error."""
        if self.error is None:
            return None
        half = student(self.freedom, confidence) * self.error
        return self.value - half, self.value + half


def student(freedom: float, confidence: float) -> float:
    """The two-sided quantile of Student's distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))


def mean_of(sample: Sample, centre: float = 0.0, unit: float = 1.0) -> Found:
    """The mean in its own unit, with the error that the rows, or the random groups, show."""
    made = _combined([(1.0, sample)])
    error = None if made.error is None else made.error * unit
    return Found(centre + unit * made.value, error, made.freedom)


def standardised(
    parts: Sequence[tuple[float, Sample]], spread: Sequence[Sample], centre: float = 0.0, *, pooled: bool = False
) -> Found | None:
    """Σ c · mean over s, with s the standard deviation of all rows of `spread`, or the one within its samples.

    `parts` are (c, sample): (1, group) and (−1, reference) for a difference. `centre` is that of the samples in units:
    what a t of 0 stands for. The error is that of the linearised statistic: each row moves it by
    c(t − mean)/Σw over s, less half the statistic times what the row moves s² by over s²; with normal rows that is
    Hedges and Olkin's 1985 variance, and it assumes no distribution. It is never less than Welch's error of the means
    over s: where tails are heavy, one far row moves the mean and s together, and makes the former look small. Degrees
    of freedom: Welch and Satterthwaite's of the means. None where s is 0.
    """
    shift = centre * sum(c for c, _ in parts)

    def statistic(parts: Sequence[tuple[float, Sums]], spread: Sequence[Sums]) -> float | None:
        s = _deviation(spread, people, pooled=pooled)
        if s * s <= NOTHING or any(not sums[0] for _, sums in parts):
            return None
        return (math.fsum(c * sums[1] / sums[0] for c, sums in parts) + shift) / s

    people = sum(sample.people for sample in spread)
    if people <= (len(spread) if pooled else 1) or any(not sample.sums[0] for _, sample in parts):
        return None
    value = statistic([(c, sample.sums) for c, sample in parts], [sample.sums for sample in spread])
    if value is None:
        return None
    if any(sample.clusters is not None for sample in spread):
        error, freedom = _jackknife(parts, spread, value, statistic)
        return Found(value, error, freedom)
    means = _combined(parts)
    if means.error is None:
        return Found(value, None, 1.0)
    by_means = means.error / _deviation([sample.sums for sample in spread], people, pooled=pooled)
    linearised = math.sqrt(_linearised(parts, spread, value, people, pooled=pooled))
    return Found(value, max(by_means, linearised), means.freedom)


def ratio_interval(group: Found, reference: Found, confidence: float) -> Interval | None:
    """MOVER-R from Student's limits of two means that are not negative. None where one of them has none.

    Source: Donner and Zou 2012.
    """
    own, other = group.limits(confidence), reference.limits(confidence)
    if own is None or other is None:
        return None
    own, other = (max(own[0], 0.0), own[1]), (max(other[0], 0.0), other[1])
    low, high = mover_ratio(group.value, own, reference.value, other)
    return Interval(low=low, high=high, confidence=confidence, method="MOVER-R, Student's t")


def jackknifed_ratio(group: Sample, reference: Sample, centre: float, unit: float) -> Found | None:
    """The logarithm of the ratio of two means of samples whose rows fall into the same random groups.

    A list of which members of both groups stand moves both means. None where a mean is not above 0.
    """

    def statistic(parts: Sequence[tuple[float, Sums]], spread: Sequence[Sums]) -> float | None:  # noqa: ARG001
        if any(not sums[0] for _, sums in parts):
            return None
        means = [centre + unit * sums[1] / sums[0] for _, sums in parts]
        return math.log(means[0] / means[1]) if min(means) > 0 else None

    parts = [(1.0, group), (-1.0, reference)]
    value = statistic([(c, sample.sums) for c, sample in parts], ())
    if value is None:
        return None
    if group.clusters is None or reference.clusters is None:
        return Found(value, None, 1.0)
    return Found(value, *_jackknife(parts, [group, reference], value, statistic))


def _combined(parts: Sequence[tuple[float, Sample]]) -> Found:
    """Σ c · mean, with Welch's error, or that of the jackknife."""
    value = math.fsum(c * sample.mean for c, sample in parts)
    if any(sample.people < 2 for _, sample in parts):
        return Found(value, None, 1.0)
    if any(sample.clusters is not None for _, sample in parts):

        def statistic(parts: Sequence[tuple[float, Sums]], spread: Sequence[Sums]) -> float | None:  # noqa: ARG001
            return math.fsum(c * s[1] / s[0] for c, s in parts) if all(s[0] for _, s in parts) else None

        return Found(value, *_jackknife(parts, [sample for _, sample in parts], value, statistic))
    variances = [c * c * _of_mean(sample) for c, sample in parts]
    total = math.fsum(variances)
    if total <= NOTHING * NOTHING:
        return Found(value, None, 1.0)
    weighted = math.fsum(v * v / sample.freedom for v, (_, sample) in zip(variances, parts, strict=True))
    return Found(value, math.sqrt(total), total * total / weighted)


def _of_mean(sample: Sample) -> float:
    """Σw²(t − mean)²/(Σw)² · n/(n − 1): the squared standard error; s²/n without weights."""
    squares, mean = sample.squares, sample.mean
    spread = squares[2] - 2 * mean * squares[1] + mean * mean * squares[0]
    if spread <= CANCELLED * squares[2]:
        return 0.0
    return spread / sample.sums[0] ** 2 * sample.correction


def _linearised(
    parts: Sequence[tuple[float, Sample]], spread: Sequence[Sample], value: float, people: int, *, pooled: bool
) -> float:
    """Σw² of the squared influence of every row; samples of `parts` are among those of `spread`."""
    import numpy as np

    sums = [sample.sums for sample in spread]
    population = _spread(sums, pooled=pooled)
    s = _deviation(sums, people, pooled=pooled)
    whole = _added(sums)
    total = 0.0
    for sample in spread:
        about = sample.mean if pooled else whole[1] / whole[0]
        moved = -value / (2 * population * whole[0])
        influence = np.array([moved * (about * about - population), -2 * moved * about, moved])
        factor = 1.0
        for c, part in parts:
            if part is sample:
                factor = sample.correction
                influence += np.array([-c * sample.mean, c, 0.0]) / sample.sums[0] / s
        total += factor * float(np.convolve(influence, influence) @ np.array(sample.squares))
    return max(total, 0.0)


def _jackknife(
    parts: Sequence[tuple[float, Sample]],
    spread: Sequence[Sample],
    value: float,
    statistic: Callable[[Sequence[tuple[float, Sums]], Sequence[Sums]], float | None],
) -> tuple[float | None, float]:
    """Error and degrees of freedom from the statistic without each random group in turn.

    No error where a part stands in fewer than LEAST_GROUPS random groups, or in one without which it is nothing.
    """
    held = [dict(sample.clusters or ()) for sample in spread]
    place = {id(sample): at for at, sample in enumerate(spread)}
    names = sorted({name for each in held for name in each}, key=lambda name: (name is not None, name or ""))
    present = [sum(sums[0] > 0 for sums in held[place[id(sample)]].values()) for _, sample in parts]
    if min(present, default=0) < LEAST_GROUPS:
        return None, 1.0
    squares = []
    nothing: Sums = (0.0, 0.0, 0.0)
    for name in names:
        gone = [each.get(name, nothing) for each in held]
        left = [
            _less(sample.sums, out) if sample.sums[0] - out[0] > ROUNDED * sample.sums[0] else nothing
            for sample, out in zip(spread, gone, strict=True)
        ]
        without = statistic([(c, left[place[id(sample)]]) for c, sample in parts], left)
        if without is None:
            return None, 1.0
        squares.append((without - value) ** 2)
    k = len(names)
    error = math.sqrt(math.fsum(squares) * (k - 1) / k)
    return (error if error > ROUNDED * max(1.0, abs(value)) else None), float(min(present) - 1)


def _spread(sums: Sequence[Sums], *, pooled: bool) -> float:
    """The variance of all rows about their mean, or about those of their samples; not corrected."""
    whole = _added(sums)
    if not whole[0]:
        return 0.0
    if not pooled:
        return _variance(whole)
    return math.fsum(_variance(each) * each[0] for each in sums if each[0]) / whole[0]


def _deviation(sums: Sequence[Sums], people: int, *, pooled: bool) -> float:
    """The square root of the unbiased variance."""
    return math.sqrt(_spread(sums, pooled=pooled) * people / (people - (len(sums) if pooled else 1)))


def _variance(sums: Sums) -> float:
    mean = sums[1] / sums[0]
    return max(sums[2] / sums[0] - mean * mean, 0.0)


def _less(sums: Sums, out: Sums) -> Sums:
    return sums[0] - out[0], sums[1] - out[1], sums[2] - out[2]


def _added(sums: Sequence[Sums]) -> Sums:
    first, second, third = (math.fsum(column) for column in zip(*sums, strict=True)) if sums else (0.0, 0.0, 0.0)
    return first, second, third
