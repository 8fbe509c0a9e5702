"""Before anything is measured: what cannot be read in place is read once, into a snapshot."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from assay.engines.options import EngineOptions
from assay.engines.sources.source import is_read_in_place, take_snapshot
from assay.engines.wanted import wanted_columns
from assay.errors import DataError
from assay.evidence.request import Request
from assay.record.artefact import Role
from assay.record.audit import FileDigest
from assay.subject.data import DataFiles
from assay.subject.scratch import scratch_folder
from assay.subject.subject import Subject

Progress = Callable[[str, int, int], None]


class Snapshots:
    """The folder of the snapshots of one subject; it is removed when nobody holds this any more, at the end at last."""

    def __init__(self, options: EngineOptions) -> None:
        scratch = scratch_folder("data", below=options.spill)
        self.folder = Path(scratch.name)
        self.remove = weakref.finalize(self, scratch.cleanup)


def prepare(
    subject: Subject,
    requests: Sequence[Request],
    options: EngineOptions,
    *,
    roles: Collection[Role],
    progress: Progress,
) -> Subject:
    """The subject with snapshots in the place of datasets that lie in databases or Arrow files.

    Of `roles`, the columns that the requests need are read once; what comes from a server has its digest from there
    on, so that the audit's id and the record say which rows were seen. Raises DataError; nothing is left then.
    """
    if options.spark is not None or options.frames:
        from assay.engines.spark.fingerprint import fingerprints

        named, held = fingerprints(subject, requests, options, roles, progress)
        others = [file for file in subject.files if file.role not in {each.role for each in named}]
        return replace(subject, files=tuple(sorted([*others, *named], key=_data_first)), kept=held)
    waiting = [role for role in sorted(roles) if _is_elsewhere(subject, role, options)]
    if not waiting:
        return subject
    wanted, snapshots = wanted_columns(requests, subject), Snapshots(options)
    data, files = dict(subject.data), list(subject.files)
    try:
        for role in waiting:
            declared = subject.manifest.data[role]
            folder = snapshots.folder / role
            folder.mkdir(mode=0o700)

            def tell(done: int, total: int, role: Role = role) -> None:
                progress(f"read data.{role}", done, total)

            tell(0, 1)
            data[role], digest = take_snapshot(
                declared, subject.data.get(role), wanted.get(role, {}), folder, options, tell
            )
            if digest is not None:
                _require_digest(subject, role, data[role], digest)
                files.append(FileDigest(role=f"data.{role}", path=declared.told, digest=digest))
            tell(1, 1)
    except BaseException:
        snapshots.remove()
        raise
    return replace(subject, files=tuple(sorted(files, key=_data_first)), data=data, kept=snapshots)


def _is_elsewhere(subject: Subject, role: Role, options: EngineOptions) -> bool:
    """Whether the embedded engine needs a snapshot; Spark reads for itself, and says so where it cannot."""
    if options.spark is not None or role in options.frames:
        return False
    declared = subject.manifest.data.get(role)
    return declared is not None and not is_read_in_place(declared)


def _require_digest(subject: Subject, role: Role, data: DataFiles, digest: str) -> None:
    declared = subject.manifest.data[role].digest
    if declared is not None and declared != digest:
        columns = ", ".join(data.columns)[:400]
        raise DataError(
            f"the rows of data.{role} are not those the manifest declares: declared {declared}, computed {digest}",
            where=subject.place("data", role, "digest"),
            hint=f"It covers the columns that are needed: {columns}. If these rows are meant, write it there.",
        )


def _data_first(file: FileDigest) -> tuple[int, str]:
    """The manifest, data by role, and the rest as it was."""
    if file.role == "manifest":
        return 0, ""
    return (1, file.role) if file.role.startswith("data.") else (2, "")
