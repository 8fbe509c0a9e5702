"""Packs by their id: beside the policy that extends them, installed, shipped. Nothing shadows anything in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from assay.errors import PolicyError
from assay.resources import packaged
from assay.source import nearest
from assay.source.read import MAXIMUM_BYTES
from assay.source.told import short

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FILE = "policy.yaml"
CATALOGUE = "catalogue.yaml"
GROUP = "assay.packs"
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True)
class Pack:
    """Where a pack was found."""

    id: str
    path: Path
    """Its policy file."""
    found: str
    """`shipped`, `installed with bank-rules 1.0`, `beside`."""


def packs() -> tuple[str, ...]:
    """Names of the shipped and the installed packs."""
    return tuple(sorted({*_shipped(), *(entry.name for entry in _entries())}))


def catalogues() -> tuple[Path, ...]:
    """The catalogues that are shipped before any control of theirs."""
    files = sorted(packaged("policies").glob(f"*/{CATALOGUE}"))
    return tuple(file for file in files if not (file.parent / FILE).is_file())


def policy_path(name: str) -> Path:
    """The file of a policy: a pack by its name, or the path of a file or folder."""
    if _ID.fullmatch(name) and name in packs():
        return find_pack(name).path
    if not name.strip():
        raise PolicyError("the name of the policy is empty", hint=f"A path, or one of: {', '.join(packs())}")
    path = Path(name)
    try:
        if re.fullmatch(r"[A-Za-z0-9_-]+", name) and not path.exists():
            hint = nearest(name, packs()) + " A path names a file."
            raise PolicyError(f"there is no pack `{short(name)}`", hint=hint)
        return path / FILE if path.is_dir() else path
    except OSError as problem:
        told = (problem.strerror or "error").lower()
        raise PolicyError(f"cannot be read: {told}", where=short(name, 200)) from problem


def find_pack(name: str, *, beside: Path | None = None, where: str = "") -> Pack:
    """The pack of that id; `beside` is the policy file that extends it.

    Raises PolicyError where there is none, and where two places hold different ones.
    """
    candidates = [Pack(name, path, "shipped") for known, path in _shipped().items() if known == name]
    mine = [entry for entry in _entries() if entry.name == name]
    candidates += [Pack(name, _folder(entry) / FILE, _distribution(entry)) for entry in mine]
    if beside is not None:
        folder = beside.parent
        paths = (folder / ".." / name / FILE, folder / name / FILE, folder / f"{name}.yaml")
        own = beside.resolve()
        candidates += [Pack(name, path, "beside") for path in paths if path.resolve() != own and _is_file(path)]
    if not candidates:
        known = {*packs(), *(_neighbours(beside) if beside is not None else ())}
        raise PolicyError(f"there is no pack `{name}`", where=where, hint=nearest(name, known))
    first = candidates[0]
    for other in candidates[1:]:
        if _content(other.path) != _content(first.path):
            raise PolicyError(
                f"two different packs are called `{name}`",
                where=where,
                hint=f"{first.path} ({first.found}) and {other.path} ({other.found}). Remove or rename one.",
            )
    return first


def _shipped() -> dict[str, Path]:
    return {file.parent.name: file for file in sorted(packaged("policies").glob(f"*/{FILE}"))}


def _entries() -> Iterator[EntryPoint]:
    """Installed packs, in an order that does not depend on the search path."""
    from importlib.metadata import entry_points

    found = {(entry.name, entry.value): entry for entry in entry_points(group=GROUP) if _ID.fullmatch(entry.name)}
    return (found[key] for key in sorted(found))


def _distribution(entry: EntryPoint) -> str:
    return f"installed with {entry.dist.name} {entry.dist.version}" if entry.dist else "installed"


def _folder(entry: EntryPoint) -> Path:
    """The folder of an installed pack: `package`, or `package:sub/folder`. The package itself is not imported."""
    module, _, below = entry.value.partition(":")
    what = f"the pack `{entry.name}`, {_distribution(entry)}, cannot be found: "
    parts = PurePosixPath(below.strip()).parts
    if ".." in parts or PurePosixPath(below.strip()).is_absolute():
        raise PolicyError(what + f"`{below}` leaves its package")
    try:
        spec = find_spec(module.strip())
    except (ImportError, AttributeError, ValueError):
        spec = None
    folders = [Path(place, *parts) for place in (spec.submodule_search_locations or ())] if spec is not None else []
    for folder in folders:
        if _is_file(folder / FILE):
            return folder
    reason = f"there is no package `{module.strip()}`" if not folders else f"there is no {FILE} in {folders[0]}"
    raise PolicyError(what + reason, hint="Install it again, or ask whoever made it.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as problem:
        raise PolicyError(f"cannot be read: {(problem.strerror or 'error').lower()}", where=str(path)) from problem


def _content(path: Path) -> tuple[bytes, bytes | None]:
    """What makes two packs the same: policy and catalogue, byte by byte."""
    catalogue = path.parent / CATALOGUE
    try:
        return _bytes(path), _bytes(catalogue) if catalogue.is_file() else None
    except OSError as problem:
        raise PolicyError(f"cannot be read: {(problem.strerror or 'error').lower()}", where=str(path)) from problem


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAXIMUM_BYTES + 1)


def _neighbours(beside: Path) -> set[str]:
    """Names that would have been found, for a hint."""
    folder = beside.parent
    try:
        packs = [*(folder / "..").glob(f"*/{FILE}"), *folder.glob(f"*/{FILE}")]
        files = [file.stem for file in folder.glob("*.yaml") if file.resolve() != beside.resolve()]
    except OSError:
        return set()
    return {name for name in (*(pack.parent.name for pack in packs), *files) if _ID.fullmatch(name)}
