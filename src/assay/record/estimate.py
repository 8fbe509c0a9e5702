"""Numbers that a check measured, and the small tables it publishes beside them."""

from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from assay.record.frozen import Frozen

Shape = Literal["value", "ratio", "difference"]


def quoted(name: str, *, doubtful: bool) -> str:
    """A part of a joined name, in “ ” where it is doubtful or begins as if it were: no two joined names agree."""
    return f"“{name.replace('”', '””')}”" if doubtful or name.startswith("“") else name


class Interval(Frozen):
    """A two-sided interval. None stands for "without bound"."""

    low: float | None
    high: float | None
    confidence: float
    """E.g. 0.95; for a simultaneous interval 1 − α/m."""
    method: str


class DesignRate(Frozen):
    """A rate of people who have sampling weights, or of whom some stand in several rows."""

    rate: float = Field(ge=0, le=1)
    people: int = Field(ge=0)
    """Those who count, each as one."""
    effective: float = Field(ge=0)
    """How many people drawn one by one would give a rate that varies as much; never more than there are."""
    groups: int | None = None
    """Random groups of entities whose spread gives the variance; None where nobody stands in several rows."""
    weighted: bool = False
    """Whether the rate is of sums of sampling weights."""


def _absent(value: object) -> bool:
    return value is None


def _false(value: object) -> bool:
    return value is False


class Estimate(Frozen):
    """A number with its name, group, n and intervals, or *undefined* with a reason. Never both, never neither.

    Counts are kept wherever the number is made of counts, so that verdict/ compares exact fractions:
    a rate is `numerator/denominator`; a ratio or difference of two groups also has the reference's counts. A number
    made of sampling weights has none, and `design` instead.
    """

    name: str
    shape: Shape = "value"
    """`ratio` and `difference` compare a group with a reference; they are judged on both sides."""
    grouping: str | None = None
    """`sex` or `sex*age_band`."""
    group: str | None = None
    """`female`, or `female, 25-34` in an intersection."""
    reference: str | None = None
    """The group compared with."""
    of: str | None = Field(default=None, exclude_if=_absent)
    """Of what, where the check gives the number of several things: a class, a stratum, a feature, a metric."""
    p_value: float | None = Field(default=None, ge=0, le=1, exclude_if=_absent)
    """Of the hypothesis that group and reference do not differ, where a test was made."""
    p_adjusted: float | None = Field(default=None, ge=0, le=1, exclude_if=_absent)
    """The same, adjusted for the comparisons of the grouping."""
    value: float | None = None
    undefined: str | None = None
    """Why there is no value."""
    undefined_as: Literal["estimate_undefined", "sample_too_small", "evidence_missing", "estimate_unstable"] = (
        "estimate_undefined"
    )
    """Which kind of inconclusive that is; beside a value, the lack of a p-value."""
    n: int = Field(default=0, ge=0)
    """People, rows or things behind the number."""
    numerator: int | None = None
    denominator: int | None = None
    reference_numerator: int | None = None
    reference_denominator: int | None = None
    design: DesignRate | None = Field(default=None, exclude_if=_absent)
    """The group's rate and its effective number of people, where those of the data are not simply counted."""
    reference_design: DesignRate | None = Field(default=None, exclude_if=_absent)
    bound: float | None = Field(default=None, exclude_if=_absent)
    """How far the value can be from the true one of the same rows, where these were counted in bins; the interval
    holds it at both ends, and no number of rows makes it smaller."""
    basis: Literal["sample", "exact"] = "sample"
    """`exact`: a fact about the files, with no sampling error; the value itself is judged."""
    interval: Interval | None = None
    simultaneous: Interval | None = None
    """At 1 − α/m over the comparisons of the grouping; exact (Clopper–Pearson) where a group is small."""
    comparisons: int = 1
    """m: the intervals compared within the grouping."""
    worse_only: bool = False
    """Only what is worse may be found: a group is too small to measure others against it, or better is as well."""
    high_is_worse: bool = Field(default=False, exclude_if=_false)
    """What `worse_only` means: worse off is a higher rate, as of people wrongly refused; otherwise a lower one."""
    headline: bool = True
    """False for the comparisons of a grouping which the summary table leaves out."""
    excluded: str | None = None
    """The justification, where a cited rule lets the check leave the group out."""
    share: float | None = None
    """Share of the grouping's rows that the group holds."""
    method: str | None = None

    @property
    def id(self) -> str:
        """A stable name in the finding: `impact_ratio[age_band: 18-24 / 25-34]`, `flip_rate of sex`, `gap[race]`."""
        of = f" of {quoted(self.of, doubtful='[' in self.of)}" if self.of is not None else ""
        if self.group is None:
            return self.name + of + (f"[{self.grouping}]" if self.grouping else "")
        names = (name for name in (self.group, self.reference) if name)
        compared = " / ".join(quoted(name, doubtful=" /" in name or "/ " in name) for name in names)
        grouping = f"{self.grouping}: " if self.grouping else ""
        return f"{self.name}{of}[{grouping}{compared}]"

    @property
    def exact(self) -> Fraction | None:
        """The value as a fraction of integer counts; None where it is not made of counts or is undefined."""
        if self.value is None or self.numerator is None or not self.denominator:
            return None
        own = Fraction(self.numerator, self.denominator)
        if self.shape == "value":
            return own
        if self.reference_numerator is None or not self.reference_denominator:
            return None
        other = Fraction(self.reference_numerator, self.reference_denominator)
        if self.shape == "difference":
            return own - other
        return own / other if other else None

    @model_validator(mode="after")
    def _value_or_reason(self) -> Self:
        if (self.value is None) == (self.undefined is None):
            raise ValueError("an estimate has either a value or the reason why it is undefined")
        return self


class Column(Frozen):
    """A column of an exhibit."""

    name: str
    title: str
    unit: Literal["text", "count", "rate", "ratio", "number"]


class Exhibit(Frozen):
    """A small named table which a check publishes beside its estimates. Reports draw it; nothing recomputes it."""

    name: str
    title: str
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[tuple[str | int | float | None, ...], ...]
    chart: Literal["none", "bar", "interval", "line", "calibration", "tradeoff"] = "none"
    """How the report draws it: `bar` (label, value), `interval` (label, value, low, high), `line` (x, y),
    `calibration` (predicted, observed, low, high, n), `tradeoff` (label, x, low, high, y, low, high)."""
    limit: float | None = None
    """Where a chart marks a threshold-like line of the exhibit itself, e.g. 1.0."""
    note: str | None = None

    @model_validator(mode="after")
    def _rows_as_long_as_the_columns(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row of an exhibit has as many cells as the exhibit has columns")
        return self
