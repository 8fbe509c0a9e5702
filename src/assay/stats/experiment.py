"""Two arms of an experiment, from their counts or from their means: the effect, its interval, and p-values."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, isfinite, sqrt

from assay.record.estimate import Interval
from assay.stats.comparison import difference_interval, exact_difference_interval
from assay.stats.significance import are_many, boschloo, fisher, z_test

MOST_OF_FISHER = 1_000_000
"""People of both arms together beyond which the exact test is not made."""
MOST_OF_BOSCHLOO = 200
"""The same of the unconditional test, which takes a second of 400 people and ten of 1000."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Successes and people of the treatment, and of the control; both arms have people."""

    treatment: tuple[int, int]
    control: tuple[int, int]

    @property
    def effect(self) -> float:
        """The rate of the treatment minus that of the control, rounded once."""
        (k, n), (other, m) = self.treatment, self.control
        return (k * m - other * n) / (n * m)

    def interval(self, confidence: float, *, few: bool) -> Interval:
        """Newcombe's, or of few people from Clopper–Pearson limits."""
        return (exact_difference_interval if few else difference_interval)(self.treatment, self.control, confidence)

    def p_values(self) -> dict[str, float]:
        """By each test that a record may have used, two-sided; the first is ours: z where each of the four cells has at
        least 10 people, or there are more than a million, else Fisher's.
        """
        people, tests = self.treatment[1] + self.control[1], {"z": z_test(self.treatment, self.control)}
        if people <= MOST_OF_FISHER:
            exact = {"Fisher": fisher(self.treatment, self.control)}
            tests = tests | exact if are_many(self.treatment, self.control) else exact | tests
        tests["z, continuity-corrected"] = self._corrected()
        if people <= MOST_OF_BOSCHLOO and 0 < self.treatment[0] + self.control[0] < people:
            tests["Boschloo"] = boschloo(self.treatment, self.control)
        return tests

    def _corrected(self) -> float:
        """Yates 1934: the chi-squared of the table, each count moved by a half."""
        (k, n), (other, m) = self.treatment, self.control
        yes, everybody = k + other, n + m
        if yes in (0, everybody):
            return 1.0
        apart = max(abs(k * (m - other) - other * (n - k)) - everybody / 2, 0.0)
        return erfc(apart * sqrt(everybody / (n * m * yes * (everybody - yes))) / sqrt(2))


@dataclass(frozen=True, slots=True)
class Arm:
    """Mean, standard deviation with n − 1, and people, at least two."""

    mean: float
    sd: float
    people: int

    @property
    def squared_error(self) -> float:
        """Of the mean."""
        return self.sd * self.sd / self.people


@dataclass(frozen=True, slots=True)
class Means:
    """The treatment and the control, of which one varies."""

    treatment: Arm
    control: Arm

    @property
    def effect(self) -> float:
        """The mean of the treatment minus that of the control."""
        return self.treatment.mean - self.control.mean

    def interval(self, confidence: float) -> Interval | None:
        """Welch's. None where no number comes out, as of numbers without measure."""
        from scipy.special import stdtrit

        error, freedom = self._welch()
        half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
        low, high = self.effect - half, self.effect + half
        if not (isfinite(low) and isfinite(high)):
            return None
        return Interval(low=low, high=high, confidence=confidence, method="Welch")

    def p_values(self) -> dict[str, float]:
        """By each test that a record may have used, two-sided; the first is ours."""
        error, freedom = self._welch()
        n, m = self.treatment.people, self.control.people
        pooled = ((n - 1) * self.treatment.sd**2 + (m - 1) * self.control.sd**2) / (n + m - 2)
        return {
            "Welch": _student(self.effect, error, freedom),
            "Student": _student(self.effect, sqrt(pooled * (1 / n + 1 / m)), n + m - 2),
            "z": erfc(abs(self.effect) / error / sqrt(2)),
        }

    def _welch(self) -> tuple[float, float]:
        """The standard error of the effect and its degrees of freedom. Source: Welch 1938, Satterthwaite 1946."""
        own, other = self.treatment.squared_error, self.control.squared_error
        share = own / (own + other)
        freedom = 1 / (share**2 / (self.treatment.people - 1) + (1 - share) ** 2 / (self.control.people - 1))
        return sqrt(own + other), freedom


def _student(effect: float, error: float, freedom: float) -> float:
    from scipy.special import stdtr

    return min(2 * float(stdtr(freedom, -abs(effect) / error)), 1.0)
