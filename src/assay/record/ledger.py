"""Entries of the ledger: what was fixed, by digest, and when."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from assay.record.artefact import DIGEST
from assay.record.finding import Outcome
from assay.record.frozen import FilePath, Frozen, Id, Line, Moment, Name, Version

EntryKind = Literal["policy", "study_plan", "plan", "audit", "waivers", "sign_offs", "attestations"]
LARGEST_ENTRY = 65_535
"""Bytes of an entry's canonical JSON."""

_Digest = Annotated[str, Field(pattern=DIGEST)]


class LoggedFile(Frozen):
    """A file of the subject."""

    role: Name
    """E.g. `manifest`, `data.test`, `model`, `docs.intended_use`."""
    path: FilePath
    """As the manifest names it."""
    digest: _Digest


class Entry(Frozen):
    """One entry. Its canonical JSON (RFC 8785) is the leaf of the Merkle tree. It holds no secret and nobody's name."""

    assay: Literal["ledger-entry/v1"] = "ledger-entry/v1"
    kind: EntryKind
    made: Moment
    """The real time by the writer's clock."""
    digest: _Digest
    """Of the policy file, the plan of a study or an audit, audit.json, or the file of waivers, sign-offs or
    attestations."""
    name: Line
    """E.g. `retail-credit 2.3.0`: of the policy; for a plan and an audit, that of the model and its version."""
    audit: Id | None = None
    """Id of the audit that a plan or an audit belongs to."""
    model: Id | None = None
    """`identity.id` of the model."""
    version: Version | None = None
    """Version of the model."""
    subject: _Digest | None = None
    """Digest of the subject."""
    policies: tuple[_Digest, ...] = Field(default=(), max_length=200)
    """Of a study plan, a plan and an audit: the policies applied."""
    files: tuple[LoggedFile, ...] = Field(default=(), max_length=400)
    """Of a plan and an audit: the data and model files; `subject` covers them and the papers."""
    outcomes: dict[Outcome, Annotated[int, Field(ge=0, le=1_000_000)]] = Field(default_factory=dict)
    """Of an audit: outcome → number of controls."""
    gate: Literal["open", "closed"] | None = None
    """Of an audit: how its gate stood when it was made."""

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        of_a_model = (self.audit, self.model, self.version, self.subject)
        if self.kind in ("plan", "audit"):
            if None in of_a_model or not self.policies:
                raise ValueError(f"an entry of kind {self.kind} names audit, model, version, subject and policies")
        elif self.kind == "study_plan":
            if None in (self.model, self.version) or not self.policies:
                raise ValueError("an entry of kind study_plan names model, version and policies")
            if self.audit or self.subject or self.files:
                raise ValueError("an entry of kind study_plan comes before any data: it names no audit and no files")
        elif any(of_a_model) or self.policies or self.files:
            raise ValueError(f"an entry of kind {self.kind} speaks of one file, not of an audit")
        if (self.kind == "audit") != (self.gate is not None) or (self.outcomes and self.kind != "audit"):
            raise ValueError("an audit, and nothing else, has outcomes and a gate")
        return self
