"""Audits, gates and their verification: what puts subject, run, report and attest together."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.policies import load_policy, load_waivers
from assay.api.subjects import load_manifest
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.keys import Signer
    from assay.attest.verify import Verification
    from assay.policy.load import LoadedPolicy
    from assay.record.audit import Audit
    from assay.record.gate import Gate
    from assay.record.policy import Stage
    from assay.run.audit import Job, Run
    from assay.subject.manifest import LoadedManifest

Progress = Callable[[str, int, int], None]
BASELINE = "baseline"


def _quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Evaluation:
    """An audit, the gate drawn from it, and where the bundle was written."""

    audit: Audit
    gate: Gate
    bundle: Path | None
    notes: tuple[str, ...] = ()
    """What the bundle lacks, and why."""


def evaluate(
    manifest: str | Path | LoadedManifest,
    *,
    policies: Sequence[str | Path] = (BASELINE,),
    waivers: Sequence[str | Path] = (),
    out: str | Path | None = None,
    stage: Stage | None = None,
    at: datetime | None = None,
    sign: Signer | None = None,
    trust_model: bool = False,
    progress: Progress = _quiet,
) -> Evaluation:
    """Audit a model, draw the gate, and write the bundle where `out` is given.

    `at` is the clock of waivers, ages and gate; the present where it is not given. A relative path is relative to the
    working directory. Raises AssayError for input that cannot be used and for output that cannot be written.
    """
    from assay.attest.canonical import canonical, digest
    from assay.record.audit import Audit
    from assay.run.audit import Job, audit_id, load, run
    from assay.verdict.gate import draw_gate

    made = datetime.now(UTC).replace(microsecond=0)
    job = Job(
        manifest=load_manifest(manifest) if isinstance(manifest, (str, Path)) else manifest,
        policies=_distinct(load_policy(name) for name in policies),
        waivers=tuple(load_waivers(path) for path in waivers),
        at=_moment(at, made),
        trust_model=trust_model,
        clock=time.perf_counter,
        progress=progress,
    )
    plan = job.plan()
    subject = load(job, plan)
    target = None
    if out is not None:
        target = (
            Path(out) / f"{subject.manifest.identity.id}-{subject.manifest.identity.version}" / audit_id(job, subject)
        )
        _refuse_existing(target)
    measured = run(job, plan, subject)
    audit_json = canonical(measured.audit)
    # from here on the record is what was written, so that `verify` can draw the same gate and report from it
    result = replace(measured, audit=Audit.model_validate_json(audit_json))
    record = result.audit
    gate = draw_gate(
        record,
        audit_digest=digest(audit_json),
        stage=stage or record.subject.stage or "production",
        at=job.at,
        made=made,
        waivers=tuple(waiver for file in job.waivers for waiver in file.waivers),
        timings=result.timings,
    )
    if target is None:
        return Evaluation(record, gate, None)
    notes = _write(target, job, result, audit_json, gate, sign, progress)
    return Evaluation(record, gate, target, notes)


def audit(
    manifest: str | Path | LoadedManifest,
    *,
    policies: Sequence[str | Path] = (BASELINE,),
    waivers: Sequence[str | Path] = (),
    out: str | Path | None = None,
    stage: Stage | None = None,
    at: datetime | None = None,
    sign: Signer | None = None,
    trust_model: bool = False,
) -> Audit:
    """Audit a model and give the record; see `evaluate`."""
    return evaluate(
        manifest, policies=policies, waivers=waivers, out=out, stage=stage, at=at, sign=sign, trust_model=trust_model
    ).audit  # fmt: skip


def gate(
    bundle: str | Path,
    *,
    stage: Stage | None = None,
    at: datetime | None = None,
    waivers: Sequence[str | Path] | None = None,
) -> Gate:
    """Draw the gate of a bundle again, without measuring and without changing it.

    The waivers of the bundle are read again where none are given. Raises AssayError where the bundle is not intact.
    """
    from assay.verdict.gate import draw_gate

    folder = Path(bundle)
    verification = verify(folder)
    if not verification.intact:
        problem = verification.problems[0]
        raise AssayError(f"the bundle is not intact: {problem.what}", where=str(folder / problem.file))
    record, drawn = _record(folder)
    paths = (
        sorted((folder / "policy" / "waivers").glob("*.yaml")) if waivers is None else [Path(path) for path in waivers]
    )
    made = datetime.now(UTC).replace(microsecond=0)
    return draw_gate(
        record,
        audit_digest=drawn.audit,
        stage=stage or drawn.stage,
        at=_moment(at, made),
        made=made,
        waivers=tuple(waiver for path in paths for waiver in load_waivers(path).waivers),
    )


def subject_digest(manifest: str | Path) -> str:
    """The digest that a waiver names: of the manifest and every file it points at."""
    from assay.subject.subject import load_subject

    return load_subject(load_manifest(manifest), roles=(), needs_model=False).digest


def verify(path: str | Path) -> Verification:
    """Check a bundle: every byte against its signature, every outcome against the stored estimates.

    The HTML report is drawn again and compared, where this version of assay wrote it. Raises AssayError where `path`
    is not a bundle.
    """
    from importlib.metadata import version

    from assay.attest.folder import Problem
    from assay.attest.verify import verify as verify_bundle

    found = verify_bundle(Path(path))
    if not found.intact:
        return found
    record, gate = _record(Path(path))
    if record.versions.get("assay") != version("assay"):
        told = f"report.html is of assay {record.versions.get('assay')}; its text was not compared with the record"
        return replace(found, statements=(*found.statements, told))
    drawn = _html(record, gate, found.signers[0].name if found.signers else None)
    if drawn != (Path(path) / "report.html").read_bytes():
        return replace(found, problems=(Problem("report.html", "is not the report of this record"),))
    told = "report.html says what the record says; the text of report.pdf was not compared, only its signature"
    return replace(found, statements=(*found.statements, told))


def _record(folder: Path) -> tuple[Audit, Gate]:
    from assay.record.audit import Audit
    from assay.record.gate import Gate

    record = Audit.model_validate_json((folder / "audit.json").read_bytes())
    return record, Gate.model_validate_json((folder / "gate.json").read_bytes())


def _html(record: Audit, gate: Gate, signer: str | None) -> bytes:
    from assay.report.page import render_html

    return render_html(record, gate, audit_digest=gate.audit, signer=signer).encode()


def _write(
    target: Path, job: Job, result: Run, audit_json: bytes, gate: Gate, sign: Signer | None, progress: Progress
) -> tuple[str, ...]:
    from assay.attest.bundle import write_bundle
    from assay.attest.canonical import canonical
    from assay.report.pdf import render_pdf

    signer = sign.name if sign is not None else None
    notes: list[str] = []
    files = {"audit.json": audit_json, "gate.json": canonical(gate), **result.tables}
    files["policy/model.yaml"] = job.manifest.source.data
    files |= {f"policy/{policy.policy.id}.yaml": policy.source.data for policy in job.policies}
    for number, waivers in enumerate(job.waivers, 1):
        files[f"policy/waivers/{number:02d}.yaml"] = waivers.source.data
    progress("report", 0, 2)
    files["report.html"] = _html(result.audit, gate, signer)
    progress("report", 1, 2)
    try:
        files["report.pdf"] = render_pdf(
            result.audit, gate, audit_json=audit_json, signer=signer, gate_json=files["gate.json"]
        )
    except AssayError as missing:
        notes.append(f"no PDF: {missing}")
    progress("report", 2, 2)
    progress("bundle", 0, 1)
    write_bundle(target, files, signer=sign)
    progress("bundle", 1, 1)
    return tuple(notes)


def _distinct(policies: object) -> tuple[LoadedPolicy, ...]:
    loaded: tuple[LoadedPolicy, ...] = tuple(policies)  # type: ignore[arg-type]
    if not loaded:
        raise AssayError("no policy was given", hint="--policy FILE or --policy PACK; `baseline` is the default")
    ids = [policy.policy.id for policy in loaded]
    for name in ids:
        if ids.count(name) > 1:
            raise AssayError(f"policy {name!r} was given twice", hint="each policy once")
    return loaded


def _moment(at: datetime | None, made: datetime) -> datetime:
    if at is None:
        return made
    if at.tzinfo is None:
        raise AssayError("`at` has no time zone", hint="e.g. 2026-03-31T12:00:00Z")
    return at.astimezone(UTC).replace(microsecond=0)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise AssayError(
            "this audit has been written already", where=str(target), hint="another folder with --out, or another --at"
        )
