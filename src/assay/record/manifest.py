"""The manifest: what the model is, who owns it, its data, columns, documents. One file per model version."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from assay.record.frozen import Day, FilePath, Frozen, Id, Name, Scalar, Text, Version
from assay.record.policy import LegalRole, Stage, Tier

Digest = str
DIGEST = r"^sha256:[0-9a-f]{64}$"
A_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
Role = Literal["train", "validation", "test", "reference", "production"]


class Person(Frozen):
    """Somebody, known by `id`."""

    id: Id
    name: Text | None = None
    role: Text | None = None
    organisation: Text | None = None


class Artefact(Frozen):
    """A file or folder beside the manifest."""

    path: FilePath
    format: Literal["skops", "joblib", "other"] = "other"
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])


class Identity(Frozen):
    """Which model, which version."""

    id: Id = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", examples=["credit-default"])
    name: Text
    version: Version = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", examples=["1.2.0"])
    artefact: Artefact | None = None
    supersedes: Text | None = None
    labels: dict[str, Text] = Field(default_factory=dict, max_length=1000)


class Owners(Frozen):
    """Who answers for the model."""

    business: Person | None = None
    technical: Person | None = None
    developer: tuple[Person, ...] | None = None
    validator: tuple[Person, ...] | None = None


class Organisation(Frozen):
    """Who uses or provides the model."""

    name: Name | None = None
    roles: tuple[LegalRole, ...] | None = None
    """What the organisation is to the law, for policies that bind only some."""


class Decision(Frozen):
    """What is decided about people with the model."""

    domain: Text | None = None
    """E.g. credit, employment, insurance."""
    consequential: bool | None = None
    solely_automated: bool | None = None
    legal_basis: Text | None = None


class Purpose(Frozen):
    """What the model is for."""

    context: Text | None = None
    justification: Text | None = None
    intended_use: tuple[Text, ...] | None = None
    prohibited_use: tuple[Text, ...] | None = None
    users: tuple[Text, ...] | None = None
    affected_persons: tuple[Text, ...] | None = None
    decision: Decision | None = None


class Risk(Frozen):
    """How much harm the model can do."""

    tier: Tier | None = None
    exposure: Text | None = None


class Dates(Frozen):
    """Days of the model's life."""

    approved: Day | None = None
    deployed: Day | None = None
    last_change: Day | None = None
    last_validation: Day | None = None
    next_validation: Day | None = None


class Lifecycle(Frozen):
    """Where the model stands."""

    stage: Stage | None = None
    dates: Dates | None = None


class Model(Frozen):
    """What kind of model it is."""

    kind: Text | None = None
    algorithm: Text | None = None
    task: Literal["binary"] | None = None
    assumptions: tuple[Text, ...] | None = None
    limitations: tuple[Text, ...] | None = None


class Period(Frozen):
    """First and last day that data cover."""

    start: Day
    end: Day


class Dataset(Frozen):
    """One data file."""

    path: FilePath
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    rows: int | None = Field(default=None, ge=0)
    as_of: Day | None = None
    kind: Literal["historical", "test", "synthetic"] | None = None
    origin: Text | None = None
    licence: Text | None = None
    period: Period | None = None
    known_gaps: tuple[Text, ...] | None = None


class Favourable(Frozen):
    """A cut of the score: favourable strictly below or above it, or at it and beyond."""

    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_cut(self) -> Favourable:
        if sum(value is not None for value in (self.below, self.at_most, self.above, self.at_least)) != 1:
            raise ValueError("favourable takes exactly one of below, at_most, above, at_least")
        return self


class LabelColumn(Frozen):
    """What happened. Only here and in `decision` is favourable said."""

    column: Text
    favourable: Scalar
    unfavourable: Scalar | None = None
    """The other level; where it is not said, the column may hold one more level besides the favourable one."""


