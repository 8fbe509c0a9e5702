"""Policies: identity, version, legal basis, controls."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from assay.record.asked import AskedStatement
from assay.record.condition import Condition
from assay.record.criterion import Comparison as Comparison
from assay.record.criterion import Criterion as Criterion
from assay.record.criterion import DecideOn as DecideOn
from assay.record.criterion import Source as Source
from assay.record.frozen import Day, Frozen, Id, Line, Name, Text, Version
from assay.record.in_force import InForce as InForce
from assay.record.in_force import LegalRole as LegalRole
from assay.record.signature import Meaning

Stage = Literal["development", "staging", "production", "monitoring"]
STAGES: tuple[Stage, ...] = ("development", "staging", "production", "monitoring")
Tier = Literal["low", "medium", "high", "critical"]
TIERS: tuple[Tier, ...] = ("low", "medium", "high", "critical")
Severity = Literal["low", "medium", "high", "critical"]
Enforcement = Literal["inform", "warn", "block"]
Answer = Literal["inform", "warn", "sign_off", "block"]


class Parameter(Frozen):
    """A number of the policy that has a name, bounds and a strict direction."""

    type: Literal["number", "integer"] = "number"
    """`integer`: whole numbers only."""
    default: float
    """The value; no less than `minimum`, no more than `maximum`."""
    minimum: float | None = None
    """The least value it may take, in a child policy too."""
    maximum: float | None = None
    """The largest value it may take, in a child policy too."""
    tighten: Literal["up", "down"] | None = None
    """The strict direction: a child policy may move the value only that way. Absent: a child may not move it."""
    description: Text | None = None
    """What the number is."""

    @model_validator(mode="after")
    def _default_within_bounds(self) -> Self:
        low, high = self.minimum, self.maximum
        if (low is not None and self.default < low) or (high is not None and self.default > high):
            raise ValueError(f"the default {self.default:g} lies outside its bounds")
        if self.type == "integer" and not self.default.is_integer():
            raise ValueError(f"the default {self.default:g} is no whole number")
        return self


class Citation(Frozen):
    """A place in an instrument: `<instrument>/<place>`."""

    ref: Name = Field(pattern=r"^[a-z0-9][a-z0-9-]*/\S+$", examples=["us-ugesp/1607.4(D)"])
    """`<instrument>/<place>`, as a catalogue has it: of a shipped pack, or beside the policy."""


class SmallGroups(Frozen):
    """Groups too small to be judged by the usual interval."""

    minimum: int = Field(default=30, ge=1)
    """Least denominator of an estimate."""
    maximum_unassessed: float = Field(default=0.05, ge=0, le=1)
    """Share of the rows of a grouping whose intersections may stay undecided."""


class EnforcementByStage(Frozen):
    """What the gate does with a fail, stage by stage; a stage left out blocks."""

    development: Enforcement = "block"
    """In development."""
    staging: Enforcement = "block"
    """In staging."""
    production: Enforcement = "block"
    """In production."""
    monitoring: Enforcement = "block"
    """In monitoring."""


class AnswerByTier(Frozen):
    """What the gate does with an inconclusive: the given tier and above, and `else` for the tiers below."""

    low: Answer | None = None
    """For the tier low and those above it that are not named."""
    medium: Answer | None = None
    """For the tier medium and those above it that are not named."""
    high: Answer | None = None
    """For the tier high and those above it that are not named."""
    critical: Answer | None = None
    """For the tier critical."""
    otherwise: Answer | None = Field(default=None, alias="else")
    """For the tiers below; the enforcement where it is not said."""


class Control(InForce):
    """One requirement: a condition on the manifest, a check with a criterion, or a statement that a person makes."""

    status: Literal["draft", "current", "superseded", "planned"] = "current"  # type: ignore[assignment]
    """`planned`: listed, never counted; it does not say what it asks yet."""

    id: Id = Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]*$", examples=["FAIR-01"])
    """Its name in reports, waivers and tests; unlike any other of the policy."""
    title: Line = Field(min_length=1)
    """The requirement as one sentence."""
    description: Text | None = None
    """More than the title says; printed in the report."""
    severity: Severity = "medium"
    """Orders the report; does nothing else."""
    enforcement: Enforcement | EnforcementByStage = "block"
    """What the gate does with a fail: one value, or one per stage."""
    on_inconclusive: Answer | AnswerByTier | None = None
    """What the gate does with an inconclusive; the enforcement where it is not said."""
    cites: tuple[Citation, ...] = ()
    """Where the requirement comes from."""
    when: Condition | None = None
    """Which subjects it is asked of: false is not_applicable, unknown is inconclusive."""
    require: Condition | None = None
    """What has to hold in the manifest. A control takes this, `check` or `attest`."""
    check: Id | None = Field(default=None, pattern=r"^[a-z_]+\.[a-z0-9_]+$", examples=["fairness.impact_ratio"])
    """What is measured; `assay explain` prints what each check does."""
    attest: AskedStatement | None = None
    """What a person has to say, because no program can see it. The audit leaves it open, the gate takes the answer."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Parameters of the check, read by the check's own model."""
    criterion: Criterion | tuple[Criterion, ...] | None = None
    """When what was measured is good enough; of a list all have to hold."""
    small_groups: SmallGroups = Field(default_factory=SmallGroups)
    """From how many people on a group is judged by the usual interval."""
    maximum_unlabelled: float = Field(default=0.05, ge=0, le=1)
    """A larger share of people without a label is inconclusive."""
    maximum_undecided: float = Field(default=0.05, ge=0, le=1)
    """A larger share of people without a decision is inconclusive."""
    maximum_unknown: float = Field(default=0.05, ge=0, le=1)
    """A larger share of people whose group is unknown is inconclusive."""
    waivable: bool = True
    """false: no waiver covers a fail or an inconclusive of this control."""

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria; every one must hold."""
        if self.criterion is None:
            return ()
        return self.criterion if isinstance(self.criterion, tuple) else (self.criterion,)

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        asked = [name for name in ("require", "check", "attest") if getattr(self, name) is not None]
        if self.status == "planned":
            if asked or self.criterion is not None or self.with_:
                raise ValueError("a planned control takes neither `require` nor `check` nor `attest`: it asks nothing")
            return self
        if len(asked) != 1:
            raise ValueError("a control takes either `require`, `check` or `attest`")
        if self.check is not None and not self.criteria:
            raise ValueError("a check needs a `criterion`")
        if self.check is None and (self.criterion is not None or self.with_):
            raise ValueError(f"`criterion` and `with` go with `check`, not with `{asked[0]}`")
        if len({(criterion.confidence, criterion.decide_on) for criterion in self.criteria}) > 1:
            raise ValueError("the criteria of one control share `confidence` and `decide_on`")
        return self


class TightenedParameter(Frozen):
    """A stricter value for a parameter of the parent."""

    value: float
    """The stricter value, within the bounds of the parent."""
    source: Source
    """Who says the number."""
    note: Text | None = None
    """Where exactly the number comes from."""


class TightenedControl(Frozen):
    """What a child may change in a control of its parent, in the strict direction only."""

    severity: Severity | None = None
    """A higher severity."""
    enforcement: Enforcement | EnforcementByStage | None = None
    """A stricter enforcement."""
    criterion: Comparison | tuple[Comparison, ...] | None = None
    """Stricter thresholds: the same estimate, the same comparison, a number that lets less pass."""

    @property
    def criteria(self) -> tuple[Comparison, ...]:
        """All stricter thresholds."""
        if self.criterion is None:
            return ()
        return self.criterion if isinstance(self.criterion, tuple) else (self.criterion,)


class Tightening(Frozen):
    """Where a child is stricter than its parent. Loosening is an error; a waiver is the way to loosen."""

    parameters: dict[str, TightenedParameter] = Field(default_factory=dict)
    """Parameter of the parent → its stricter value."""
    controls: dict[str, TightenedControl] = Field(default_factory=dict)
    """Control of the parent → what is stricter."""


class Tightened(Frozen):
    """What a child made stricter in a control of its parent: shown in the report beside the control."""

    control: Id
    """Of the parent."""
    what: str
    """`at_least`, `at_most of gap`, `severity` or `enforcement`."""
    before: str
    after: str
    by: str
    """`retail-credit 2.3.0`; several that ask for the same are joined by ` and `."""
    place: str
    """Where it is asked for: `card.yaml:8`."""


class Extension(Frozen):
    """A parent: every control of it holds for the child too, under its own name."""

    pack: Id = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", examples=["ml-governance"])
    """The id of the parent."""
    version: Name = Field(examples=["^1.0"])
    """`1.2.3`, `^1.2` (below 2.0.0), `~1.2` (below 1.3.0), or comparisons such as `>=1.2, <3`."""
    tighten: Tightening = Field(default_factory=Tightening)
    """Where this policy is stricter than the parent."""


class Policy(InForce):
    """A policy file, its parameters put in."""

    assay: Literal["policy/v1"]
    """The version of the language."""
    id: Id = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", examples=["retail-credit"])
    """Its name in reports, waivers and other policies."""
    version: Version = Field(pattern=r"^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$", examples=["1.0.0"])
    """`major.minor.patch`, of this text."""
    title: Line
    """What it is for, in a line."""
    description: Text | None = None
    """More than the title says; printed in the report."""
    owners: tuple[Name, ...] = ()
    """Who answers for the policy; none of them may approve a waiver."""
    review_by: Day | None = None
    """The day by which somebody has to look at the policy again."""
    extends: tuple[Extension, ...] = Field(default=(), max_length=50)
    """Parents. The order changes nothing."""
    applies_to: Condition | None = None
    """Which subjects this policy binds; it says nothing about the controls of its parents."""
    unsigned_waivers: Literal["refuse", "accept"] = "refuse"
    """Whether a waiver without a verified signature may open a production gate."""
    maximum_open_waivers: int | None = Field(default=None, ge=0)
    """More waivers than this in force at once, and none of them opens the gate."""
    waiver_warning_days: int = Field(default=30, ge=0, le=3650)
    """How many days before its last day a waiver is warned about."""
    signatures: tuple[Meaning, ...] = Field(default=(), max_length=10)
    """No production gate opens before the bundle is signed so: in this order, each by another person."""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    """Numbers with a name: `$name` stands for them in `criterion` and `with`."""
    controls: tuple[Control, ...] = Field(default=(), min_length=1, max_length=500)
    """What is asked."""

    @model_validator(mode="after")
    def _something_to_ask(self) -> Self:
        if self.id == "model":
            raise ValueError(
                "a policy cannot be called `model`: in a bundle the manifest stands beside it as model.yaml"
            )
        if not self.controls and not self.extends:
            raise ValueError("a policy has `controls`, or `extends` another policy")
        packs = [extension.pack for extension in self.extends]
        for name in packs:
            if packs.count(name) > 1 or name == self.id:
                raise ValueError(f"`extends` names {name!r} twice" if name != self.id else "a policy extends itself")
        return self
