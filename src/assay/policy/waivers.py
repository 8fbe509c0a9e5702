"""Waiver files: their own files, so that other people can own them."""

from __future__ import annotations

from collections.abc import Sequence
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
    raise_all(twice, source)
    return LoadedWaivers(waivers, replace(source, name=path.name), "sha256:" + sha256(source.data).hexdigest())


def load_waiver_files(paths: Sequence[Path]) -> tuple[LoadedWaivers, ...]:
    """Load several files. An id that stands in two of them is an error which names both places."""
    loaded: list[LoadedWaivers] = []
    places: dict[str, str] = {}
    twice: list[AssayError] = []
    for path in paths:
        file = load_waivers(path)
        for index, waiver in enumerate(file.waivers):
            place = replace(file.source, name=str(path)).place(("waivers", index, "id"))
            if waiver.id in places:
                hint = f"The other one is at {places[waiver.id]}. Give each an id of its own."
                twice.append(PolicyError(f"the waiver `{waiver.id}` is there twice", where=place, hint=hint))
            places.setdefault(waiver.id, place)
        loaded.append(file)
    raise_all(twice, *(replace(file.source, name=str(path)) for file, path in zip(loaded, paths, strict=True)))
    return tuple(loaded)