class DecisionColumn(Frozen):
    """What was decided: a column, or a cut of the score."""

    column: Text | None = None
    from_: Literal["score"] | None = Field(default=None, alias="from")
    favourable: Scalar | Favourable
    unfavourable: Scalar | None = None

    @model_validator(mode="after")
    def _column_or_cut(self) -> DecisionColumn:
        if (self.column is None) == (self.from_ is None):
            raise ValueError("a decision takes either `column` or `from: score`")
        if (self.from_ is not None) != isinstance(self.favourable, Favourable):
            raise ValueError("`from: score` takes a cut such as `favourable: {below: 0.15}`; a column takes a value")
        return self


class ScoreColumn(Frozen):
    """The model's number: a column of the data, or computed by the model of `identity.artefact`."""

    column: Text | None = None
    from_: Literal["model"] | None = Field(default=None, alias="from")
    kind: Literal["probability", "rank"]
    of: Scalar | None = None
    """probability: of which level of the label."""
    higher: Literal["favourable", "unfavourable"] | None = None
    """rank: what a higher score means."""

    @model_validator(mode="after")
    def _complete(self) -> ScoreColumn:
        if (self.column is None) == (self.from_ is None):
            raise ValueError("a score takes either `column` or `from: model`")
        if self.kind == "probability" and self.of is None:
            raise ValueError("a probability needs `of`: the level of the label it is the probability of")
        if self.kind == "rank" and self.higher is None:
            raise ValueError("a rank needs `higher`: favourable or unfavourable")
        return self


class GroupColumn(Frozen):
    """An attribute by which people are compared."""

    column: Text
    labels: dict[str, Name] | None = Field(default=None, max_length=1000)
    """Code → label; several codes may share one label."""
    edges: tuple[float, ...] | None = Field(default=None, max_length=200)
    """Bins [a, b) of a number; below the first and from the last on are bins too."""

    @model_validator(mode="after")
    def _labels_or_edges(self) -> GroupColumn:
        if self.labels is not None and self.edges is not None:
            raise ValueError("a group takes `labels` or `edges`, not both")
        if self.edges is not None and (not self.edges or list(self.edges) != sorted(set(self.edges))):
            raise ValueError("edges must rise")
        return self


class Columns(Frozen):
    """What the columns of the data mean; the only place where favourable is said."""

    label: LabelColumn | None = None
    decision: DecisionColumn | None = None
    score: ScoreColumn | None = None
    groups: dict[str, GroupColumn] = Field(default_factory=dict)
    count: Text | None = None
    """Ready-made counts: each row stands for this many people."""
    unknown_values: tuple[Scalar, ...] = ()
    """Values of a group column which mean "not known", beside null."""


class Feature(Frozen):
    """One input of the model."""

    name: Text
    dtype: Literal["number", "category"] = "number"
    definition: Text | None = None
    source: Text | None = None
    protected: bool | None = None
    proxy_for: tuple[Text, ...] = ()
    """Groupings this input stands in for."""
    justification: Text | None = None


class Section(Frozen):
    """A document, or a part of one."""

    path: FilePath
    anchor: Text | None = None
    """A heading of a Markdown file, as its GitHub-style anchor."""
    reviewed: Day | None = None
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])


class Docs(Frozen):
    """The papers."""

    sections: dict[str, Section] = Field(default_factory=dict)


class Training(Frozen):
    """How the model was made."""

    script: Artefact | None = None
    seed: int | None = None
    hyperparameters: dict[str, Scalar] = Field(default_factory=dict)


class Manifest(Frozen):
    """`model.yaml`."""

    assay: Literal["manifest/v1"]
    identity: Identity
    organisation: Organisation | None = None
    owners: Owners | None = None
    purpose: Purpose | None = None
    risk: Risk | None = None
    lifecycle: Lifecycle | None = None
    model: Model | None = None
    data: dict[Role, Dataset] = Field(default_factory=dict)
    columns: Columns | None = None
    features: tuple[Feature, ...] | None = Field(default=None, max_length=2000)
    training: Training | None = None
    docs: Docs | None = None
    champion: Artefact | None = None
