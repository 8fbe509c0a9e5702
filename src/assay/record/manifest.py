"""The manifest: what the model is, who owns it, its data, columns, documents. One file per model version."""

from typing import Literal, Self

from pydantic import Field, model_validator

from assay.record.artefact import (
    A_DIGEST,
    DIGEST,
    Artefact,
    Candidate,
    Champion,
    Dataset,
    Digest,
    Lineage,
    ModelFile,
    Role,
    Training,
)
from assay.record.columns import Columns, Feature
from assay.record.frozen import Day, FilePath, Frozen, Id, Name, Text, Version
from assay.record.lifecycle import (
    Changes,
    Cost,
    Deployment,
    Incidents,
    Lifecycle,
    Monitoring,
    OpenFinding,
    Retention,
)
from assay.record.people import Access, Approval, Attestation, Organisation, Oversight, Owners, Person
from assay.record.pipeline import Pipeline, ScoringService
from assay.record.policy import Source
from assay.record.purpose import Purpose, Risk
from assay.record.report import ReportSettings


class Identity(Frozen):
    """Which model, which version."""

    id: Id = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", examples=["credit-default"])
    name: Text
    version: Version = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", examples=["1.2.0"])
    artefact: ModelFile | None = None
    """The model's file."""
    endpoint: ScoringService | None = None
    """The service that scores, where the model is no file."""
    supersedes: Text | None = None
    """The version that this one takes the place of."""
    labels: dict[str, Text] = Field(default_factory=dict, max_length=1000)
    """Words of your own, which policies may ask for."""

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.artefact is not None and self.endpoint is not None:
            raise ValueError("a model is a file or a service: give `artefact` or `endpoint`, not both")
        return self


class Model(Frozen):
    """What kind of model it is."""

    kind: Text | None = None
    """E.g. statistical, rules, generative."""
    algorithm: Text | None = None
    """The algorithm, in words."""
    architecture: Text | None = None
    """How its parts fit together."""
    is_model: bool | None = None
    """false: plain arithmetic or a fixed rule."""
    task: Literal["binary", "multiclass", "regression"] | None = None
    """What it predicts."""
    inputs_schema: Artefact | None = None
    """A file that says what a request looks like."""
    outputs_schema: Artefact | None = None
    """A file that says what an answer looks like."""
    customisations: Text | None = None
    """What was changed in the algorithm or its library; `none` where nothing was."""
    assumptions: tuple[Text, ...] | None = None
    """What has to be true for the model to be right."""
    limitations: tuple[Text, ...] | None = None
    """What the model cannot do."""
    online_learning: bool | None = None
    """true: it goes on learning while it is in use."""
    automl: bool | None = None
    """true: a program chose the algorithm or the features."""


class ConfidenceInterval(Frozen):
    """An interval, in the metric's own unit."""

    low: float
    high: float
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """E.g. 0.95."""


class DeclaredMetric(Frozen):
    """A number that the owner declares."""

    name: Name
    kind: Literal["statistical", "financial", "computational", "business"]
    """What it speaks of: the statistics, money, the computer, the business."""
    dataset: Role | None = None
    """The data on which it was measured."""
    slice: Text | None = None
    """Which part of the data; all of it where it is not said."""
    value: float | None = None
    """In the metric's own unit."""
    ci: ConfidenceInterval | None = None
    threshold: float | None = None
    """In the metric's own unit."""
    threshold_source: Source | None = None
    """Who says the threshold."""
    direction: Literal["higher", "lower"] | None = None
    """Which way is better."""
    rationale: Text | None = None
    """Why this metric, and how it is computed."""


class AbTest(Frozen):
    """A controlled experiment on people or traffic, as its owner reports it."""

    metric: Name | None = None
    n_control: int | None = Field(default=None, ge=0)
    """People or requests in the control arm."""
    n_treatment: int | None = Field(default=None, ge=0)
    """People or requests in the treatment arm."""
    successes_control: int | None = Field(default=None, ge=0)
    """Of a rate: how many of the control arm had the outcome that the metric counts."""
    successes_treatment: int | None = Field(default=None, ge=0)
    """The same of the treatment arm."""
    mean_control: float | None = None
    """Of a number: its mean in the control arm, in the metric's own unit."""
    mean_treatment: float | None = None
    """The same in the treatment arm."""
    sd_control: float | None = Field(default=None, ge=0)
    """The standard deviation in the control arm, with n - 1."""
    sd_treatment: float | None = Field(default=None, ge=0)
    """The same in the treatment arm."""
    direction: Literal["higher", "lower"] | None = None
    """Which way the metric is better; higher where it is not said."""
    effect: float | None = None
    """Treatment minus control, in the metric's own unit, or control minus treatment where lower is better: positive is
    better."""
    p_value: float | None = Field(default=None, ge=0, le=1)
    """Of a test without difference; 0 to 1."""
    start: Day | None = None
    end: Day | None = None
    evidence: Text | None = None
    """Where the record of the experiment is."""

    @model_validator(mode="after")
    def _counts_fit(self) -> Self:
        for arm in ("control", "treatment"):
            people, successes = getattr(self, f"n_{arm}"), getattr(self, f"successes_{arm}")
            if people is not None and successes is not None and successes > people:
                raise ValueError(f"ab_test: {successes} successes of {people} in the {arm} arm")
        rates, numbers = ((self.successes_control, self.successes_treatment),
                          (self.mean_control, self.mean_treatment, self.sd_control, self.sd_treatment))  # fmt: skip
        if any(each is not None for each in rates) and any(each is not None for each in numbers):
            raise ValueError("ab_test: a metric is a rate, of successes, or a number, with means; not both")
        return self


