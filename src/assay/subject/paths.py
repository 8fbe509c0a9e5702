"""Paths of a manifest: they stay below its folder. Digests of what they name."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

from assay.errors import DataError, ManifestError

CHUNK = 1 << 20
MOST_FILES = 20_000
LARGEST_FOLDER = 1 << 40


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
    """`sha256:…` of a file's bytes; of a folder, see `folder_digest`. None where nothing is there.

    Raises DataError where it is there and cannot be read, ManifestError for a folder that has no digest.
    """
    try:
        if path.is_dir():
            return folder_digest(path)
        return "sha256:" + hash_of(path) if path.is_file() else None
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"cannot be read: {reason}", where=path.name, hint="Check its permissions.") from error


def identity(path: Path) -> tuple[int, ...] | None:
    """What becomes another when a file is written or replaced; None where nothing can be seen."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def hash_of(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        hashed = sha256()
        while chunk := file.read(CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


def folder_digest(folder: Path) -> str | None:
    """`sha256:…` of the lines `<64 hex digits>  <path>` of all files, which `sha256sum` prints, sorted by path.

    Paths are UTF-8, count from the folder and have `/` between their parts; the order is that of their bytes. Empty
    folders do not count. None for a folder without any file. Raises ManifestError as `files_below` does.
    """
    hashes = {name: hash_of(folder / name) for name in files_below(folder)}
    return listed_digest(hashes) if hashes else None


def listed_digest(hashes: Mapping[str, str]) -> str:
    """`sha256:…` of the lines of such a list, from the hash of each file by its path, in their order."""
    lines = "".join(f"{hashed}  {name}\n" for name, hashed in hashes.items())
    return "sha256:" + sha256(lines.encode()).hexdigest()


def files_below(folder: Path, *, left_out: Collection[str] = ()) -> tuple[str, ...]:
    """The paths of all files of a folder, sorted; what is `left_out`, files or folders, is not looked at.

    Raises ManifestError for a link, which may lead anywhere, for what is no file, for a name that `sha256sum` would
    write otherwise, and for more than 20,000 files or 1 TiB.
    """
    names: list[str] = []
    size, waiting = 0, [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(folder / below) as entries:
            for entry in entries:
                name = below + entry.name
                if name in left_out:
                    continue
                _require_plain(entry, name, folder)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name + "/")
                    continue
                names.append(name)
                size += entry.stat(follow_symlinks=False).st_size
                if len(names) + len(waiting) > MOST_FILES or size > LARGEST_FOLDER:
                    what = f"the folder {folder.name!r} holds more than {MOST_FILES:,} files or 1 TiB"
                    raise ManifestError(what, hint="Name a smaller folder, or the files themselves.")
    return tuple(sorted(names))


def _require_plain(entry: os.DirEntry[str], name: str, folder: Path) -> None:
    hint = "Put a plain file with a plain name in its place."
    if entry.is_symlink():
        what = f"{name!r} in the folder {folder.name!r} is a symbolic link"
        raise ManifestError(what, hint="Replace the link by the file.")
    if not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
        raise ManifestError(f"{name!r} in the folder {folder.name!r} is neither a file nor a folder", hint=hint)
    if not entry.name.isprintable() or "\\" in entry.name:
        raise ManifestError(f"{name!r} in the folder {folder.name!r} has a name with unseen signs", hint=hint)
