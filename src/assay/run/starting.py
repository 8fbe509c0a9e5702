"""A starting manifest from what lies in a folder: facts that were found, blanks that the chosen policies ask for.

Only what the user said in an option, and what a file says of itself (a digest, a number of rows, a commit), becomes a
key. What could be a label, a score, a group or a document is told as a candidate in a comment, never chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assay.engines.embedded.outline import Outline, outline
from assay.errors import DataError, ManifestError
from assay.policy.load import LoadedPolicy
from assay.run.candidates import note_columns, note_documents, require_columns
from assay.run.metadata import Standing, missing_fields, standings
from assay.source import parse_source
from assay.subject.blanks import Draft, can_be_written, described, is_field, required_beside
from assay.subject.checkout import find_checkout
from assay.subject.from_data import id_of
from assay.subject.manifest import LoadedManifest, read_manifest
from assay.subject.paths import digest, inside
from assay.subject.surroundings import Surroundings, look_around

HEADER = (
    "A starting manifest. Its keys are what was found in the folder and what the options said; nothing is guessed.",
    "A line that begins with `# ` explains. A `#` right before a key marks a blank, which only you can fill: take the "
    "`#` away and give the key a value. A blank that stays a comment says nothing, and a control that asks for it is "
    "not met.",
)
ALWAYS = (
    "owners.business", "owners.technical", "purpose.intended_use", "risk.tier", "lifecycle.stage",
    "lifecycle.dates.next_validation",
)  # fmt: skip
"""What the inventory shows of every model."""
FORMATS = {".skops": "skops", ".joblib": "joblib", ".pkl": "joblib", ".pickle": "joblib"}
NO_VERSION = "0.0.0"
MOST_NAMED = 10
"""Candidates or controls of one kind that a comment names."""


@dataclass(frozen=True)
class Asked:
    """What `assay init` is asked for."""

    folder: Path
    out: Path
    """The manifest to be written; its paths count from its folder."""
    policies: tuple[LoadedPolicy, ...]
    today: date
    data: Path | None = None
    model: Path | None = None
    columns: Mapping[str, Any] | None = None
    """The block `columns`, as the options say it."""


@dataclass(frozen=True)
class Start:
    """The text of the manifest, and how the policies stand to it."""

    text: str
    facts: int
    blanks: int
    standings: tuple[Standing, ...]
    missing: dict[str, tuple[Standing, ...]]
    """Field → the controls that would fail or be inconclusive and ask for it; by the field's name."""


def start(asked: Asked) -> Start:
    """Raises DataError or ManifestError where a named file cannot be used or an option names no column."""
    draft = Draft()
    around = look_around(asked.folder)
    read = _facts(draft, asked, around)
    loaded = _loaded(draft, asked)
    found = standings(asked.policies, loaded, asked.today)
    tree = loaded.source.tree
    for path, controls in _by_field(found, tree).items():
        if is_field(path):
            _note_blank(draft, path, controls)
    for path in ALWAYS:
        draft.note(path, described(path))
        draft.note(path, "Shown by the inventory.")
    _note_candidates(draft, asked, around, read)
    loaded = _loaded(draft, asked)  # what is written is what loads
    facts, blanks = draft.counts
    wanting = tuple(one for one in found if one.outcome in ("fail", "inconclusive", "error"))
    return Start(loaded.source.data.decode(), facts, blanks, found, _by_field(wanting, tree))


def _loaded(draft: Draft, asked: Asked) -> LoadedManifest:
    text = draft.render(HEADER)
    return read_manifest(parse_source(text.encode(), asked.out.name, error=ManifestError), asked.out.parent)


