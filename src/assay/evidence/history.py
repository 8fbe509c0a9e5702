"""What the ledger tells of earlier audits: of this model, of this test set, and of the policies that are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assay.evidence.table import UnreadableTable, as_count, as_name, as_optional_count, as_text, lines_of, table


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
    """How its gate stood; of an audit only, as its outcomes."""
    passed: int | None = None
    """Controls that passed."""
    failed: int | None = None
    open: int | None = None
    """Controls that are inconclusive or ended in an error."""


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
        rows: list[tuple[object, ...]] = [("ledger", self.size, None, self.ledger, *(None,) * 8)]
        rows += [("policy", p.index, None, p.policy, None, p.digest, *(None,) * 6) for p in self.policies]
        rows += [
            (a.kind, a.index, a.days_before, a.model, a.version, a.audit, _said(a.same_model), _said(a.same_test_set),
             a.gate, a.passed, a.failed, a.open)
            for a in self.audits
        ]  # fmt: skip
        return table(HEADER, rows)


HEADER: Sequence[str] = (
    "kind", "entry", "days_before", "name", "version", "digest_or_audit", "same_model", "same_test_set", "gate",
    "passed", "failed", "open",
)  # fmt: skip


def _said(holds: bool) -> str:
    return "yes" if holds else "no"


def read_history(data: bytes) -> History:
    """The ledger, the policies, the earlier audits."""
    header, *lines = lines_of(data)
    if header != list(HEADER) or not lines or lines[0][0] != "ledger":
        raise UnreadableTable("its header is not that of a ledger's history")
    policies, audits = [], []
    for kind, index, days, name, version, digest, same_model, same_test_set, gate, *outcomes in lines[1:]:
        if kind == "policy":
            policies.append(FixedPolicy(as_name(name), as_name(digest), as_optional_count(index)))
            continue
        was: Literal["plan", "audit"] = "plan" if kind == "plan" else "audit"
        before = -as_count(days[1:]) if days.startswith("-") else as_count(days)
        same = same_model == "yes", same_test_set == "yes"
        audits.append(
            PastAudit(
                as_count(index),
                was,
                before,
                as_name(digest),
                as_name(name),
                as_name(version),
                *same,
                as_text(gate),
                *map(as_optional_count, outcomes),
            )
        )
    return History(as_name(lines[0][3]), as_count(lines[0][1]), tuple(audits), tuple(policies))
