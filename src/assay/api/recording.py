"""The ledger of an audit: what it tells beforehand, what is written into it before and after measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assay.api.ledgers import LEDGER, own_key

if TYPE_CHECKING:
    from assay.attest.ledger import Ledger, LedgerKey
    from assay.evidence.history import History
    from assay.policy.load import LoadedPolicy
    from assay.record.audit import Audit
    from assay.record.gate import Gate
    from assay.record.ledger import Entry, EntryKind, LoggedFile
    from assay.record.study import StudyPlan
    from assay.run.audit import Job
    from assay.run.plan import Plan
    from assay.subject.subject import Subject

TEST_DATA = "data.test"
ENTRY, PROOF = "ledger/entry.json", "ledger/proof.txt"


@dataclass(frozen=True)
class Recorder:
    """An open ledger, the key that signs its checkpoints, and the real time of the audit."""

    ledger: Ledger
    key: LedgerKey | None
    made: datetime

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def history(self, job: Job, subject: Subject) -> History:
        """What the ledger tells before anything of this audit is written into it."""
        from assay.evidence.history import FixedPolicy, History, PastAudit

        model = subject.manifest.identity.id
        test = next((file.digest for file in subject.files if file.role == TEST_DATA), None)
        first: dict[str, int] = {}
        audits: list[PastAudit] = []
        size = 0
        for index, entry in self.ledger.entries():
            size = index + 1
            if entry.kind == "policy":
                first.setdefault(entry.digest, index)
            if entry.kind not in ("plan", "audit"):
                continue
            same_test = any(file.role == TEST_DATA and file.digest == test for file in entry.files)
            if entry.model == model or same_test:
                audits.append(
                    PastAudit(
                        index=index,
                        kind="plan" if entry.kind == "plan" else "audit",
                        days_before=(job.at.date() - entry.made.date()).days,
                        audit=entry.audit or "",
                        model=entry.model or "",
                        version=entry.version or "",
                        same_model=entry.model == model,
                        same_test_set=same_test,
                        gate=entry.gate,
                        **_outcomes(entry),
                    )
                )
        policies = tuple(
            FixedPolicy(policy.policy.id, policy.digest, first.get(policy.digest)) for policy in job.policies
        )
        return History(self.ledger.origin, size, tuple(audits), policies)

    def before(self, job: Job, plan: Plan, subject: Subject, audit: str) -> None:
        """Write policies, waivers and the plan into the ledger, so that they provably come before the measuring."""
        from assay.attest.canonical import canonical, digest
        from assay.record.ledger import Entry

        entries = self._policies(job.policies)
        entries += [
            Entry(kind="waivers", made=self.made, digest=file.digest, name=file.source.name) for file in job.waivers
        ]
        planned = {
            "audit": audit,
            "at": job.at.isoformat(),
            "law_at": job.law.model_dump(mode="json"),
            "stage": job.stage,
            "subject": subject.digest,
            "policies": [policy.digest for policy in job.policies],
            "controls": [f"{one.policy.policy.id}/{one.control.id}" for one in plan.controls],
        }
        told = self._entry("plan", digest(canonical(planned)), audit, job, subject)
        self.ledger.append([*self._new(entries), told])

    def study(self, plan: StudyPlan, policies: Sequence[LoadedPolicy]) -> int:
        """Write the plan of a study, so that it provably comes before the data are read; gives the entry's index."""
        from assay.attest.canonical import canonical, digest
        from assay.record.ledger import Entry

        told = Entry(
            kind="study_plan",
            made=self.made,
            digest=digest(canonical(plan)),
            name=f"{plan.model} {plan.version}",
            model=plan.model,
            version=plan.version,
            policies=tuple(policy.digest for policy in policies),
        )
        *_, index = self.ledger.append([*self._new(self._policies(policies)), told])
        return index

    def _policies(self, policies: Sequence[LoadedPolicy]) -> list[Entry]:
        from assay.record.ledger import Entry

        return [
            Entry(kind="policy", made=self.made, digest=one.digest, name=f"{one.policy.id} {one.policy.version}")
            for one in policies
        ]

    def _new(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those files that the ledger does not hold yet."""
        known = {entry.digest for _, entry in self.ledger.entries() if entry.kind in ("policy", "waivers")}
        return [entry for entry in entries if entry.digest not in known]

    def after(self, job: Job, subject: Subject, audit: Audit, gate: Gate) -> dict[str, bytes]:
        """Write the audit into the ledger; gives its entry and, where there is a key, the proof, for the bundle."""
        from assay.attest.canonical import canonical
        from assay.attest.ledger import prove

        outcomes = [finding.outcome for finding in audit.findings]
        counted = {one: outcomes.count(one) for one in sorted(set(outcomes))}
        told = self._entry("audit", gate.audit, audit.id, job, subject, outcomes=counted, gate=gate.state)
        (index,) = self.ledger.append([told])
        files = {ENTRY: canonical(told)}
        if self.key is not None:
            files[PROOF] = prove(self.ledger, index, self.key)
        return files

    def _entry(self, kind: EntryKind, digest: str, audit: str, job: Job, subject: Subject, **more: Any) -> Entry:
        from assay.record.ledger import Entry

        identity = subject.manifest.identity
        return Entry(
            kind=kind,
            made=self.made,
            digest=digest,
            name=f"{identity.id} {identity.version}",
            audit=audit,
            model=identity.id,
            version=identity.version,
            subject=subject.digest,
            policies=tuple(policy.digest for policy in job.policies),
            files=_logged(subject),
            **more,
        )


def _outcomes(entry: Entry) -> dict[str, int]:
    """How many controls of an audit passed, failed and stayed open; nothing of a plan."""
    if entry.kind != "audit":
        return {}
    counted = entry.outcomes
    undecided = counted.get("inconclusive", 0) + counted.get("error", 0)
    return {"passed": counted.get("pass", 0), "failed": counted.get("fail", 0), "open": undecided}


def open_recorder(
    address: str | Path | None, out: str | Path | None, made: datetime, *, key: str | Path | None = None
) -> Recorder | None:
    """The ledger that is named, else the one that lies beside the bundles; None where there is none."""
    from assay.attest.ledger import open_ledger, read_key

    if address is None:
        beside = None if out is None else Path(out) / Path(LEDGER).name
        if beside is None or not beside.exists():
            return None
        address = beside
    signing = own_key(str(address)) if key is None else read_key(Path(key))
    return Recorder(open_ledger(address), signing, made)


def _logged(subject: Subject) -> tuple[LoggedFile, ...]:
    """Data and model: what a history asks for. The digest of the subject covers the papers as well."""
    from assay.record.ledger import LoggedFile

    return tuple(
        LoggedFile(role=file.role, path=file.path, digest=file.digest)
        for file in subject.files
        if not file.role.startswith("docs.")
    )
