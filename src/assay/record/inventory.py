"""The inventory: every model of a folder, what its manifest says and how its last audit ended."""

from typing import Literal

from pydantic import Field

from assay.record.artefact import Digest
from assay.record.finding import Outcome
from assay.record.frozen import Day, Frozen, Moment
from assay.record.policy import Severity, Stage, Tier

Trust = Literal["not verified", "intact", "not intact"]


class HeldWaiver(Frozen):
    """A waiver that held when the gate was drawn."""

    id: str
    approver: str
    expires: Day


class LastAudit(Frozen):
    """The newest bundle of a model version."""

    path: str
    """Its folder, from the folder of the reports."""
    at: Moment
    stage: Stage
    gate: Literal["open", "closed"]
    exit_code: int
    trust: Trust
    """`not verified`: only the record and its digest in the gate were looked at."""
    manifest_changed: bool
    """Whether the manifest is another than the one that was audited."""
    waivers: tuple[HeldWaiver, ...] = ()
    """Waivers that held then; one that has expired since is overdue: the gate would not be the same today."""


class Overdue(Frozen):
    """Something that should have been done by now."""

    what: Literal["validation", "document", "finding", "waiver"]
    name: str
    """Of the document's section, the finding or the waiver; of the model for a validation."""
    due: Day
    """The last day on which it was in time."""
    owner: str | None = None


class OpenItem(Frozen):
    """A finding of the manifest's register that is not closed."""

    id: str
    title: str
    severity: Severity | None = None
    owner: str | None = None
    due: Day | None = None
    state: Literal["open", "accepted"]


class Upstream(Frozen):
    """A model that this one reads, as the inventory knows it."""

    id: str
    version: str | None = None
    state: Literal["open", "closed", "not audited", "not here"]
    """How the gate of its last audit stands."""


class Entry(Frozen):
    """One manifest."""

    path: str
    """From the folder of the inventory, with `/`."""
    digest: Digest
    id: str
    name: str
    version: str
    business: str | None = None
    """The business owner's name, else id."""
    technical: str | None = None
    tier: Tier | None = None
    stage: Stage | None = None
    next_validation: Day | None = None
    audit: LastAudit | None = None
    overdue: tuple[Overdue, ...] = ()
    findings: tuple[OpenItem, ...] = ()
    upstream: tuple[Upstream, ...] = ()
    twins: tuple[str, ...] = ()
    """Other manifests with the same id and version."""
    controls: dict[Outcome | Literal["needs_audit"], int] = Field(default_factory=dict)
    """Where policies were given: how many of their controls the manifest alone decides, by outcome."""
    problem: str | None = None
    """Why the policies could not be applied, or the last audit could not be read."""


class Invalid(Frozen):
    """A manifest that does not load."""

    path: str
    errors: tuple[str, ...]


class Inventory(Frozen):
    """All models of a folder."""

    assay: Literal["inventory/v1"] = "inventory/v1"
    at: Moment
    policies: tuple[str, ...] = ()
    """`<id> <version>` of what was applied."""
    entries: tuple[Entry, ...]
    """By id, version and path."""
    invalid: tuple[Invalid, ...] = ()
    unregistered: tuple[str, ...] = ()
    """Model files that no manifest names."""
    unread: tuple[str, ...] = ()
    """Folders and files that could not be read."""
    cycles: tuple[tuple[str, ...], ...] = ()
    """Models that read each other in a circle, by id."""
    statistics: dict[str, dict[str, int]]
    """Models by tier, stage and gate, and what is wrong, by kind."""

    @property
    def is_clean(self) -> bool:
        """Whether every manifest loads, every model file is registered, and nothing is overdue or unread."""
        wrong = (self.invalid, self.unregistered, self.unread, self.cycles)
        return not any(wrong) and not any(entry.overdue or entry.twins or entry.problem for entry in self.entries)
