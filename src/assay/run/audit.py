"""The audit of one subject against its policies: plan, measure, decide, compute again."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import rfc8785

from assay.engines.options import EngineOptions
from assay.evidence.cells import Cells
from assay.evidence.history import History
from assay.evidence.merging import covers, merge
from assay.evidence.request import HistoryRequest, Request
from assay.evidence.telling import told
from assay.evidence.value import Evidence, Unavailable, Value
from assay.evidence.view import SubjectView
from assay.policy.load import LoadedPolicy
from assay.policy.waivers import LoadedWaivers
from assay.record.audit import Audit, Confinement, FileDigest, LawAt
from assay.record.audit import Subject as SubjectRecord
from assay.record.columns import DecisionColumn, Favourable
from assay.record.estimate import Exhibit
from assay.record.finding import WORST_FIRST, Finding
from assay.record.manifest import Manifest
from assay.record.people import Person
from assay.record.policy import TIERS, Stage
from assay.run.applied import applied
from assay.run.consent import require_consent
from assay.run.decide import decide
from assay.run.in_force import choose_law
from assay.run.mitigation import Fitted, mitigation, to_analyse
from assay.run.plan import Plan, make_plan
from assay.run.second import compute_again
from assay.run.tables import evidence_tables
from assay.subject.manifest import LoadedManifest
from assay.subject.subject import Subject, load_subject

if TYPE_CHECKING:
    from assay.engines.measure import Measuring

Progress = Callable[[str, int, int], None]
MEASURING = ("duckdb", "fairlearn", "narwhals", "numpy", "pandas", "scikit-learn", "scipy", "shap", "skops")
AGAIN = ("pandas", "scipy.stats", "sklearn.metrics", "fairlearn.metrics")
"""What the second computation takes, in parts that are imported while the model works."""
SPARK = ("pyspark", "pyspark-client")
"""One of them, where Spark has read the data."""


@dataclass(frozen=True)
class Run:
    """An audit, with what goes into its bundle beside it."""

    audit: Audit
    tables: dict[str, bytes]
    """`evidence/….csv` → bytes."""
    timings: dict[str, float]
    notes: tuple[str, ...] = ()
    """What of the cache could not be believed or kept."""


@dataclass(frozen=True)
class Job:
    """What is to be audited: everything that is read before the data."""

    manifest: LoadedManifest
    policies: tuple[LoadedPolicy, ...]
    waivers: tuple[LoadedWaivers, ...]
    at: datetime
    stage: Stage
    law_at: date | None = None
    """The day whose law is asked for; see `law`."""
    trust_model: bool = False
    engine: EngineOptions = field(default_factory=EngineOptions)
    """With what the evidence is measured."""
    history: History | None = None
    """What the ledger tells; None: there is no ledger."""
    clock: Callable[[], float] = field(default=lambda: 0.0)
    """Seconds, for the timings."""
    progress: Progress = field(default=lambda stage, done, total: None)  # noqa: ARG005
    meanwhile: tuple[Callable[[], None], ...] = ()
    """What has to be done later, and may be while the model works."""

    @property
    def view(self) -> SubjectView:
        """The manifest, as checks see it."""
        return SubjectView(self.manifest.manifest)

    @property
    def law(self) -> LawAt:
        """The day whose law is applied."""
        manifest = self.manifest.manifest
        return choose_law(manifest, stage=self.stage, today=self.at.date(), asked=self.law_at)

    def plan(self) -> Plan:
        """Which controls apply and what they need."""
        tree: dict[str, Any] = self.manifest.source.tree
        place = self.manifest.source.place
        return make_plan(self.policies, self.view, tree, place, self.at.date(), self.law.day)


def load(job: Job, plan: Plan) -> Subject:
    """The subject: what will be read is there and has the digest that the manifest declares."""
    from assay.engines.prepare import prepare

    needs_model = job.engine.scorer is None and plan.needs_model(job.view)
    require_consent(job.manifest, job.engine, plan.roles, needs_model=needs_model)
    roles = [role for role in plan.roles if role not in job.engine.frames]
    subject = load_subject(job.manifest, roles=roles, needs_model=needs_model, trust_model=job.trust_model)
    return prepare(subject, plan.requests, job.engine, roles=plan.roles, progress=job.progress)


def audit_id(job: Job, subject: Subject) -> str:
    """The first 16 digits of the digest of the inputs."""
    inputs: dict[str, Any] = {
        "assay": version("assay"),
        "at": job.at.isoformat(),
        "law_at": job.law.model_dump(mode="json"),
        "subject": subject.digest,
        "policies": [policy.digest for policy in job.policies],
        "waivers": [waivers.digest for waivers in job.waivers],
    }
    if job.engine.run_training:
        inputs["run_training"] = True
    if job.history is not None:
        inputs["history"] = sha256(job.history.csv()).hexdigest()
    return sha256(rfc8785.dumps(inputs)).hexdigest()[:16]


def run(job: Job, plan: Plan, subject: Subject) -> Run:
    """Measure what the plan asks for, decide every control, analyse those that fail, and compute the group metrics a
    second time.
    """
    from assay.engines.measure import measuring

    clock = _Clock(job.clock)
    seed = int.from_bytes(sha256("".join(p.digest for p in job.policies).encode()).digest()[:4], "big")
    asked = [request for request in plan.requests if not isinstance(request, HistoryRequest)]
    notes: list[str] = []
    held: list[Confinement] = []
    with measuring(
        asked,
        subject,
        later=plan.later,
        seed=seed,
        progress=job.progress,
        options=replace(job.engine, meanwhile=(*ready(AGAIN), *job.meanwhile)),
        note=notes.append,
        confined=held.append,
    ) as session:
        with clock("measure"):
            values = session.values()
            if len(asked) < len(plan.requests):
                values[HistoryRequest()] = job.history or Unavailable("a ledger, which `--ledger` names")
        with clock("decide"):
            findings = _decided(job, plan, Evidence(values))
        with clock("analyse"):
            findings = _analysed(job, plan, findings, values, session)
    subject.require_unchanged([role for role in plan.roles if role not in job.engine.frames])
    with clock("second computation"):
        job.progress("second computation", 0, 1)
        pairs = [(planned.needs, found) for planned, found in zip(plan.controls, findings, strict=True)]
        second = compute_again(pairs, Evidence(values), version("fairlearn"))
        job.progress("second computation", 1, 1)
    tables = evidence_tables(values)
    audit = Audit(
        id=audit_id(job, subject),
        at=job.at,
        law_at=job.law,
        subject=_subject_record(subject, values, function=job.engine.scorer is not None),
        policies=tuple(applied(policy, job.law.day, job.at.date()) for policy in job.policies),
        findings=tuple(sorted(findings, key=_worst_first)),
        second_computation=second,
        evidence=tuple(_digest(told(request), name, data) for name, (request, data) in sorted(tables.items())),
        waiver_files=tuple(_digest("waivers", waivers.source.name, waivers.source.data) for waivers in job.waivers),
        versions=_versions(job.engine),
        confinement=held[0] if held else None,
        seed=f"{seed}: the first 32 bits of the SHA-256 of the digests of all policies, one after the other",
        manifest=subject.manifest.model_dump(mode="json", by_alias=True, exclude_none=True),
    )
    return Run(audit, {name: data for name, (_, data) in tables.items()}, clock.seconds, tuple(notes))


def _decided(job: Job, plan: Plan, evidence: Evidence) -> list[Finding]:
    findings = []
    for done, planned in enumerate(plan.controls):
        job.progress("decide", done, len(plan.controls))
        findings.append(decide(planned, evidence, job.view, job.progress))
    job.progress("decide", len(plan.controls), len(plan.controls))
    return findings


def _analysed(
    job: Job, plan: Plan, findings: Sequence[Finding], values: dict[Request, Value], session: Measuring
) -> list[Finding]:
    """The findings, those that fail with what other decisions could reach; what is read for it joins `values`."""
    pairs = list(zip(findings, (planned.parameters for planned in plan.controls), strict=True))
    chosen = to_analyse(sorted(pairs, key=lambda pair: _worst_first(pair[0])), job.view, plan.scored)
    asked = [request for *_, one in chosen for request in one.requests]
    lacking = merge([request for request in asked if not any(covers(known, request) for known in values)])
    values.update(session.analysis(lacking))
    evidence, fitted = Evidence(values), Fitted()
    made: dict[str, Exhibit | None] = {}
    for done, (finding, grouping, one) in enumerate(chosen):
        job.progress("analyse", len(lacking) + done, len(lacking) + len(chosen))
        made[finding.id] = mitigation(finding, grouping, one, evidence, job.view, fitted)
    return [
        finding.model_copy(update={"mitigation": (exhibit,)}) if (exhibit := made.get(finding.id)) else finding
        for finding in findings
    ]


def ready(modules: Iterable[str]) -> tuple[Callable[[], None], ...]:
    """What imports each of the modules where it is there; who needs what is missing says so."""

    def imported(module: str) -> None:
        with suppress(ImportError, OSError):
            import_module(module)

    return tuple(partial(imported, module) for module in modules)


class _Clock:
    """Seconds per step; they go into gate.json, never into the audit."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        begun = self._now()
        yield
        self.seconds[step] = round(self._now() - begun, 3)