class Metrics(Frozen):
    """What the owner says about performance."""

    declared: tuple[DeclaredMetric, ...] | None = Field(default=None, max_length=1000)
    ab_test: AbTest | None = None


class Bias(Frozen):
    """What was done about bias."""

    attributes: tuple[Name, ...] | None = None
    """Attributes that were looked at, in the names of `columns.groups`."""
    reference: dict[str, Name] | None = Field(default=None, max_length=100)
    """Attribute → the group that the others are compared with."""
    mitigations: tuple[Text, ...] | None = None
    """What was done; `none needed` and why, where nothing was."""
    alternatives: tuple[Text, ...] | None = None
    """Less discriminatory alternatives that were looked at."""


class ReasonCodes(Frozen):
    """The reasons that are told to a person who was refused."""

    k: int | None = Field(default=None, ge=1)
    """How many."""
    reference_point: Text | None = None
    """What a person's inputs are compared with."""


class Explanation(Frozen):
    """How decisions are explained."""

    method: Text | None = None
    """How attributions are computed."""
    background: Text | None = None
    """The data that attributions are measured against."""
    reason_codes: ReasonCodes | None = None
    limits: Text | None = None
    """What explanations leave out."""


class Section(Frozen):
    """A document, or a part of one."""

    path: FilePath
    anchor: Text | None = None
    """A heading of a Markdown file, as its GitHub-style anchor."""
    reviewed: Day | None = None
    """The day somebody last read it through."""
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])


class Docs(Frozen):
    """The papers."""

    sections: dict[str, Section] = Field(default_factory=dict)
    """Section → the file it stands in."""
    sample_request: Artefact | None = None
    """A file with a request that the model answers."""


class ConformityAudit(Frozen):
    """An audit by somebody else, as a law asks for it."""

    auditor: Text | None = None
    date: Day | None = None
    independence: Text | None = None
    """Why the auditor is independent."""


class Publication(Frozen):
    """What was published, and until when it stays."""

    url_label: Text | None = None
    date: Day | None = None
    until: Day | None = None
    """The last day on which it stays public."""


class Conformity(Frozen):
    """Conformity with a law that has a procedure for it."""

    route: Text | None = None
    """By which procedure conformity is assessed."""
    standards: tuple[Text, ...] | None = None
    declaration: Text | None = None
    ce: bool | None = None
    """true: it bears the CE marking."""
    eudb_id: Name | None = None
    """Its number in the EU database."""
    audit: ConformityAudit | None = None
    publication: Publication | None = None


class Manifest(Frozen):
    """`model.yaml`."""

    assay: Literal["manifest/v1"]
    identity: Identity
    organisation: Organisation | None = None
    owners: Owners | None = None
    people: tuple[Person, ...] | None = Field(default=None, max_length=1000)
    """Everybody named in these papers."""
    purpose: Purpose | None = None
    risk: Risk | None = None
    lifecycle: Lifecycle | None = None
    model: Model | None = None
    pipeline: Pipeline | None = None
    lineage: Lineage | None = None
    data: dict[Role, Dataset] = Field(default_factory=dict)
    """Role → data file."""
    columns: Columns | None = None
    features: tuple[Feature, ...] | None = Field(default=None, max_length=2000)
    training: Training | None = None
    metrics: Metrics | None = None
    bias: Bias | None = None
    explanation: Explanation | None = None
    docs: Docs | None = None
    oversight: Oversight | None = None
    deployment: Deployment | None = None
    monitoring: Monitoring | None = None
    access: Access | None = None
    champion: Champion | None = None
    """The model that is in use today."""
    candidates: tuple[Candidate, ...] | None = Field(default=None, max_length=100)
    incidents: Incidents | None = None
    changes: Changes | None = None
    conformity: Conformity | None = None
    findings: tuple[OpenFinding, ...] | None = Field(default=None, max_length=5000)
    """The register of what reviews found; [] says that there is nothing."""
    approvals: tuple[Approval, ...] | None = Field(default=None, max_length=1000)
    attestations: tuple[Attestation, ...] | None = Field(default=None, max_length=1000)
    retention: Retention | None = None
    cost: Cost | None = None
    report: ReportSettings | None = None
