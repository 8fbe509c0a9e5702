"""Paths of a manifest: they stay below its folder. Digests of what they name."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from assay.errors import DataError, ManifestError

CHUNK = 1 << 20


def inside(folder: Path, relative: str, *, where: str = "") -> Path:
    """The resolved path of `relative` below `folder`, whether it is there or not.

    Raises ManifestError for an absolute path, and where `..` or a symbolic link leads out of the folder.
    """
    hint = "Put the file below the manifest's folder and name it by its path from there."
    if Path(relative).is_absolute():
        raise ManifestError(f"the path {relative!r} is absolute", where=where, hint=hint)
    try:
        root = folder.resolve()
        resolved = (root / relative).resolve()
    except (ValueError, OSError, RuntimeError) as error:
        raise ManifestError(f"the path {relative!r} is not valid: {error}", where=where, hint=hint) from error
    if not resolved.is_relative_to(root):
        raise ManifestError(f"the path {relative!r} leaves the manifest's folder", where=where, hint=hint)
    return resolved


def digest(path: Path) -> str | None:
    """`sha256:…` of a file's bytes; of a folder, of its sorted `sha256sum` listing. None where nothing is there.

    Raises DataError where it is there and cannot be read.
    """
    try:
        if path.is_dir():
            return _folder_digest(path)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            hashed = sha256()
            while chunk := file.read(CHUNK):
                hashed.update(chunk)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"cannot be read: {reason}", where=path.name, hint="Check its permissions.") from error
    return "sha256:" + hashed.hexdigest()


def _folder_digest(folder: Path) -> str:
    lines = []
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(folder):
            raise ManifestError(f"{name!r} leaves the folder {folder.name!r}", hint="Replace the link by the file.")
        if path.is_file():
            lines.append(f"{(digest(path) or '').removeprefix('sha256:')}  {name}\n")
    return "sha256:" + sha256("".join(lines).encode()).hexdigest()