def _versions(options: EngineOptions) -> dict[str, str]:
    """Of what measured."""
    versions = {"assay": version("assay"), "python": platform.python_version(), **{n: version(n) for n in MEASURING}}
    if options.spark or options.frames:
        for name in SPARK:
            with suppress(PackageNotFoundError):
                versions[name] = version(name)
    return versions


def _worst_first(finding: Finding) -> tuple[int, int]:
    return WORST_FIRST.index(finding.outcome), -TIERS.index(finding.severity)


def _digest(role: str, path: str, data: bytes) -> FileDigest:
    return FileDigest(role=role, path=path, digest="sha256:" + sha256(data).hexdigest())


def _subject_record(subject: Subject, values: dict[Request, Value], *, function: bool) -> SubjectRecord:
    manifest = subject.manifest
    owners = manifest.owners
    people: list[Person] = []
    if owners is not None:
        alone = (owners.business, owners.technical, owners.sponsor)
        people += [person for person in alone if person is not None]
        people += [*(owners.developer or ()), *(owners.validator or ()), *(owners.sme or ())]
    return SubjectRecord(
        id=manifest.identity.id,
        name=manifest.identity.name,
        version=manifest.identity.version,
        digest=subject.digest,
        tier=manifest.risk.tier if manifest.risk else None,
        stage=manifest.lifecycle.stage if manifest.lifecycle else None,
        owners=tuple({person.id: person for person in people}.values()),
        summary=_summary(manifest, values, function=function),
        files=subject.files,
    )


