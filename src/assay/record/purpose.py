"""The purpose and the risk of the model in the manifest: what is decided with it, and how much harm it can do."""

from typing import Literal

from pydantic import Field

from assay.record.frozen import Day, Frozen, Id, Name, Text
from assay.record.people import Person
from assay.record.policy import Tier


class Decision(Frozen):
    """What is decided about people with the model."""

    domain: Text | None = None
    """E.g. credit, employment, insurance."""
    consequential: bool | None = None
    """true: the decision matters to people: credit, work, housing, insurance, care."""
    solely_automated: bool | None = None
    """true: no person decides."""
    legal_basis: Text | None = None
    """What allows the decision."""


class Purpose(Frozen):
    """What the model is for."""

    context: Text | None = None
    """What the model is for, in a sentence."""
    justification: Text | None = None
    """Why a model, and why this one."""
    intended_use: tuple[Text, ...] | None = None
    """What the model may be used for."""
    prohibited_use: tuple[Text, ...] | None = None
    """What it must not be used for."""
    users: tuple[Text, ...] | None = None
    """Who works with its output."""
    channels: tuple[Text, ...] | None = None
    """Where and how people meet the output."""
    affected_persons: tuple[Text, ...] | None = None
    """Whom its decisions concern."""
    data_use: tuple[Name, ...] | None = None
    """What the model uses data for, in the words of `data.*.permitted_use`."""
    decision: Decision | None = None


class EuRisk(Frozen):
    """How the model is classed under the EU AI Act."""

    role: Name | None = None
    class_: Literal["prohibited", "high", "limited", "minimal"] | None = Field(default=None, alias="class")
    annex: Name | None = None
    """Which point of Annex I or III."""
    derogation_reason: Text | None = None
    """Why a system of Annex III is not high-risk (Article 6(3))."""


class CanadianImpact(Frozen):
    """The Algorithmic Impact Assessment of the Government of Canada."""

    raw: float | None = Field(default=None, ge=0)
    """Raw impact score, in points."""
    mitigation: float | None = Field(default=None, ge=0)
    """Mitigation score, in points."""
    level: int | None = Field(default=None, ge=1, le=4)
    """Impact level, I to IV as 1 to 4."""


class RegisteredRisk(Frozen):
    """One entry of the risk register."""

    id: Id
    category: Name | None = None
    """E.g. health, safety, fundamental rights, bias, privacy, security."""
    source: Text | None = None
    """What it comes from."""
    likelihood: Tier | None = None
    severity: Tier | None = None
    measure: Text | None = None
    """What is done about it."""
    residual: Tier | None = None
    """What remains after the measure."""
    owner: Person | None = None
    reviewed: Day | None = None
    """The day somebody last looked at it."""


class Risk(Frozen):
    """How much harm the model can do."""

    tier: Tier | None = None
    """How much harm the model can do; without it, it counts as critical."""
    exposure: Text | None = None
    """How many people, how much money."""
    purpose_class: Name | None = None
    """What the organisation's own scheme calls the purpose: regulatory, business, support, …"""
    eu: EuRisk | None = None
    ca_aia: CanadianImpact | None = None
    register_: tuple[RegisteredRisk, ...] | None = Field(default=None, alias="register", max_length=1000)
    """The risks that somebody thought of."""
    vulnerable_groups: tuple[Text, ...] | None = None
    """People who need more protection, and what that means here."""
