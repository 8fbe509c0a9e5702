"""When a number is good enough: one comparison, who says the threshold, and how it is decided."""

from typing import Literal, Self

from pydantic import Field, model_validator

from assay.record.frozen import Frozen, Id, Text

Source = Literal["statute", "regulation", "guidance", "convention", "house"]
DecideOn = Literal["interval", "estimate"]

Threshold = float
"""Of a control it may be written `$name`: the parameter of that name is put in before the policy is read."""


def _absent(value: object) -> bool:
    return value is None


class Comparison(Frozen):
    """One comparison of an estimate with a threshold, and who says the number."""

    estimate: Id | None = None
    """Which estimate, where a check returns several; the first one named by the check otherwise."""
    at_least: Threshold | None = None
    """The estimate is this or more."""
    at_most: Threshold | None = None
    """The estimate is this or less."""
    above: Threshold | None = None
    """The estimate is more than this."""
    below: Threshold | None = None
    """The estimate is less than this."""
    between: tuple[Threshold, Threshold] | None = None
    """The estimate is the first, the second, or between them."""
    equals: Threshold | None = None
    """The estimate is exactly this."""
    margin: Threshold | None = Field(default=None, exclude_if=_absent)
    """The estimate is no further than this from equality: a difference between -0.05 and 0.05 for 0.05, a ratio between
    0.8 and 1.25 for 0.2."""
    significance: Threshold | None = Field(default=None, exclude_if=_absent)
    """A p-value, adjusted for the comparisons of the grouping, at or below this level fails. Never passes by itself:
    with `margin` the interval within it passes, whatever the p-value."""
    source: Source
    """Who says the number: statute, regulation, guidance, convention or house."""
    note: Text | None = None
    """Where exactly the number comes from."""

    @property
    def operator(self) -> str:
        """The one comparison that is given."""
        return self._given()[0]

    @property
    def threshold(self) -> float | tuple[float, float] | None:
        """What the estimate is compared with; None for `reported`."""
        value = getattr(self, self.operator)
        return None if self.operator == "reported" else value

    def _given(self) -> list[str]:
        names = ("at_least", "at_most", "above", "below", "between", "equals", "margin", "significance", "reported")
        given = [name for name in names if getattr(self, name, None) is not None]
        return ["margin"] if given == ["margin", "significance"] else given

    @model_validator(mode="after")
    def _one_comparison(self) -> Self:
        if len(self._given()) != 1:
            reported = ", reported" if "reported" in type(self).model_fields else ""
            raise ValueError(
                "a criterion takes exactly one of at_least, at_most, above, below, between, equals, margin, "
                f"significance{reported}; margin and significance may stand together"
            )
        numbers = (
            [] if self.threshold is None else self.threshold if isinstance(self.threshold, tuple) else [self.threshold]
        )
        if any(number and not 1e-12 <= abs(number) <= 1e12 for number in numbers):
            raise ValueError("a threshold is 0 or between 1e-12 and 1e12 in size")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("between: the first bound is above the second")
        if self.margin is not None and self.margin <= 0:
            raise ValueError("a margin is above 0: no interval lies within 0 of equality")
        if self.significance is not None and not 0 < self.significance <= 0.5:
            raise ValueError("a significance is a level above 0 and at most 0.5, such as 0.05")
        return self


class Criterion(Comparison):
    """When an estimate is good enough, who says so, and how it is decided."""

    reported: Literal[True] | None = None
    """Pass when every required estimate is defined; the report says "published, no pass mark"."""
    sides: Literal["one", "two"] = "two"
    """`one` judges only the stated direction of a comparison of groups."""
    decide_on: DecideOn = "interval"
    """`estimate`: the point decides, for statistics which a law defines as points."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of the two-sided interval that is printed and that decides."""

    @model_validator(mode="after")
    def _tests_are_two_sided(self) -> Self:
        if self.significance is not None and self.decide_on == "estimate":
            raise ValueError("`significance` is decided by p-value and interval, never by the estimate alone")
        if (self.significance is not None or self.margin is not None) and self.sides == "one":
            raise ValueError("`margin` and `significance` take both sides: leave `sides: one` out")
        return self
