"""The model's life in the manifest: stages, deployment, monitoring, changes, incidents, findings, retirement."""

from typing import Literal

from pydantic import Field

from assay.record.artefact import A_DIGEST, DIGEST, Digest
from assay.record.frozen import Day, Frozen, Id, Name, Text, Version
from assay.record.people import Person
from assay.record.policy import Severity, Stage


class Dates(Frozen):
    """Days of the model's life."""

    approved: Day | None = None
    deployed: Day | None = None
    last_change: Day | None = None
    """The day of the last change to the model."""
    last_validation: Day | None = None
    """The day on which it was last validated."""
    next_validation: Day | None = None
    """The day by which it is to be validated again."""


class Retirement(Frozen):
    """The end of the model's life."""

    criteria: tuple[Text, ...] | None = None
    """What would make the model be taken out of use."""
    date: Day | None = None
    """The day it is or was taken out of use."""


class Lifecycle(Frozen):
    """Where the model stands."""

    stage: Stage | None = None
    """Where the model stands."""
    dates: Dates | None = None
    retire: Retirement | None = None


class Setting(Frozen):
    """Where and among whom the model works."""

    regions: tuple[Name, ...] | None = None
    """In the words of `data.*.coverage.regions`."""
    context: Text | None = None
    """The situation in which it works."""
    applications: tuple[Text, ...] | None = None
    """Which applications, integrations and dashboards show or use its output."""


class Endpoint(Frozen):
    """An address at which the model answers."""

    url_label: Name
    """A name of the address, not the address."""
    owner: Text | None = None
    """Who answers for it."""
    auth: Literal["oauth2", "mtls", "sso", "token", "basic", "none"] | None = None
    """How a caller proves who it is."""
    tls: bool | None = None
    """true: it speaks TLS alone."""


class Rollback(Frozen):
    """The version to go back to."""

    version: Version | None = None
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of its artefact."""
    procedure: Text | None = None
    """How to go back to it."""


class ServiceLevel(Frozen):
    """What the service promises, and what was measured."""

    uptime_target: float | None = Field(default=None, ge=0, le=1)
    """Promised share of the time in which the model answers; 0 to 1."""
    uptime_observed: float | None = Field(default=None, ge=0, le=1)
    """Observed share over the period that ends with `as_of`; 0 to 1."""
    latency_ms_target: float | None = Field(default=None, ge=0)
    """Promised 95th percentile of the time to answer, in milliseconds."""
    latency_ms_observed: float | None = Field(default=None, ge=0)
    """Observed 95th percentile, in milliseconds."""
    as_of: Day | None = None
    """The last day of the period observed."""


class Deployment(Frozen):
    """How the model is delivered."""

    forms: tuple[Literal["real_time", "batch", "embedded", "report"], ...] | None = None
    """How the output reaches its users."""
    setting: Setting | None = None
    infrastructure: Text | None = None
    """What it runs on."""
    pipeline: Text | None = None
    """What builds, tests and releases it."""
    rollout: Text | None = None
    """How a new version reaches its users: canary, shadow, A/B, all at once."""
    endpoints: tuple[Endpoint, ...] | None = Field(default=None, max_length=1000)
    rollback: Rollback | None = None
    sla: ServiceLevel | None = None


class MonitoringPlan(Frozen):
    """What is watched, how often, by whom."""

    metrics: tuple[Name, ...] | None = None
    """What is watched."""
    thresholds: dict[str, float] | None = Field(default=None, max_length=1000)
    """Metric → the value at which somebody acts, in the metric's own unit."""
    frequency_days: int | None = Field(default=None, ge=1)
    """Days between two looks."""
    owner: Person | None = None


class Logging(Frozen):
    """What the model writes down about its decisions."""

    events: tuple[Literal["inputs", "outputs", "decisions", "overrides", "errors", "access"], ...] | None = None
    """What is written down."""
    retention_days: int | None = Field(default=None, ge=0)
    """Days for which logs are kept."""
    access_rule: Text | None = None
    """Who may read the logs; they may hold what the data hold."""


class Alert(Frozen):
    """A rule that wakes somebody."""

    id: Name
    """The metric that it watches, in the words of `monitoring.plan.metrics`."""
    threshold: float | None = None
    """In the metric's own unit."""
    contact: Text | None = None
    """Whom it reaches."""


class Usage(Frozen):
    """Who has used the model."""

    as_of: Day | None = None
    """The day of this list."""
    users: tuple[Id, ...] | None = Field(default=None, max_length=5000)
    """In the ids of `access.principals`."""


class Monitoring(Frozen):
    """How the model is watched once it is in use."""

    plan: MonitoringPlan | None = None
    logging: Logging | None = None
    alerts: tuple[Alert, ...] | None = Field(default=None, max_length=1000)
    retrain_trigger: Text | None = None
    """What makes somebody train it again."""
    feedback_channel: Text | None = None
    """Where users and people concerned can say that something is wrong."""
    feedback_reviewed: Day | None = None
    """The day on which the feedback was last gone through."""
    usage: Usage | None = None


class Change(Frozen):
    """One version of the model, and what changed."""

    version: Version
    date: Day
    what: Text
    """What changed, in a sentence."""
    material: bool | None = None
    """true: the change asks for a new validation."""
    notices: tuple[Text, ...] | None = None
    """Whom it was announced to."""


class PredeterminedChange(Frozen):
    """A change that was planned and approved beforehand."""

    id: Id
    description: Text | None = None
    protocol: Text | None = None
    """How the change is made and tested."""
    acceptance: Text | None = None
    """What has to hold afterwards."""


class Changes(Frozen):
    """The change log."""

    log: tuple[Change, ...] | None = Field(default=None, max_length=5000)
    predetermined: tuple[PredeterminedChange, ...] | None = Field(default=None, max_length=1000)


class Incident(Frozen):
    """Something that went wrong."""

    id: Id
    date: Day
    """The day it happened."""
    severity: Severity | None = None
    what: Text | None = None
    reported: Day | None = None
    """The day the authority was told."""
    closed: Day | None = None
    measure: Text | None = None
    """What was done so that it does not happen again."""


class Incidents(Frozen):
    """The register of incidents."""

    contacts: tuple[Text, ...] | None = None
    """Who is called when something goes wrong."""
    regulator_contacts: tuple[Text, ...] | None = None
    """Which authority is told, and where."""
    log: tuple[Incident, ...] | None = Field(default=None, max_length=5000)
    """[] says that there were none."""


class OpenFinding(Frozen):
    """Something a review found and somebody has to mend."""

    id: Id
    control: Name | None = None
    """The control that it belongs to, with its pack."""
    title: Text
    severity: Severity | None = None
    owner: Person | None = None
    """Who mends it."""
    due: Day | None = None
    """The last day on which it is in time."""
    state: Literal["open", "closed", "accepted"]
    """`accepted`: somebody decided to live with it."""


class Retention(Frozen):
    """How long the papers are kept."""

    docs_years: float | None = Field(default=None, ge=0)
    """Years for which documents are kept."""
    logs_days: int | None = Field(default=None, ge=0)
    """Days for which logs are kept."""
    applications_months: int | None = Field(default=None, ge=0)
    """Months for which applications of people are kept."""


class Cost(Frozen):
    """What the model costs to run."""

    center: Name | None = None
    """The cost centre that is charged."""
    unit_cost: float | None = Field(default=None, ge=0)
    """Cost of a thousand predictions, in `currency`."""
    currency: Name | None = Field(default=None, examples=["EUR"])
    """The currency, by its three letters."""
