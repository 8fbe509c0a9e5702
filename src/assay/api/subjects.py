"""Manifests and what they point at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
