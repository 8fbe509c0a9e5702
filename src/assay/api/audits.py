"""Audits and their bundles: what puts subject, run, report and attest together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import html, moment, prepare, rendered_pdf
from assay.api.evaluations import Evaluation
from assay.api.logs import log_evaluation, log_job, logged
from assay.api.policies import load_policies
from assay.api.recording import open_recorder
from assay.api.signing import Signatory, authority_at
from assay.api.subjects import load_manifest
from assay.api.waivers import load_waiver_files
from assay.errors import AssayError
from assay.source.told import quoting

if TYPE_CHECKING:
    from assay.attest.keys import Signer
    from assay.engines.options import EngineOptions
    from assay.record.frozen import Scalar
    from assay.record.gate import Gate
    from assay.record.policy import Stage
    from assay.record.signature import Meaning
    from assay.run.audit import Job, Run
    from assay.subject.manifest import LoadedManifest
    from assay.subject.subject import Subject

Progress = Callable[[str, int, int], None]
BASELINE = "baseline"


def _quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def audit(
    manifest: str | Path | LoadedManifest | None = None,
    *,
    model: object = None,
    X: object = None,  # noqa: N803
    y: object = None,
    groups: object = None,
    favourable: Scalar | None = None,
    score_of: Scalar | None = None,
    decision: Mapping[str, float] | None = None,
    weights: object = None,
    edges: Mapping[str, Sequence[float]] | None = None,
    name: str | None = None,
    version: str | None = None,
    policies: Sequence[str | Path] = (BASELINE,),
    waivers: Sequence[str | Path] = (),
    out: str | Path | None = None,
    stage: Stage | None = None,
    at: datetime | None = None,
    law_at: date | None = None,
    sign: Signer | None = None,
    meaning: Meaning = "author",
    tsa: str | None = None,
    trust_model: bool = False,
    engine: EngineOptions | None = None,
    ledger: str | Path | None = None,
    ledger_key: str | Path | None = None,
    pdf: bool = True,
    progress: Progress = _quiet,
) -> Evaluation:
    """Audit a model, draw the gate, and write the bundle where `out` is given.

    The model is described by a `manifest`, or handed over: a fitted classifier or a function as `model`, its inputs
    `X`, the labels `y`, `groups` as columns of their own or as names of columns of X, numbers among them with `edges`.
    `favourable` is the label that is good for the person, `score_of` the label whose probability the scores are (the
    favourable one where a classifier decides by itself), `decision` a cut such as `{"below": 0.15}`; without one the
    model's own `predict` decides. It is asked in this process, is never stored, and has no digest.

    `at` is the clock of waivers, ages and gate; the present where it is not given. `law_at` is the day whose law is
    applied; where it is not given, the last day of the data decided on, else the day of `at`. Policies and plan are
    written into the `ledger`, where there is one, before anything is measured, and the audit after; where none is named
    it is the `ledger.sqlite` in `out`, if that is there. A relative path is relative to the working directory.
    `engine` says with how much memory, which cluster and which cache the evidence is measured, which servers may be
    asked, and whether the manifest's training may be run again. Without `pdf` the report is HTML alone.
    Raises AssayError for input that cannot be used and for output that cannot be written.
    """
    from assay.api.objects import taken
    from assay.engines.options import EngineOptions
    from assay.run.audit import Job, ready
    from assay.run.in_force import stage_of
    from assay.subject.objects import Objects

    made = datetime.now(UTC).replace(microsecond=0)
    signatory = None if sign is None else Signatory(sign, meaning, authority_at(tsa))
    objects = Objects(model, X, y, groups, favourable, score_of, decision, weights, edges or {}, name, version)
    engine = engine or EngineOptions()
    with taken(manifest, objects, engine) as given:
        loaded = load_manifest(given.manifest) if isinstance(given.manifest, (str, Path)) else given.manifest
        job = Job(
            manifest=loaded,
            policies=load_policies(policies),
            waivers=tuple(sorted(load_waiver_files(waivers), key=lambda file: (file.digest, file.source.name))),
            at=moment(at, made),
            stage=stage_of(loaded.manifest, stage),
            law_at=law_at,
            trust_model=trust_model,
            engine=engine,
            clock=time.perf_counter,
            meanwhile=(
                prepare,
                *ready(("assay.attest.bundle", *("weasyprint",) * pdf, *("pyhanko.sign",) * (sign is not None))),
            ),
            progress=logged(progress),
        )
        log_job(job)
        done = _audited(job, made, signatory, out=out, ledger=ledger, ledger_key=ledger_key, pdf=pdf)
        done = replace(done, notes=(*given.notes, *done.notes))
    log_evaluation(done)
    return done


def _audited(
    job: Job,
    made: datetime,
    signatory: Signatory | None,
    *,
    out: str | Path | None,
    ledger: str | Path | None,
    ledger_key: str | Path | None,
    pdf: bool,
) -> Evaluation:
    """Plan, measure, draw the gate, write. Errors quote the manifest, also one that was made of options or objects."""
    from assay.attest.canonical import canonical, digest
    from assay.attest.contents import LARGEST_RECORD
    from assay.evidence.request import HistoryRequest
    from assay.record.audit import Audit
    from assay.run.audit import audit_id, load, run
    from assay.verdict.gate import draw_gate

    given = _waiver_files(job)
    with quoting(job.manifest.source):
        plan = job.plan()
        subject = load(job, plan)
    with open_recorder(ledger, out, made, key=ledger_key) or nullcontext() as recorder:
        if recorder is not None and HistoryRequest() in plan.requests:
            job = replace(job, history=recorder.history(job, subject))
        target = None if out is None else Path(out) / _name(subject) / audit_id(job, subject)
        if target is not None:
            _refuse_existing(target)
        if recorder is not None:
            recorder.before(job, plan, subject, audit_id(job, subject))
        with quoting(job.manifest.source):
            measured = run(job, plan, subject)
        audit_json = canonical(measured.audit)
        if len(audit_json) > LARGEST_RECORD:
            raise AssayError(
                f"the record has {len(audit_json) // 10**6} MB; more than {LARGEST_RECORD // 10**6} MB nobody verifies",
                hint="Fewer groups, or a named reference, make fewer comparisons.",
            )
        # from here on the record is what was written, so that `verify` can draw the same gate and report from it
        result = replace(measured, audit=Audit.model_validate_json(audit_json))
        gate = draw_gate(
            result.audit,
            audit_digest=digest(audit_json),
            stage=job.stage,
            at=job.at,
            made=made,
            waivers=tuple(waiver for file in job.waivers for waiver in file.decisions),
            timings=result.timings,
        )
        given |= {"audit.json": audit_json}
        if recorder is not None:
            given |= recorder.after(job, subject, result.audit, gate)
    if target is None:
        return Evaluation(result.audit, gate, None, result.notes)
    notes = _write(target, job, result, given, gate, signatory, job.progress, pdf=pdf)
    return Evaluation(result.audit, gate, target, (*result.notes, *notes))


def subject_digest(manifest: str | Path) -> str:
    """The digest that a waiver names: of the manifest and every file it points at."""
    from assay.subject.subject import load_subject

    return load_subject(load_manifest(manifest), roles=(), needs_model=False).digest


def _waiver_files(job: Job) -> dict[str, bytes]:
    """The waivers of a bundle, with the signatures that lie beside them."""
    files: dict[str, bytes] = {}
    for number, waivers in enumerate(job.waivers, 1):
        from assay.attest.detached import carried

        name = f"policy/waivers/{number:02d}.yaml"
        files |= {name: waivers.source.data, **carried(waivers.path, waivers.source.data, name)}
    return files


def _write(
    target: Path,
    job: Job,
    result: Run,
    given: dict[str, bytes],
    gate: Gate,
    signatory: Signatory | None,
    progress: Progress,
    *,
    pdf: bool,
) -> tuple[str, ...]:
    """Write the bundle; `given` holds audit.json, the waivers and what the ledger gave."""
    from assay.attest.bundle import write_bundle
    from assay.attest.canonical import canonical

    signing = None if signatory is None else signatory.signing()
    proof = given.get("ledger/proof.txt")
    notes: list[str] = []
    files = {**given, "gate.json": canonical(gate), **result.tables}
    files["policy/model.yaml"] = job.manifest.source.data
    files |= {f"policy/{policy.policy.id}.yaml": policy.source.data for policy in job.policies}
    progress("report", 0, 1 + pdf)
    files["report.html"] = html(result.audit, gate, signing, proof)
    if pdf:
        progress("report", 1, 2)
        try:
            files["report.pdf"] = rendered_pdf(
                result.audit, gate, audit_json=given["audit.json"], gate_json=files["gate.json"], signing=signing,
                proof=proof,
            )  # fmt: skip
        except AssayError as missing:
            notes.append(f"no PDF: {missing}")
    progress("report", 1 + pdf, 1 + pdf)
    progress("bundle", 0, 1)
    if signatory is None:
        write_bundle(target, files, signer=None)
    else:
        write_bundle(target, files, signer=signatory.signer, signing=signing, authority=signatory.authority)
    progress("bundle", 1, 1)
    return tuple(notes)


def _name(subject: Subject) -> str:
    return f"{subject.manifest.identity.id}-{subject.manifest.identity.version}"


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise AssayError(
            "this audit has been written already", where=str(target), hint="another folder with --out, or another --at"
        )