def _facts(draft: Draft, asked: Asked, around: Surroundings) -> Outline | None:
    """What is known; the outline of the data where there are some."""
    name = asked.folder.resolve().name
    draft.fact("assay", "manifest/v1")
    draft.fact("identity.id", id_of(name, "model"))
    draft.fact("identity.name", name if can_be_written(name) and name else "model")
    draft.fact("identity.version", NO_VERSION)
    if asked.model is not None:
        path = _named(asked, asked.model, "--model")
        draft.fact("identity.artefact.path", path)
        draft.fact("identity.artefact.format", FORMATS.get(asked.model.suffix.lower(), "other"))
        draft.fact("identity.artefact.digest", digest(asked.model))
    _facts_of_code(draft, asked, around)
    if asked.data is None:
        if asked.columns:
            what = f"--{next(iter(asked.columns))} says what a column of the data means, and there is no --data"
            raise ManifestError(what, hint="Name the data file: --data scored.csv.")
        return None
    path = _named(asked, asked.data, "--data")
    read = outline(asked.data.resolve(), path)
    draft.fact("data.test.path", path)
    draft.fact("data.test.digest", digest(asked.data))
    draft.fact("data.test.rows", read.rows)
    columns = dict(asked.columns or {})
    require_columns(columns, read, path)
    for group, value in columns.pop("groups", {}).items():
        draft.fact(f"columns.groups.{group}", value)
    for key, value in columns.items():
        draft.fact(f"columns.{key}", value)
    return read


def _facts_of_code(draft: Draft, asked: Asked, around: Surroundings) -> None:
    """The commit, and the digest of the lock file where there is one."""
    checkout = find_checkout(asked.folder)
    if checkout is not None:
        draft.fact("lineage.source.repo", checkout.repo)
        draft.fact("lineage.source.commit", checkout.commit)
        draft.fact("lineage.source.dirty", checkout.dirty)
        if checkout.dirty is None:
            draft.note("lineage.source.dirty", "Whether tracked files differ from the commit could not be told.")
    locks = {lock: digest(asked.folder / lock) for lock in around.locks}
    field = "training.environment.lockfile_digest"
    if len(locks) == 1:
        draft.fact(field, next(iter(locks.values())))
    for lock, hashed in list(locks.items())[:MOST_NAMED]:
        draft.note(field, f"{'SHA-256 of' if len(locks) == 1 else 'Candidate:'} {lock}"
                   + ("" if len(locks) == 1 else f", {hashed}"))  # fmt: skip


def _named(asked: Asked, file: Path, option: str) -> str:
    """The path of a file from the manifest's folder."""
    try:
        path = file.resolve().relative_to(asked.out.parent.resolve()).as_posix()
        there = file.is_file()
    except (ValueError, OSError, RuntimeError):
        what, hint = (
            f"{option} does not lie below the manifest's folder",
            "Put it there, or write elsewhere with --out.",
        )
        raise ManifestError(what, where=str(file)[:200], hint=hint) from None
    if not there:
        raise DataError("there is no such file", where=str(file), hint=f"{option} names a file.")
    if not can_be_written(path):
        raise DataError("the name has characters that a manifest cannot hold", where=repr(str(file)), hint="Rename it.")
    inside(asked.out.parent, path)
    return path


def _by_field(found: Sequence[Standing], tree: dict[str, Any]) -> dict[str, tuple[Standing, ...]]:
    fields: dict[str, list[Standing]] = {}
    for one in found:
        for path in missing_fields(one, tree):
            fields.setdefault(path, []).append(one)
    return {path: tuple(fields[path]) for path in sorted(fields)}


def _note_blank(draft: Draft, path: str, controls: Sequence[Standing]) -> None:
    """What the field is, why it is asked for, and by whom; what has to stand beside it is a blank too."""
    for needed in required_beside(path):
        if needed != path and not draft.has_fact(needed):
            draft.note(needed, described(needed))
    draft.note(path, described(path))
    for one in controls[:MOST_NAMED]:
        draft.note(path, f"Asked by {one.id.replace('/', ' ')}: {one.planned.control.title}")
    if len(controls) > MOST_NAMED:
        draft.note(path, f"Asked by {len(controls) - MOST_NAMED} more controls.")


def _note_candidates(draft: Draft, asked: Asked, around: Surroundings, read: Outline | None) -> None:
    given = asked.columns or {}
    if asked.data is None and around.data:
        draft.note("data.test", described("data.test"))
        draft.note("data.test", f"Candidates: {_listed(around.data)}. Give one with --data, and its columns are told.")
    if asked.model is None and around.models:
        draft.note("identity.artefact", described("identity.artefact"))
        draft.note("identity.artefact", f"Candidates: {_listed(around.models)}.")
    for key in ("identity.id", "identity.name"):
        draft.note(key, "From the name of the folder.")
    draft.note("identity.version", "Not known: give the model's own version.")
    if read is not None:
        note_columns(draft, read, given)
    note_documents(draft, asked.folder, asked.out.parent, around.documents)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
