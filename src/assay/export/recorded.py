"""What an export is made from: a record, the gate drawn on it, and where its texts lie in the reader's repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.record.audit import Audit
from assay.record.comparison import AuditDifference
from assay.record.gate import Gate


@dataclass(frozen=True)
class Recorded:
    """An audit and its gate, as they were written. Exports compute nothing beyond them."""

    audit: Audit
    gate: Gate
    audit_digest: str
    """SHA-256 of audit.json, in hexadecimal digits."""
    manifest_path: str | None = None
    """The manifest as a path from the root of the repository, with `/`; None where nobody said it."""
    policy_paths: Mapping[str, str] = field(default_factory=dict)
    """Policy id → its file as such a path; a shipped pack has none."""
    difference: AuditDifference | None = None
    """What differs from an earlier audit, such as that of the branch that a change goes to: `api.comparing.diff`."""
    report: str | None = None
    """Where the whole report can be read: an address or a path that a reader may follow."""
