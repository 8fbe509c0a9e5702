"""People in the manifest: who owns, checks, approves, attests, may get in, and may overrule the model."""

from typing import Annotated, Literal

from pydantic import Field

from assay.record.artefact import A_DIGEST, DIGEST, Digest
from assay.record.frozen import Day, FilePath, Frozen, Id, Name, Text
from assay.record.policy import LegalRole
from assay.record.visible import NotBlank


class Person(Frozen):
    """Somebody, known by `id`."""

    id: Annotated[Id, NotBlank]
    """By which the person is known everywhere: a user name, a personnel number."""
    name: Text | None = None
    role: Text | None = None
    organisation: Text | None = None
    reports_to: Id | None = None
    """The `id` of the person's superior."""


class Owners(Frozen):
    """Who answers for the model."""

    business: Person | None = None
    """Who answers for the model and its use."""
    technical: Person | None = None
    """Who answers for how the model is built and run."""
    developer: tuple[Person, ...] | None = None
    """Who built the model."""
    validator: tuple[Person, ...] | None = None
    """Who validated the model; nobody who built it."""
    sponsor: Person | None = None
    """Who pays for the model and wants it."""
    sme: tuple[Person, ...] | None = None
    """Whom to ask: experts of the subject and of the model."""
    signoff_roles: tuple[Name, ...] | None = None
    """Roles whose approval a release needs, in the words of `approvals.*.role`."""
    confirmed: Day | None = None
    """The day somebody last confirmed that these people still hold these roles."""


class Organisation(Frozen):
    """Who uses or provides the model."""

    name: Name | None = None
    roles: tuple[LegalRole, ...] | None = None
    """What the organisation is to the law, for policies that bind only some."""


class Overseer(Person):
    """Somebody who may overrule the model."""

    trained: Day | None = None
    """The day of the last training for this task."""


class Oversight(Frozen):
    """What people do so that the model does not have the last word."""

    measures: tuple[Text, ...] | None = None
    """What is done, one sentence each."""
    stop: Text | None = None
    """How the model is switched off, and by whom."""
    override: Text | None = None
    """How a single decision is overruled, and by whom."""
    override_rate: float | None = Field(default=None, ge=0, le=1)
    """Share of the model's decisions that people overruled, over the last period that was counted; 0 to 1."""
    training: tuple[Overseer, ...] | None = None
    """Who oversees the model, and when they were last trained for it."""
    final_decision: Text | None = None
    """Who decides in the end."""
    appeal_channel: Text | None = None
    """Where a person concerned can object."""


class Principal(Frozen):
    """Somebody or something that can reach the model."""

    id: Annotated[Id, NotBlank]
    role: Name | None = None
    """E.g. caller, operator, administrator."""
    method: Literal["sso", "oauth2", "mtls", "key", "password", "none"] | None = None
    """How it proves who it is."""
    shared: bool | None = None
    """true: several people use it."""
    permissions: tuple[Name, ...] | None = None
    """What it may do: `call`, `read_logs`, `create_endpoint`, `deploy`, …; `*` is everything."""
    last_review: Day | None = None
    """The day somebody last asked whether it still needs its access."""


class Encryption(Frozen):
    """Whether data are encrypted."""

    at_rest: bool | None = None
    """Where data lie."""
    in_flight: bool | None = None
    """Where data travel."""


class Access(Frozen):
    """Who can reach the model, and how."""

    principals: tuple[Principal, ...] | None = Field(default=None, max_length=5000)
    secrets_manager: Text | None = None
    """Where keys and passwords are kept."""
    encryption: Encryption | None = None


class Approval(Frozen):
    """A signed decision of a person (21 CFR 11.50 asks for the name, the day and the meaning)."""

    role: Name
    """In which role: `business`, `validator`, `it_ops`, `data_science`, …"""
    by: Person
    date: Day
    """The day of the approval."""
    meaning: Text
    """What the signature means: reviewed, approved, accepted with conditions."""
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """What was approved."""
    signature: FilePath | None = None
    """A file with the signature."""


class Attestation(Frozen):
    """A person's statement of a fact that no program can see. It expires."""

    control: Name = Field(examples=["ml-governance/SEC-10"])
    """The control that it answers, with its pack."""
    statement: Text
    """What is stated, in a sentence."""
    by: Person
    role: Name | None = None
    date: Day
    """The day of the statement."""
    expires: Day
    """The last day on which the statement counts."""
    evidence: Text | None = None
    """Where the proof is: a file, a ticket, a report."""
