"""Waiver files: their own files, so that other people can own them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from assay.errors import AssayError, PolicyError
from assay.record.waiver import Waiver, Waivers
from assay.source import Source, raise_all, read_model, read_source


@dataclass(frozen=True)
class LoadedWaivers:
    """The waivers of one file."""

    waivers: tuple[Waiver, ...]
    source: Source
    """Its places are without folder."""
    digest: str
    """`sha256:…` of the file's bytes."""


def load_waivers(path: Path) -> LoadedWaivers:
    """Load a waiver file. Raises PolicyError, or Problems, for a malformed date as for anything else."""
    source = read_source(path, error=PolicyError)
    waivers = read_model(source, Waivers, error=PolicyError).waivers
    ids = [waiver.id for waiver in waivers]
    twice: list[AssayError] = [
        PolicyError(
            f"the waiver `{name}` is there twice",
            where=source.place(("waivers", index, "id")),
            hint="Give it an id of its own.",
        )
        for index, name in enumerate(ids)
        if name in ids[:index]
    ]
    raise_all(twice)
    return LoadedWaivers(waivers, replace(source, name=path.name), "sha256:" + sha256(source.data).hexdigest())
