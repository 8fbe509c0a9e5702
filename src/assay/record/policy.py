"""Policies: identity, version, legal basis, controls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from assay.record.condition import Condition
from assay.record.frozen import Frozen, Id, Line, Name, Scalar, Text, Version

Stage = Literal["development", "staging", "production", "monitoring"]
STAGES: tuple[Stage, ...] = ("development", "staging", "production", "monitoring")
Tier = Literal["low", "medium", "high", "critical"]
TIERS: tuple[Tier, ...] = ("low", "medium", "high", "critical")
Severity = Literal["low", "medium", "high", "critical"]
Enforcement = Literal["inform", "warn", "block"]
Answer = Literal["inform", "warn", "sign_off", "block"]
Source = Literal["statute", "regulation", "guidance", "convention", "house"]
DecideOn = Literal["interval", "estimate"]

Threshold = Annotated[
    float, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$"}]})
]
"""A number, or `$name` of a parameter, which is put in before the policy is read."""


class Parameter(Frozen):
    """A number of the policy that has a name, bounds and a strict direction."""

    type: Literal["number", "integer"] = "number"
    default: float
    minimum: float | None = None
    maximum: float | None = None
    tighten: Literal["up", "down"] | None = None
    description: Text | None = None

    @model_validator(mode="after")
    def _default_within_bounds(self) -> Parameter:
        low, high = self.minimum, self.maximum
        if (low is not None and self.default < low) or (high is not None and self.default > high):
            raise ValueError(f"the default {self.default:g} lies outside its bounds")
        if self.type == "integer" and not self.default.is_integer():
            raise ValueError(f"the default {self.default:g} is no whole number")
        return self


class Citation(Frozen):
    """A place in an instrument: `<instrument>/<place>`."""

    ref: Name = Field(pattern=r"^[a-z0-9][a-z0-9-]*/\S+$", examples=["us-ugesp/1607.4(D)"])


class Criterion(Frozen):
    """When an estimate is good enough, and who says so."""

    estimate: Id | None = None
    """Which estimate, where a check returns several; the first one named by the check otherwise."""
    at_least: Threshold | None = None
    at_most: Threshold | None = None
    above: Threshold | None = None
    below: Threshold | None = None
    between: tuple[Threshold, Threshold] | None = None
    equals: Threshold | None = None
    reported: Literal[True] | None = None
    """Pass when every required estimate is defined; the report says "published, no pass mark"."""
    sides: Literal["one", "two"] = "two"
    """`one` judges only the stated direction of a comparison of groups."""
    source: Source
    """Who says the number: statute, regulation, guidance, convention or house."""
    note: Text | None = None
    """Where exactly the number comes from."""
    decide_on: DecideOn = "interval"
    confidence: float = Field(default=0.95, gt=0.5, lt=1)

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
        names = ("at_least", "at_most", "above", "below", "between", "equals", "reported")
        return [name for name in names if getattr(self, name) is not None]

    @model_validator(mode="after")
    def _one_comparison(self) -> Criterion:
        if len(self._given()) != 1:
            raise ValueError(
                "a criterion takes exactly one of at_least, at_most, above, below, between, equals, reported"
            )
        numbers = (
            [] if self.threshold is None else self.threshold if isinstance(self.threshold, tuple) else [self.threshold]
        )
        if any(number and not 1e-12 <= abs(number) <= 1e12 for number in numbers):
            raise ValueError("a threshold is 0 or between 1e-12 and 1e12 in size")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("between: the first bound is above the second")
        return self


class SmallGroups(Frozen):
    """Groups too small to be judged by the usual interval."""

    minimum: int = Field(default=30, ge=1)
    """Least denominator of an estimate."""
    maximum_unassessed: float = Field(default=0.05, ge=0, le=1)
    """Share of the rows of a grouping whose intersections may stay undecided."""


class EnforcementByStage(Frozen):
    """What the gate does with a fail, stage by stage; a stage left out blocks."""

    development: Enforcement = "block"
    staging: Enforcement = "block"
    production: Enforcement = "block"
    monitoring: Enforcement = "block"


class AnswerByTier(Frozen):
    """What the gate does with an inconclusive: the given tier and above, and `else` for the tiers below."""

    low: Answer | None = None
    medium: Answer | None = None
    high: Answer | None = None
    critical: Answer | None = None
    otherwise: Answer | None = Field(default=None, alias="else")


def _named(value: Any) -> str:
    return "one" if isinstance(value, str) else "many"


class Control(Frozen):
    """One requirement: a condition on the manifest, or a check with a criterion."""

    id: Id = Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]*$", examples=["FAIR-01"])
    title: Line = Field(min_length=1)
    description: Text | None = None
    severity: Severity = "medium"
    """Orders the report; does nothing else."""
    enforcement: Enforcement | EnforcementByStage = "block"
    on_inconclusive: Answer | AnswerByTier | None = None
    """What the gate does with an inconclusive; the enforcement where it is not said."""
    cites: tuple[Citation, ...] = ()
    when: Condition | None = None
    require: Condition | None = None
    check: Id | None = Field(default=None, pattern=r"^[a-z_]+\.[a-z0-9_]+$", examples=["fairness.impact_ratio"])
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Parameters of the check, read by the check's own model."""
    criterion: Criterion | tuple[Criterion, ...] | None = None
    small_groups: SmallGroups = SmallGroups()
    maximum_unlabelled: float = Field(default=0.05, ge=0, le=1)
    maximum_undecided: float = Field(default=0.05, ge=0, le=1)
    maximum_unknown: float = Field(default=0.05, ge=0, le=1)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria; every one must hold."""
        if self.criterion is None:
            return ()
        return self.criterion if isinstance(self.criterion, tuple) else (self.criterion,)

    @model_validator(mode="after")
    def _condition_or_check(self) -> Control:
        if (self.require is None) == (self.check is None):
            raise ValueError("a control takes either `require` or `check`")
        if self.check is not None and not self.criteria:
            raise ValueError("a check needs a `criterion`")
        if self.require is not None and (self.criterion is not None or self.with_):
            raise ValueError("`criterion` and `with` go with `check`, not with `require`")
        if len({(criterion.confidence, criterion.decide_on) for criterion in self.criteria}) > 1:
            raise ValueError("the criteria of one control share `confidence` and `decide_on`")
        return self


class Policy(Frozen):
    """A policy file, its parameters put in."""

    assay: Literal["policy/v1"]
    id: Id = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", examples=["retail-credit"])
    version: Version = Field(pattern=r"^\d+\.\d+\.\d+$", examples=["1.0.0"])
    title: Line
    description: Text | None = None
    owners: tuple[Name, ...] = ()
    status: Literal["draft", "current", "superseded"] = "current"
    applies_to: Condition | None = None
    unsigned_waivers: Literal["refuse", "accept"] = "refuse"
    """Whether a waiver without a verified signature may open a production gate."""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    controls: tuple[Control, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _distinct_controls(self) -> Policy:
        ids = [control.id for control in self.controls]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"control {name!r} is there twice")
        return self


class Instrument(Frozen):
    """A law, standard or guideline, with its edition and the places that can be cited."""

    id: Id
    title: Line
    edition: Line
    url: Text | None = None
    verified_on: str | None = None
    """The day somebody compared the places with the original; absent: not verified."""
    places: dict[str, Text]


class Catalogue(Frozen):
    """`policies/<pack>/catalogue.yaml`."""

    assay: Literal["catalogue/v1"]
    instruments: tuple[Instrument, ...] = Field(min_length=1)


__all__ = [
    "STAGES", "TIERS", "Answer", "AnswerByTier", "Catalogue", "Citation", "Control", "Criterion", "DecideOn",
    "Enforcement", "EnforcementByStage", "Instrument", "Parameter", "Policy", "Scalar", "Severity", "SmallGroups",
    "Source", "Stage", "Threshold", "Tier",
]  # fmt: skip
