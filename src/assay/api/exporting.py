"""The record of an audit for other programs: code-scanning pages, test reports, monitoring, catalogues of models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.api.bundles import record_of
from assay.errors import AssayError
from assay.source.told import nearest

if TYPE_CHECKING:
    from assay.export.recorded import Recorded
    from assay.record.audit import Audit
    from assay.record.gate import Gate

COPIES = {"html": "the report of the bundle", "pdf": "the same as PDF"}
"""Formats that the bundle holds already."""


def export_formats() -> dict[str, str]:
    """The formats by name, with what each is for. `html` and `pdf` are copies of the reports in the bundle."""
    from assay.export.formats import FORMATS

    return {name: found.told for name, found in FORMATS.items()} | COPIES


def export(
    bundle: str | Path,
    name: str,
    *,
    base: str | Path | None = None,
    manifest: str | Path | None = None,
    policies: Sequence[str | Path] = (),
    report: str | None = None,
) -> str:
    """The record and the gate of a bundle, a folder or an archive, as text in one of the formats.

    `manifest` and `policies` are the files that were audited, where they lie below the working directory: results are
    shown at their lines. `base` is the bundle of an earlier audit to compare with, `report` where the whole report can
    be read. Raises AssayError for an unknown format, a bundle that was changed, and files that were not audited.
    """
    from assay.export.formats import render

    check_format(name)
    if name in COPIES:
        raise AssayError(f"{name} is no text", hint=f"The bundle holds it: copy {bundle}/report.{name}.")
    return render(name, load_recorded(bundle, base=base, manifest=manifest, policies=policies, report=report))


def check_format(name: str) -> None:
    """Raise AssayError, with the nearest name, where there is no such format."""
    known = export_formats()
    if name not in known:
        raise AssayError(f"there is no format {name!r}", hint=nearest(name, known) or f"There is: {', '.join(known)}.")


def render_export(name: str, recorded: Recorded, bundle: str | Path) -> str | bytes:
    """A format of a record, or a copy of the last report of its bundle."""
    from assay.export.formats import render

    return _copy(Path(bundle), name) if name in COPIES else render(name, recorded)


def load_recorded(
    bundle: str | Path,
    *,
    base: str | Path | None = None,
    manifest: str | Path | None = None,
    policies: Sequence[str | Path] = (),
    report: str | None = None,
) -> Recorded:
    """What exports of a bundle are made from; see `export`."""
    record, gate = _unchanged(bundle)
    digests = {policy.digest for policy in record.policies}
    for file in policies:
        if _digest(file) not in digests:
            names = ", ".join(f"{policy.id} {policy.version}" for policy in record.policies)
            hint = f"It was made with {names}."
            raise AssayError("is no policy of this audit, or has changed since", where=str(file), hint=hint)
    if manifest is not None and _digest(manifest) not in _digests_of_manifest(record):
        raise AssayError("is not the manifest of this audit, or has changed since", where=str(manifest))
    earlier = None if base is None else load_base(base)
    return recorded_of(record, gate, manifest=manifest, policies=policies, base=earlier, report=report)


def load_base(bundle: str | Path) -> tuple[Audit, Gate]:
    """The record and the gate of an earlier audit to compare with. Raises AssayError for one that was changed."""
    return _unchanged(bundle)


def recorded_of(
    record: Audit,
    gate: Gate,
    *,
    manifest: str | Path | None = None,
    policies: Iterable[str | Path] = (),
    base: tuple[Audit, Gate] | None = None,
    report: str | None = None,
) -> Recorded:
    """What exports are made from. Files that were not audited, or lie outside the working directory, have no place."""
    from assay.export.recorded import Recorded
    from assay.verdict.difference import difference

    ids = {policy.digest: policy.id for policy in record.policies}
    placed = ((ids.get(_digest(file)), _from_here(file)) for file in policies if Path(file).exists())
    return Recorded(
        audit=record,
        gate=gate,
        audit_digest=gate.audit.removeprefix("sha256:"),
        manifest_path=None if manifest is None else _from_here(manifest),
        policy_paths={name: place for name, place in placed if name is not None and place is not None},
        difference=None if base is None else difference(base, (record, gate)),
        report=report,
    )


def policy_files(names_or_paths: Sequence[str | Path]) -> tuple[Path, ...]:
    """The files of the policies and of all that they extend, but for packs: these lie in no repository of the user."""
    from assay.api.policies import load_policies
    from assay.policy.packs import find_pack, packs

    shipped = set(packs())
    found = load_policies(names_or_paths)
    return tuple(
        one.path
        for one in found
        if one.policy.id not in shipped or find_pack(one.policy.id).path.resolve() != one.path.resolve()
    )


def _unchanged(bundle: str | Path) -> tuple[Audit, Gate]:
    record, found = record_of(bundle)
    for problem in found.problems:
        if not problem.file.startswith("META-INF/"):  # nobody signed it; of one that is signed, `record_of` refuses all
            raise AssayError(f"the bundle is not intact: {problem.what}", where=f"{bundle}/{problem.file}")
    if found.gate is None:
        raise AssayError("there is no gate to export", where=f"{bundle}/gate.json")
    return record, found.gate


def _copy(bundle: Path, ending: str) -> bytes:
    from assay.attest.archive import opened

    with opened(bundle) as folder:
        numbered = {int(path.stem.partition(".")[2] or 1): path for path in folder.glob(f"report*.{ending}")}
        if not numbered:
            raise AssayError(f"the bundle has no report.{ending}", where=str(bundle))
        return numbered[max(numbered)].read_bytes()


def _digest(file: str | Path) -> str:
    path = Path(file)
    try:
        return "sha256:" + sha256((path / "policy.yaml" if path.is_dir() else path).read_bytes()).hexdigest()
    except (OSError, ValueError) as problem:
        told = (problem.strerror or "error").lower() if isinstance(problem, OSError) else "the path is not valid"
        raise AssayError(f"cannot be read: {told}", where=str(file)[:200]) from None


def _digests_of_manifest(record: Audit) -> set[str]:
    return {file.digest for file in record.subject.files if file.role == "manifest"}


def _from_here(file: str | Path) -> str | None:
    """As a path from the working directory, links followed, for forges show no result at a link; None outside it."""
    path = Path(file)
    there = (path / "policy.yaml" if path.is_dir() else path).resolve()
    here = Path.cwd().resolve()
    return there.relative_to(here).as_posix() if there.is_relative_to(here) else None
