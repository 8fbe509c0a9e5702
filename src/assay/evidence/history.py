"""What the ledger tells of earlier audits: of this model, of this test set, and of the policies that are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PastAudit:
    """An audit that the ledger knows of, planned or done."""

    index: int
    """Of its entry."""
    kind: Literal["plan", "audit"]
    days_before: int
    """Whole days from its entry to the audit that looks back."""
    audit: str
    """Its id."""
    model: str
    version: str
    same_model: bool
    same_test_set: bool
    """Whether it used the very test file, by digest."""
    gate: str | None = None
    """How its gate stood; of an audit only."""


@dataclass(frozen=True)
class FixedPolicy:
    """A policy that is applied, and where the ledger first has its digest."""

    policy: str
    digest: str
    index: int | None
    """None: it is not in the ledger yet, and gets there before anything is measured."""


@dataclass(frozen=True)
class History:
    """The ledger as it was before this audit, as far as it concerns it."""

    ledger: str
    """Origin of the ledger."""
    size: int
    """Its number of entries."""
    audits: tuple[PastAudit, ...]
    """By entry, oldest first."""
    policies: tuple[FixedPolicy, ...]
    """By id."""

    def csv(self) -> bytes:
        """Canonical bytes: one line for the ledger, one per policy, one per audit."""
        from assay.evidence.table import table

        rows: list[tuple[object, ...]] = [("ledger", self.size, None, self.ledger, None, None, None, None, None)]
        rows += [("policy", p.index, None, p.policy, None, p.digest, None, None, None) for p in self.policies]
        rows += [
            (a.kind, a.index, a.days_before, a.model, a.version, a.audit, _said(a.same_model), _said(a.same_test_set),
             a.gate)
            for a in self.audits
        ]  # fmt: skip
        return table(HEADER, rows)


HEADER: Sequence[str] = (
    "kind", "entry", "days_before", "name", "version", "digest_or_audit", "same_model", "same_test_set", "gate"
)  # fmt: skip


def _said(holds: bool) -> str:
    return "yes" if holds else "no"
