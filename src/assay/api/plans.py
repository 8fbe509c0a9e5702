"""What an audit will read, and how many people its policies need, before it reads anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import moment
from assay.api.policies import load_policies
from assay.api.subjects import load_manifest
from assay.source.told import quoting

REPORTS = "reports"
"""Where a ledger lies unless somebody says otherwise."""

if TYPE_CHECKING:
    from assay.record.policy import Stage
    from assay.record.study import StudyPlan
    from assay.run.audit import Job
    from assay.run.explain import Explanation
    from assay.subject.manifest import LoadedManifest


def explain_plan(
    manifest: str | Path | LoadedManifest,
    *,
    policies: Sequence[str | Path],
    stage: Stage | None = None,
    at: datetime | None = None,
    law_at: date | None = None,
) -> Explanation:
    """The scans of an audit with these arguments, and which controls need each. No data are read and nothing written.

    Raises AssayError for a manifest or a policy that cannot be used.
    """
    from assay.run.explain import explain

    job = _job(manifest, policies, stage, at, law_at)
    with quoting(job.manifest.source):
        return explain(job.plan(), job.manifest.manifest)


def study_plan(
    manifest: str | Path | LoadedManifest,
    *,
    policies: Sequence[str | Path],
    rate: float = 0.3,
    power: float = 0.8,
    people: Mapping[str, Mapping[str, int]] | None = None,
    each: int | None = None,
    stage: Stage | None = None,
    at: datetime | None = None,
    ledger: str | Path | None = None,
) -> tuple[StudyPlan, int | None]:
    """How many people every comparison of rates needs, and the index of the ledger's entry, where there is a ledger.

    `rate` is assumed of the reference; `people`: grouping → group → people, where sizes are known; `each`: the size of
    every other group. No data are read. Raises AssayError for a manifest, a policy or sizes that cannot be used.
    """
    from assay.api.recording import open_recorder
    from assay.run.planning import study_of

    now = datetime.now(UTC).replace(microsecond=0)
    job = _job(manifest, policies, stage, at, None)
    with quoting(job.manifest.source):
        plan = job.plan()
    found = study_of(
        plan, job.manifest.manifest, job.policies, rate=rate, power=power, people=people or {}, each=each
    )  # fmt: skip
    recorder = open_recorder(ledger, REPORTS, now)
    if recorder is None:
        return found, None
    with recorder:
        return found, recorder.study(found, job.policies)


def _job(
    manifest: str | Path | LoadedManifest,
    policies: Sequence[str | Path],
    stage: Stage | None,
    at: datetime | None,
    law_at: date | None,
) -> Job:
    from assay.run.audit import Job
    from assay.run.in_force import stage_of

    loaded = load_manifest(manifest) if isinstance(manifest, (str, Path)) else manifest
    return Job(
        manifest=loaded,
        policies=load_policies(policies),
        waivers=(),
        at=moment(at, datetime.now(UTC).replace(microsecond=0)),
        stage=stage_of(loaded.manifest, stage),
        law_at=law_at,
    )
