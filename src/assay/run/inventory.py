"""A folder of manifests → the inventory: owners, last audits, what is overdue, what nobody has registered."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from assay.errors import AssayError, ManifestError, Problems
from assay.policy.load import LoadedPolicy
from assay.record.inventory import Entry, Invalid, Inventory, OpenItem, Overdue, Upstream
from assay.record.manifest import Manifest
from assay.record.people import Person
from assay.record.policy import STAGES, TIERS
from assay.run.last_audit import Verify, last_audit
from assay.run.metadata import standings
from assay.run.upstream import cycles, with_upstream
from assay.source.read import MAXIMUM_BYTES, read_source
from assay.subject.manifest import LoadedManifest, read_manifest
from assay.subject.subject import named_files
from assay.subject.surroundings import is_model, walk

Progress = Callable[[str, int, int], None]
MANIFEST_NAMES = ("model.yaml", "model.yml")
WORTH_A_PROCESS = 40
"""Manifests below which starting processes takes longer than reading them."""
_SAYS_MANIFEST = re.compile(rb"""^(?:\xef\xbb\xbf)?(?:\{\s*)?["']?assay["']?\s*:\s*["']?manifest/""", re.MULTILINE)


@dataclass(frozen=True)
class Stocktaking:
    """What is to be listed, and how."""

    folder: Path
    at: datetime
    reports: Path | None = None
    """Where `assay audit` wrote its bundles."""
    policies: tuple[LoadedPolicy, ...] = ()
    review_days: int | None = None
    """Days after which a document has to be reviewed again; None: nobody asked."""
    verify: Verify | None = None
    """Checks a bundle; None: no bundle is verified."""
    jobs: int = 1
    progress: Progress = field(default=lambda stage, done, total: None)  # noqa: ARG005


def take_stock(asked: Stocktaking) -> Inventory:
    """The inventory. Raises DataError where the folder cannot be read or holds too many files."""
    manifests, models, unread = _found(asked)
    read = list(_read_all(asked, manifests))
    entries = sorted((one.entry for one in read if one.entry), key=lambda e: (e.id, e.version, e.path))
    named = {path for one in read for path in one.named}
    counted = with_upstream(_with_twins(entries))
    inventory = Inventory(
        at=asked.at,
        policies=tuple(f"{policy.policy.id} {policy.policy.version}" for policy in asked.policies),
        entries=counted,
        invalid=tuple(one.invalid for one in read if one.invalid),
        unregistered=tuple(_relative(path, asked) for path in models if path.resolve() not in named),
        unread=tuple(sorted(_relative(path, asked) for path in unread)),
        cycles=cycles(counted),
        statistics={},
    )
    return inventory.model_copy(update={"statistics": _statistics(inventory)})


def _found(asked: Stocktaking) -> tuple[list[Path], list[Path], list[Path]]:
    """Manifests, model files, and what could not be read. A bundle holds a copy of its manifest, which is no model."""
    manifests: list[Path] = []
    models: list[Path] = []
    unread: list[Path] = []
    refuse = (asked.reports,) if asked.reports is not None else ()
    for path in walk(asked.folder, refuse=refuse, unread=unread):
        if path.suffix.lower() in (".yaml", ".yml") and not _in_bundle(path):
            if path.name in MANIFEST_NAMES or _says_manifest(path, unread):
                manifests.append(path)
        elif is_model(path.name):
            models.append(path)
    return manifests, models, unread


def _in_bundle(path: Path) -> bool:
    return path.parent.name == "policy" and (path.parents[1] / "gate.json").is_file()


def _says_manifest(path: Path, unread: list[Path]) -> bool:
    try:
        with path.open("rb") as file:
            return _SAYS_MANIFEST.search(file.read(MAXIMUM_BYTES)) is not None
    except OSError:
        unread.append(path)
        return False


@dataclass(frozen=True)
class _Read:
    """What came of one manifest: an entry or what is wrong with it, and the files it names."""

    entry: Entry | None = None
    invalid: Invalid | None = None
    named: tuple[Path, ...] = ()


def _read_all(asked: Stocktaking, manifests: Sequence[Path]) -> Iterator[_Read]:
    """In the order of the paths, whichever process was the first to finish."""
    jobs = min(asked.jobs, len(manifests) // WORTH_A_PROCESS + 1)
    for done, one in enumerate(_results(_task(asked), manifests, jobs)):
        asked.progress("manifests", done, len(manifests))
        yield one
    asked.progress("manifests", len(manifests), len(manifests))


def _results(task: partial[_Read], manifests: Sequence[Path], jobs: int) -> Iterable[_Read]:
    if jobs <= 1:
        yield from map(task, manifests)
        return
    pool = ProcessPoolExecutor(jobs, initializer=_leave_signals_to_the_parent)
    try:
        yield from pool.map(task, manifests, chunksize=max(1, len(manifests) // (jobs * 4)))
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_signals_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _task(asked: Stocktaking) -> partial[_Read]:
    """The work on one manifest, with all it needs: processes share nothing."""
    return partial(_read, asked.folder, asked.reports, asked.policies, asked.at.date(), asked.review_days, asked.verify)


def _read(
    folder: Path,
    reports: Path | None,
    policies: tuple[LoadedPolicy, ...],
    today: date,
    review_days: int | None,
    verify: Verify | None,
    path: Path,
) -> _Read:
    name = _told(path.relative_to(folder))
    try:
        loaded = read_manifest(read_source(path, error=ManifestError, name=name), path.parent)
        named = tuple(_named(loaded, path.parent))
    except AssayError as error:
        errors = error.problems if isinstance(error, Problems) else [error]
        return _Read(invalid=Invalid(path=name, errors=tuple(_one_line(one) for one in errors)))
    entry = _entry(name, loaded, today, review_days)
    problems: list[str] = []
    update: dict[str, object] = {}
    if reports is not None:
        audit, unreadable = last_audit(reports, entry.id, entry.version, loaded.digest, verify)
        update["audit"] = audit
        expired = [one for one in (audit.waivers if audit else ()) if one.expires < today]
        late = [Overdue(what="waiver", name=one.id, due=one.expires, owner=one.approver) for one in expired]
        update["overdue"] = (*entry.overdue, *late)
        problems += [unreadable] if unreadable else []
    if policies:
        try:
            counts = Counter(one.outcome or "needs_audit" for one in standings(policies, loaded, today))
            update["controls"] = dict(sorted(counts.items()))
        except AssayError as error:
            problems.append(f"the policies cannot be applied: {_one_line(error)}")
    return _Read(entry=entry.model_copy(update={**update, "problem": "; ".join(problems) or None}), named=named)


def _one_line(error: AssayError) -> str:
    first = error.problems[0] if isinstance(error, Problems) else error
    return f"{first.where}: {first.what}" if first.where else first.what


def _named(loaded: LoadedManifest, folder: Path) -> Iterator[Path]:
    for file in named_files(loaded.manifest):
        try:
            yield (folder / file.path).resolve()
        except (OSError, ValueError, RuntimeError):
            continue  # a path that no file can have registers none


def _entry(path: str, loaded: LoadedManifest, today: date, review_days: int | None) -> Entry:
    manifest = loaded.manifest
    owners, lifecycle = manifest.owners, manifest.lifecycle
    dates = lifecycle.dates if lifecycle else None
    return Entry(
        path=path,
        digest=loaded.digest,
        id=manifest.identity.id,
        name=manifest.identity.name,
        version=manifest.identity.version,
        business=_person(owners.business if owners else None),
        technical=_person(owners.technical if owners else None),
        tier=manifest.risk.tier if manifest.risk else None,
        stage=lifecycle.stage if lifecycle else None,
        next_validation=dates.next_validation if dates else None,
        overdue=tuple(_overdue(manifest, today, review_days)),
        findings=tuple(
            OpenItem(
                id=one.id,
                title=one.title,
                severity=one.severity,
                owner=_person(one.owner),
                due=one.due,
                state="accepted" if one.state == "accepted" else "open",
            )
            for one in manifest.findings or ()
            if one.state != "closed"
        ),
        upstream=tuple(
            Upstream(id=one.id, version=one.version, state="not here")
            for one in (manifest.lineage.upstream_models if manifest.lineage else None) or ()
        ),
    )  # fmt: skip


def _person(person: Person | None) -> str | None:
    return None if person is None else person.name or person.id


def _overdue(manifest: Manifest, today: date, review_days: int | None) -> Iterator[Overdue]:
    """The validation, documents and findings whose last day has passed."""
    owners, lifecycle = manifest.owners, manifest.lifecycle
    planned = lifecycle.dates.next_validation if lifecycle and lifecycle.dates else None
    if planned is not None and planned < today:
        validator = owners.validator[0] if owners and owners.validator else None
        yield Overdue(what="validation", name=manifest.identity.id, due=planned, owner=_person(validator))
    for name, section in sorted((manifest.docs.sections if manifest.docs else {}).items()):
        due = _after(section.reviewed, review_days)
        if due is not None and due < today:
            yield Overdue(what="document", name=name, due=due, owner=_person(owners.technical if owners else None))
    for one in manifest.findings or ():
        if one.state == "open" and one.due is not None and one.due < today:
            yield Overdue(what="finding", name=one.id, due=one.due, owner=_person(one.owner))


def _after(day: date | None, days: int | None) -> date | None:
    try:
        return None if day is None or days is None else day + timedelta(days=days)
    except OverflowError:
        return None


def _with_twins(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Manifests that claim the same id and version are told, each with the others."""
    paths: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        paths.setdefault((entry.id, entry.version), []).append(entry.path)
    return tuple(
        entry.model_copy(update={"twins": tuple(p for p in paths[entry.id, entry.version] if p != entry.path)})
        if len(paths[entry.id, entry.version]) > 1
        else entry
        for entry in entries
    )


def _relative(path: Path, asked: Stocktaking) -> str:
    return _told(Path(os.path.relpath(path, asked.folder)))


def _told(path: Path) -> str:
    """A path as text, also where its bytes are none."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _statistics(inventory: Inventory) -> dict[str, dict[str, int]]:
    entries = inventory.entries
    order: tuple[str, ...] = (*reversed(TIERS), *STAGES, "open", "closed", "not audited", "none")
    counted: dict[str, Counter[str]] = {
        "tier": Counter(entry.tier or "none" for entry in entries),
        "stage": Counter(entry.stage or "none" for entry in entries),
        "gate": Counter(entry.audit.gate if entry.audit else "not audited" for entry in entries),
    }
    whole = {
        "models": len({entry.id for entry in entries}),
        "manifests": len(entries),
        "invalid": len(inventory.invalid),
        "unregistered": len(inventory.unregistered),
        "overdue": sum(len(entry.overdue) for entry in entries),
        "open_findings": sum(len(entry.findings) for entry in entries),
        "changed_since_audit": sum(entry.audit is not None and entry.audit.manifest_changed for entry in entries),
    }
    return {"total": whole, **{name: _ordered(counts, order) for name, counts in counted.items()}}


def _ordered(counts: Counter[str], order: Sequence[str]) -> dict[str, int]:
    return {value: counts[value] for value in order if counts[value]}