def _summary(manifest: Manifest, values: dict[Request, Value], *, function: bool) -> tuple[tuple[str, str], ...]:
    """What the cover says of the subject, in this order; what the manifest does not say is left out."""
    told: dict[str, str | None] = {}
    purpose, model, columns = manifest.purpose, manifest.model, manifest.columns
    if purpose is not None:
        told["Purpose"] = purpose.context
        told["Intended use"] = _listed(purpose.intended_use)
        told["Prohibited use"] = _listed(purpose.prohibited_use)
    if model is not None:
        told["Model"] = model.algorithm
        told["Limitations"] = _listed(model.limitations)
    told["Scores asked of"] = _asked(manifest, function=function)
    if columns is not None and columns.label is not None and columns.label.favourable is not None:
        told["Favourable outcome"] = f"{columns.label.column} is {columns.label.favourable}"
    if columns is not None and columns.decision is not None:
        told["Favourable decision"] = _decision(columns.decision)
    for role, dataset in manifest.data.items():
        period = f"{dataset.period.start} to {dataset.period.end}" if dataset.period else None
        facts = (dataset.origin, period, dataset.kind, dataset.licence)
        told[f"{role} data".capitalize()] = _listed(tuple(fact for fact in facts if fact))
        told[f"Known gaps of the {role} data"] = _listed(dataset.known_gaps)
    for request, value in values.items():
        if isinstance(value, Cells) and getattr(request, "where", None) is None:
            told.setdefault(f"People in the {getattr(request, 'data', '')} data", str(value.total))
    dates = manifest.lifecycle.dates if manifest.lifecycle else None
    if dates is not None and dates.last_validation is not None:
        told["Last validated"] = dates.last_validation.isoformat()
    return tuple((name, text) for name, text in told.items() if text)


def _asked(manifest: Manifest, *, function: bool) -> str | None:
    """What gives scores and has no digest: the same question may be answered otherwise tomorrow."""
    score = manifest.columns.score if manifest.columns else None
    if score is None or score.from_ is None:
        return None
    if function:
        return "a Python function of whoever made this audit, in the place of the model (no digest)"
    stages = manifest.pipeline.stages if manifest.pipeline else ()
    asked = [*(stage.endpoint for stage in stages), manifest.identity.endpoint]
    return _listed(tuple(f"{each.url} (no digest)" for each in asked if each is not None))


def _listed(texts: tuple[str, ...] | None) -> str | None:
    return "; ".join(texts) if texts else None


def _decision(decision: DecisionColumn) -> str:
    if not isinstance(decision.favourable, Favourable):
        return f"{decision.column} is {decision.favourable}"
    cut = decision.favourable.model_dump(exclude_none=True)
    return "score " + " ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in cut.items())
