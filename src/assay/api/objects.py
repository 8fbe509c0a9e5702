"""Audits of Python objects: what a notebook has in hand, in the place of a manifest and its files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import ManifestError
from assay.subject.objects import DATA, Objects, describe

if TYPE_CHECKING:
    from assay.engines.options import EngineOptions
    from assay.subject.manifest import LoadedManifest


@dataclass(frozen=True)
class Taken:
    """What is audited, and what has to be told about it."""

    manifest: str | Path | LoadedManifest
    notes: tuple[str, ...] = ()


@contextmanager
def taken(manifest: str | Path | LoadedManifest | None, objects: Objects, engine: EngineOptions) -> Iterator[Taken]:
    """The manifest, or one of the objects; their values lie in a private folder as long as the audit lasts.

    Raises ManifestError for both or neither, DataError for objects that do not belong together.
    """
    given = [_CALLED.get(each.name, each.name) for each in fields(objects) if not _is_nothing(objects, each.name)]
    if manifest is not None:
        if given:
            what = f"a manifest was given, and {', '.join(given)} beside it"
            raise ManifestError(what, hint="A manifest says all of it: give one or the other.")
        yield Taken(manifest)
        return
    if objects.model is None or objects.inputs is None:
        lacking = " and ".join(f"{name}=" for name in ("model", "X") if name not in given)
        raise ManifestError(f"there is nothing to audit without {lacking}", hint="Or give the path of a manifest.")
    if engine.scorer is not None or engine.frames:
        raise ManifestError("engine= names a scorer or frames beside model=", hint="Leave them out of engine=.")
    from assay.subject.scratch import scratch_folder

    with scratch_folder("data", below=engine.spill) as name:
        made = describe(objects, Path(name))
        (Path(name) / DATA).write_bytes(made.data)
        yield Taken(made.manifest, made.notes)


_CALLED = {"inputs": "X", "labels": "y"}
"""Arguments whose names are those of scikit-learn."""


def _is_nothing(objects: Objects, name: str) -> bool:
    value = getattr(objects, name)
    return value is None or (name == "edges" and not value)
