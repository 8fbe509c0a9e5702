"""`model.yaml` → Manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from assay.errors import ManifestError
from assay.record.manifest import Manifest
from assay.source import Source, read_model, read_source


@dataclass(frozen=True)
class LoadedManifest:
    """A manifest with the folder that its paths count from."""

    manifest: Manifest
    source: Source
    """Its places are without folder: `model.yaml:12:5`."""
    folder: Path
    digest: str
    """`sha256:…` of the file's bytes."""


def load_manifest(path: Path) -> LoadedManifest:
    """Load a manifest. Raises ManifestError, or Problems where there are several, each with line and column."""
    return read_manifest(read_source(path, error=ManifestError), path.parent)


def read_manifest(source: Source, folder: Path) -> LoadedManifest:
    """A manifest from its source; `folder` is where its paths count from."""
    manifest = read_model(source, Manifest, error=ManifestError)
    short = replace(source, name=Path(source.name).name)
    return LoadedManifest(manifest, short, folder, "sha256:" + sha256(source.data).hexdigest())
