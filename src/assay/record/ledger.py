"""Entries of the ledger: what was fixed, by digest, and when."""

from typing import Literal

from pydantic import Field

from assay.record.artefact import Digest
from assay.record.audit import FileDigest
from assay.record.frozen import Frozen, Moment

EntryKind = Literal["policy", "plan", "audit", "waivers", "sign_offs", "attestations"]


class Entry(Frozen):
    """One entry. Its canonical JSON (RFC 8785) is the leaf of the Merkle tree. It holds no secret and nobody's name."""

    assay: Literal["ledger-entry/v1"] = "ledger-entry/v1"
    kind: EntryKind
    made: Moment
    """The real time by the writer's clock."""
    digest: Digest
    """Of the policy file, the plan, audit.json, or the file of waivers, sign-offs or attestations."""
    name: str
    """E.g. `retail-credit 2.3.0`: of the policy; for a plan and an audit, that of the model and its version."""
    audit: str | None = None
    """Id of the audit that a plan or an audit belongs to."""
    model: str | None = None
    """`identity.id` of the model."""
    version: str | None = None
    """Version of the model."""
    subject: Digest | None = None
    """Digest of the subject."""
    policies: tuple[Digest, ...] = ()
    """Of a plan and an audit: the policies applied."""
    files: tuple[FileDigest, ...] = ()
    """Of a plan and an audit: the files of the subject (data, model, papers)."""
    outcomes: dict[str, int] = Field(default_factory=dict)
    """Of an audit: outcome → number of controls."""
    gate: Literal["open", "closed"] | None = None
    """Of an audit: how its gate stood when it was made."""
