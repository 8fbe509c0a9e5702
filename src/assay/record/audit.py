"""The audit: all findings of the resolved policies on one subject. `audit.json`, the only truth from there on."""

from typing import Any, Literal

from pydantic import Field

from assay.record.artefact import Digest
from assay.record.finding import Finding
from assay.record.frozen import Day, Frozen, Moment
from assay.record.people import Person
from assay.record.policy import (
    Answer,
    AnswerByTier,
    Enforcement,
    EnforcementByStage,
    LegalRole,
    Stage,
    Tier,
    Tightened,
)
from assay.record.signature import Meaning


class FileDigest(Frozen):
    """A file that was read."""

    role: str
    """E.g. `manifest`, `data.test`, `model`, `docs.intended_use`."""
    path: str
    """As the manifest names it."""
    digest: Digest


class Subject(Frozen):
    """What was audited, by digest."""

    id: str
    name: str
    version: str
    digest: Digest
    """SHA-256 over the canonical list of `files`."""
    tier: Tier | None = None
    stage: Stage | None = None
    owners: tuple[Person, ...] = ()
    """Everybody of the manifest's `owners`; none of them may approve a waiver."""
    summary: tuple[tuple[str, str], ...] = ()
    """What the cover says: purpose, algorithm, favourable outcome, cut, …, in this order."""
    files: tuple[FileDigest, ...] = ()


class EnforcementOf(Frozen):
    """What the gate may do with a control; carried in the audit so that the gate needs nothing else."""

    control: str
    """`<policy>/<control>`."""
    enforcement: Enforcement | EnforcementByStage
    on_inconclusive: Answer | AnswerByTier | None = None
    waivable: bool = True


class AppliedPolicy(Frozen):
    """A resolved policy."""

    id: str
    version: str
    title: str
    digest: Digest
    """SHA-256 of the file's bytes."""
    path: str
    """Its name in the bundle: `policy/<id>.yaml`."""
    status: str
    notes: tuple[str, ...] = ()
    """What a reader must not miss, e.g. "superseded since 2026-04-17 by us-mrm-sr26-2"; cover and terminal say it."""
    applies_from: Day | None = None
    applies_until: Day | None = None
    superseded_by: str | None = None
    verified_on: Day | None = None
    """The day somebody compared it with the text of the law; None: not verified."""
    jurisdiction: str | None = None
    roles: tuple[LegalRole, ...] | None = None
    review_by: Day | None = None
    extends: tuple[tuple[str, str], ...] = ()
    """Parents: id and range of versions."""
    locked: bool = False
    """Whether a lock file held its parents to the bytes that were read."""
    tightened: tuple[Tightened, ...] = ()
    """Where a child made its controls stricter."""
    planned: tuple[tuple[str, str], ...] = ()
    """Controls that are announced and not evaluated: id and title."""
    owners: tuple[str, ...] = ()
    unsigned_waivers: Literal["refuse", "accept"] = "refuse"
    maximum_open_waivers: int | None = None
    waiver_warning_days: int = 30
    signatures: tuple[Meaning, ...] = ()
    """Which signatures of the bundle a production gate waits for, in this order."""
    parameters: dict[str, float] = Field(default_factory=dict)
    citations: dict[str, str] = Field(default_factory=dict)
    """Citation → its words in the catalogue."""
    enforcements: tuple[EnforcementOf, ...] = ()


class SecondComputation(Frozen):
    """The group metrics computed again from the same cells by fairlearn."""

    library: str
    version: str
    compared: int
    """How many group metrics."""
    largest_difference: float | None = None
    left_out: tuple[str, ...] = ()
    """Groups where the metric is undefined."""
    agrees: bool | None = None
    """Within 1e-12; None: nothing to compare."""


class Confinement(Frozen):
    """What held the process that ran the model, and by what means; it depends on the system as `versions` do."""

    network: str
    files: str
    processes: str
    memory: str


ASKED_FOR = "asked for"


class LawAt(Frozen):
    """The day whose law was applied."""

    day: Day
    why: str
    """How it was chosen: `asked for`, or e.g. "the last day of the test data"."""

    @property
    def asked_for(self) -> bool:
        """Whether somebody chose the day; otherwise it follows from the data or the clock."""
        return self.why == ASKED_FOR


class Audit(Frozen):
    """One evaluation: all findings on one subject at one time."""

    assay: Literal["audit/v1"] = "audit/v1"
    id: str
    """Prefix of the digest of the inputs."""
    at: Moment
    law_at: LawAt
    subject: Subject
    policies: tuple[AppliedPolicy, ...]
    findings: tuple[Finding, ...]
    second_computation: SecondComputation | None = None
    evidence: tuple[FileDigest, ...] = ()
    """The tables under evidence/, by digest."""
    waiver_files: tuple[FileDigest, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    """assay, Python and the packages that measured."""
    confinement: Confinement | None = None
    """Of the model; None: no model ran."""
    seed: str
    """Of the row samples, and what it derives from."""
    notes: tuple[str, ...] = ()
    manifest: dict[str, Any] = Field(default_factory=dict)
    """The manifest as it was read."""
