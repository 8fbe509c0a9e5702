"""How far probabilities lie from what happened, bin by bin: expected calibration error, Hosmer and Lemeshow's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, exp, fsum, hypot, pi, sqrt

from assay.record.estimate import Interval
from assay.stats.proportion import normal_quantile

FAR = 30.0
"""Standard deviations of the mean from 0 beyond which a normal variable has only one sign."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of neighbouring probabilities."""

    predicted: float
    """Their mean probability."""
    observed: float
    """Their event rate."""
    share: float
    """Of all rows, weighted where rows are."""
    people: float
    """How many independent rows of equal weight they are worth."""

    @property
    def gap(self) -> float:
        """How far the two lie apart."""
        return abs(self.observed - self.predicted)

    @property
    def noise(self) -> float:
        """The standard error of the event rate."""
        return sqrt(self.observed * (1 - self.observed) / self.people)

    def wide_noise(self, confidence: float) -> float:
        """The same, above 0 where nobody or everybody has the event. Source: Agresti and Coull 1998."""
        z = normal_quantile(confidence) ** 2
        number = self.people + z
        rate = (self.observed * self.people + z / 2) / number
        return sqrt(rate * (1 - rate) / number)


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """The mean gap of the bins, by their shares of the rows."""

    uncorrected: float
    value: float
    """Less what chance alone adds; not below 0."""
    bins: tuple[Bin, ...]

    def interval(self, confidence: float, *, independent: bool = True) -> Interval:
        """Of the error over these bins.

        The uncorrected error never lies below the true one on average, and above it by no more than √(2/π) · Σ share ·
        noise, which is the mean size of the noise: the bias of a size is largest where there is nothing to find. And
        it varies no more than Σ share² · noise² says, because no gap varies more than its event rate; where the bins
        are not independent, no more than (Σ share · noise)².
        """
        noise = [each.share * each.wide_noise(confidence) for each in self.bins]
        half = normal_quantile(confidence) * (hypot(*noise) if independent else fsum(noise))
        bias = sqrt(2 / pi) * fsum(noise)
        return Interval(
            low=min(max(self.uncorrected - bias - half, 0.0), self.value),
            high=min(self.uncorrected + half, 1.0),
            confidence=confidence,
            method="normal, less the largest bias",
        )


def calibration_error(bins: Sequence[Bin]) -> CalibrationError:
    """Σ share · |observed − predicted|, and the same less its bias.

    The bias of each gap is what the mean of |gap + noise| exceeds the gap by, for normal noise, at the observed gap.
    Source: Naeini, Cooper and Hauskrecht 2015; Kumar, Liang and Ma 2019 (the correction, there drawn by simulation);
    Leone, Nelson and Nottingham 1961 (the mean size of a normal variable, here exact).
    """
    found = fsum(each.share * each.gap for each in bins)
    bias = fsum(each.share * (_mean_size(each.gap, each.noise) - each.gap) for each in bins)
    return CalibrationError(found, max(found - bias, 0.0), tuple(bins))


def _mean_size(mean: float, deviation: float) -> float:
    """The mean of |x| for a normal x."""
    if abs(mean) >= FAR * deviation:
        return abs(mean)
    scaled = mean / deviation
    return deviation * sqrt(2 / pi) * exp(-(scaled**2) / 2) + mean * erf(scaled / sqrt(2))


@dataclass(frozen=True, slots=True)
class HosmerLemeshow:
    """The sum of squared differences of observed and expected events, over what chance would make of them."""

    value: float
    freedom: int
    """Degrees of freedom."""
    p_value: float


def hosmer_lemeshow(bins: Sequence[tuple[float, int, int]], *, fitted: bool) -> HosmerLemeshow | None:
    """From mean probability, events and rows of each bin. None where a probability of 0 or 1 is contradicted, and of
    fewer than three bins.

    χ² with as many degrees of freedom as bins; two fewer on the data the model was made from (`fitted`).
    Source: Hosmer and Lemeshow 1980; Hosmer, Lemeshow and Sturdivant 2013, section 5.2.2.
    """
    from scipy.special import chdtrc

    terms = []
    for predicted, events, rows in bins:
        spread, apart = rows * predicted * (1 - predicted), events - rows * predicted
        if spread <= 0:
            if abs(apart) > 1e-9 * rows:
                return None
            continue
        terms.append(apart * apart / spread)
    freedom = len(terms) - 2 * fitted
    if len(terms) < 3:
        return None
    value = fsum(terms)
    return HosmerLemeshow(value, freedom, float(chdtrc(freedom, value)))
