"""Manifests and what they point at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.run.starting import Start
    from assay.subject.manifest import LoadedManifest


def load_manifest(path: str | Path) -> LoadedManifest:
    """Read `model.yaml`; raises ManifestError with the place of every error."""
    from assay.subject.manifest import load_manifest as load

    return load(Path(path))


def load_data(
    path: str | Path,
    *,
    label: str | None = None,
    decision: str | None = None,
    score: str | None = None,
    groups: str | None = None,
) -> LoadedManifest:
    """Make the manifest of a data file from what its columns mean: `decision="decision=approve"`, `groups="sex"`."""
    from assay.subject.from_data import load_data as load

    return load(Path(path), label=label, decision=decision, score=score, groups=groups)


def start_manifest(
    folder: str | Path,
    *,
    out: str | Path | None = None,
    policies: Sequence[str | Path] = ("baseline",),
    data: str | Path | None = None,
    model: str | Path | None = None,
    label: str | None = None,
    decision: str | None = None,
    score: str | None = None,
    groups: str | None = None,
    today: date | None = None,
) -> Start:
    """Draft a manifest from what lies in a folder: facts as keys, blanks as comments that say which control asks.

    Nothing is written; `out` is where the text is meant to stand, `model.yaml` in the folder where it is not given.
    Raises AssayError where a named file cannot be used, or an option names no column of the data.
    """
    from assay.policy.load import load_policies
    from assay.run.starting import Asked, start
    from assay.subject.from_data import columns_of

    root = Path(folder)
    return start(
        Asked(
            folder=root,
            out=root / "model.yaml" if out is None else Path(out),
            policies=load_policies(policies),
            today=today or datetime.now(UTC).date(),
            data=None if data is None else Path(data),
            model=None if model is None else Path(model),
            columns=columns_of(label=label, decision=decision, score=score, groups=groups),
        )
    )
