"""What an audit will read, before it reads anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import moment
from assay.api.policies import load_policies
from assay.api.subjects import load_manifest
from assay.source.told import quoting

if TYPE_CHECKING:
    from assay.record.policy import Stage
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
    from assay.run.audit import Job
    from assay.run.explain import explain
    from assay.run.in_force import stage_of

    loaded = load_manifest(manifest) if isinstance(manifest, (str, Path)) else manifest
    job = Job(
        manifest=loaded,
        policies=load_policies(policies),
        waivers=(),
        at=moment(at, datetime.now(UTC).replace(microsecond=0)),
        stage=stage_of(loaded.manifest, stage),
        law_at=law_at,
    )
    with quoting(loaded.source):
        return explain(job.plan(), loaded.manifest)
