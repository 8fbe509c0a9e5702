"""The files of a bundle as they lie on disk, taken as hostile: no link is followed, nothing is read without a limit."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assay.attest import layout
from assay.errors import AssayError

LARGEST_FILE = 4_000_000_000
LARGEST_BUNDLE = 16_000_000_000
MOST_FILES = 20_000
DEEPEST = 12

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Problem:
    """What is wrong with one file of a bundle."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


@dataclass(frozen=True)
class Folder:
    """The regular files of a folder with their digests, and what was there beside them."""

    root: Path
    digests: dict[str, str]
    """name → `sha256:…`, sorted by name."""
    problems: tuple[Problem, ...]

    def read(self, name: str, *, at_most: int) -> bytes:
        """Read one of the files again. Raises ValueError when it is too large or changed meanwhile."""
        with _open(self.root / name) as file:
            data = file.read(at_most + 1)
        if len(data) > at_most:
            raise ValueError(f"it is larger than {at_most} bytes")
        if "sha256:" + hashlib.sha256(data).hexdigest() != self.digests[name]:
            raise ValueError("it changed while it was being checked")
        return data


def read_folder(path: Path) -> Folder:
    """List and digest the files of a bundle.

    Raises AssayError where the path is no bundle at all: not there, not a folder, without audit.json and ASiC
    manifest, left behind by a killed run, or beyond every limit.
    """
    where = str(path)
    _refuse_other_things(path)
    names: list[str] = []
    problems: list[Problem] = []
    try:
        _walk(path, "", names, problems)
    except OSError as error:
        raise AssayError(f"cannot be read: {error.strerror or error}", where=where, hint=_HINT) from error
    digests: dict[str, str] = {}
    left = LARGEST_BUNDLE
    for name in sorted(names):
        try:
            digests[name], size = _digest(path / name, min(LARGEST_FILE, left))
            left -= size
        except (OSError, ValueError) as error:
            problems.append(Problem(name, f"cannot be read: {getattr(error, 'strerror', None) or error}"))
    return Folder(path, digests, tuple(problems))


_HINT = "give the folder of a bundle: the one that holds audit.json and META-INF"


def _refuse_other_things(path: Path) -> None:
    where = str(path)
    try:
        is_folder = path.is_dir()
        there = os.path.lexists(path)
        name = path.resolve().name
        is_bundle = any(os.path.lexists(path / one) for one in (layout.AUDIT, layout.ASIC_MANIFEST))
    except (OSError, ValueError, RuntimeError) as error:
        raise AssayError(f"cannot be read: {error}", where=where, hint=_HINT) from error
    if not there:
        raise AssayError("there is no such bundle", where=where, hint=_HINT)
    if not is_folder:
        hint = "unpack it first: `assay archive unpack FILE --out DIR`" if path.suffix == ".asice" else _HINT
        raise AssayError("is a file, and a bundle is a folder", where=where, hint=hint)
    if layout.PARTIAL.match(name):
        raise AssayError(
            "was left behind by a run that did not finish; nothing in it counts", where=where, hint="remove it"
        )
    if not is_bundle:
        raise AssayError("is not a bundle: it holds neither audit.json nor an ASiC manifest", where=where, hint=_HINT)


def _walk(root: Path, below: str, names: list[str], problems: list[Problem]) -> None:
    with os.scandir(root / below) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    if not found and below:
        problems.append(Problem(below + "/", "is an empty folder, which nothing signed speaks of"))
    for entry in found:
        name = f"{below}/{entry.name}" if below else entry.name
        if len(names) + len(problems) > MOST_FILES:
            raise AssayError(f"holds more than {MOST_FILES} files", where=str(root), hint=_HINT)
        if not layout.is_safe_name(name):
            problems.append(Problem(printable(name), "is no name for a file of a bundle; nothing signed speaks of it"))
        elif entry.is_symlink():
            problems.append(Problem(name, "is a symbolic link; a bundle holds plain files only"))
        elif entry.is_dir(follow_symlinks=False):
            if name.count("/") >= DEEPEST:
                problems.append(Problem(name + "/", "lies too deep for a bundle"))
            else:
                _walk(root, name, names, problems)
        elif entry.is_file(follow_symlinks=False):
            names.append(name)
        else:
            problems.append(Problem(name, "is neither a file nor a folder"))


def _open(path: Path) -> BinaryIO:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValueError("it is not a plain file")
    return file


def _digest(path: Path, at_most: int) -> tuple[str, int]:
    computed, size = hashlib.sha256(), 0
    with _open(path) as file:
        if os.fstat(file.fileno()).st_size > at_most:
            raise ValueError(f"it is larger than {at_most} bytes, more than a bundle can hold")
        while chunk := file.read(_CHUNK):
            computed.update(chunk)
            size += len(chunk)
            if size > at_most:
                raise ValueError("it grew while it was being read")
    return "sha256:" + computed.hexdigest(), size


def printable(name: str) -> str:
    """Make foreign text harmless on a terminal: at most 200 characters, control characters replaced."""
    return "".join(letter if letter.isprintable() else "?" for letter in name.encode("utf-8", "replace").decode())[:200]
