"""The files of a dataset: one, all of a folder, or those of a pattern; in the order of their names, none twice."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from assay.errors import DataError, ManifestError
from assay.subject.paths import MOST_FILES, hash_of, inside

PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather")
CSV = (".csv", ".csv.gz")
MOST_ENTRIES = 200_000
"""Names that are looked at to find the files of a pattern."""
DEEPEST = 100
"""Folders within folders."""
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_TABLE_LOGS = ("_delta_log", ".hoodie")


@dataclass(frozen=True)
class DataFile:
    """One file."""

    told: str
    """What messages call it: its path from the manifest's folder."""
    path: Path
    name: str = ""
    """Its path in the digest, whose end says what it is."""
    parts: tuple[tuple[str, str | None], ...] = ()
    """What the names of its folders say, `year=2026`: column → value."""


@dataclass(frozen=True)
class DataFiles:
    """What a dataset is read from."""

    told: str
    """What messages call it all."""
    files: tuple[DataFile, ...]
    many: bool = False
    """A folder or a pattern, even if it holds one file."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Of a snapshot: column of the dataset → column of its files; every other file calls its columns as they are."""
    names: tuple[str, ...] = ()
    """Of a snapshot: all columns of what it was taken of."""
    untyped: frozenset[str] = frozenset()
    """Of a snapshot: columns that are texts in one row and numbers in another."""

    def digest(self) -> str:
        """`sha256:…` of the file; of many, of the lines that `sha256sum` prints for them, in the order of their paths.

        The paths count from the folder, or, of a pattern, from the manifest's. Raises DataError.
        """
        try:
            hashes = {path: hash_of(path) for path in dict.fromkeys(file.path for file in self.files)}
        except OSError as error:
            reason = error.strerror or str(error)
            raise DataError(f"cannot be read: {reason}", where=self.told, hint="Check its permissions.") from error
        if not self.many:
            return "sha256:" + hashes[self.files[0].path]
        lines = "".join(f"{hashes[file.path]}  {file.name}\n" for file in self.files)
        return "sha256:" + sha256(lines.encode()).hexdigest()


def find_data(folder: Path, relative: str, *, where: str = "") -> DataFiles | None:
    """The files that a manifest in `folder` names by `relative`; None where nothing is there.

    What stands there under this very name is that file or folder, whatever its name. Else `*`, `?` and `[…]` stand for
    parts of a name and `**` for any folders. A folder holds Parquet files. Names that begin with `.` or `_` are left
    out, as Hive and Spark do, unless the pattern begins so. Raises ManifestError for what leaves the manifest's folder,
    for a link to a folder, for more than 20,000 files and 100 folders within folders; DataError for a folder that holds
    something else, and for what the system cannot look at.
    """
    try:
        return _find(folder, relative, where)
    except OSError as error:
        what = f"{relative!r} cannot be looked up: {error.strerror or error}"
        hint = "A name may be too long, or a link may lead to itself."
        raise DataError(what, where=where, hint=hint) from None


def _find(folder: Path, relative: str, where: str) -> DataFiles | None:
    path = inside(folder, relative, where=where)
    if path.is_file():
        return DataFiles(relative, (DataFile(relative, path, relative),))
    if path.is_dir():
        return _folder(folder.resolve(), path, relative, where)
    if not re.search(r"[*?[]", relative):
        return None
    parts = PurePosixPath(relative).parts
    _require_shallow(relative, len(parts), where)
    fixed = next(place for place, part in enumerate(parts) if re.search(r"[*?[]", part))
    if ".." in parts[fixed:]:
        raise ManifestError(f"the pattern {relative!r} has `..` after a sign for any name", where=where)
    base = inside(folder, "/".join(parts[:fixed]) or ".", where=where)
    below = "".join(f"{part}/" for part in parts[:fixed])
    search = _Search(folder.resolve(), where)
    found = sorted(set(search.below(base, "", parts[fixed:])))
    files = tuple(DataFile(below + name, search.path(base, name), below + name, _parts(name)) for name in found)
    return _same_parts(DataFiles(relative, files, many=True), where) if files else None


def _folder(root: Path, path: Path, relative: str, where: str) -> DataFiles | None:
    for log in _TABLE_LOGS:
        if (path / log).exists():
            what = f"{relative!r} is a table with a log ({log}): its Parquet files are not all of its rows of today"
            raise DataError(what, where=where, hint="Write the rows of today into files of their own.")
    search = _Search(root, where)
    found = sorted(set(search.below(path, "", ("**", "*"))))
    strange = next((name for name in found if not name.lower().endswith(PARQUET)), None)
    if strange is not None:
        what = f"{strange!r} in the folder {relative!r} is no Parquet file"
        hint = f"Name the files by a pattern: {relative.rstrip('/')}/**/*.parquet"
        raise DataError(what, where=where, hint=hint)
    below = "" if relative == "." else f"{relative.rstrip('/')}/"
    files = tuple(DataFile(below + name, search.path(path, name), name, _parts(name)) for name in found)
    return _same_parts(DataFiles(relative, files, many=True), where) if files else None


class _Search:
    """Files below a folder whose names fit a pattern; bounded, whatever lies there."""

    def __init__(self, root: Path, where: str) -> None:
        self._root, self._where, self._seen, self._files = root, where, 0, 0

    def below(self, folder: Path, name: str, parts: tuple[str, ...]) -> Iterator[str]:
        """The names, in no order; one may come twice."""
        part, rest = parts[0], parts[1:]
        _require_shallow(name, name.count("/"), self._where)
        if part == "**":
            if not rest:
                rest = ("*",)
            yield from self.below(folder, name, rest)
        for entry in self._entries(folder):
            if not _fits(entry.name, part):
                continue
            if entry.is_dir(follow_symlinks=True):
                if rest:
                    self._require_folder(entry, name)
                    yield from self.below(folder / entry.name, f"{name}{entry.name}/", parts if part == "**" else rest)
            elif not rest and part != "**":
                self._files += 1
                self._require_few()
                yield name + entry.name

    def path(self, base: Path, name: str) -> Path:
        """The file itself, with links followed. ManifestError where it is none, or lies elsewhere."""
        hint = "Put a plain file with a plain name in its place."
        if not name.isprintable() or "\\" in name:
            raise ManifestError(f"{name!r} has unseen signs in its name", where=self._where, hint=hint)
        try:
            path = (base / name).resolve(strict=True)
        except (OSError, RuntimeError):
            raise ManifestError(f"the link {name!r} leads nowhere", where=self._where, hint=hint) from None
        if not path.is_relative_to(self._root):
            raise ManifestError(f"the link {name!r} leaves the manifest's folder", where=self._where, hint=hint)
        if not path.is_file():
            raise ManifestError(f"{name!r} is no file", where=self._where, hint=hint)
        return path

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as scanned:
                entries = []
                for entry in scanned:
                    self._seen += 1
                    self._require_few()
                    entries.append(entry)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", where=folder.name, hint="Is it a folder?") from None
        return entries

    def _require_folder(self, entry: os.DirEntry[str], below: str) -> None:
        if entry.is_symlink():
            what = f"{below + entry.name!r} is a link to a folder"
            raise ManifestError(what, where=self._where, hint="Put the folder in its place, or link to its files.")

    def _require_few(self) -> None:
        if self._files > MOST_FILES or self._seen > MOST_ENTRIES:
            what = f"there are more than {MOST_FILES:,} files, or {MOST_ENTRIES:,} names to look at"
            raise ManifestError(what, where=self._where, hint="Name a smaller folder, or write fewer, larger files.")


def _require_shallow(name: str, folders: int, where: str) -> None:
    if folders > DEEPEST:
        what = f"{name[:60] + '…'!r} lies below more than {DEEPEST} folders"
        raise ManifestError(what, where=where, hint="Put the files into fewer folders.")


def _fits(name: str, part: str) -> bool:
    if name[0] == "." and part[0] != ".":
        return False
    if name[0] == "_" and "=" not in name and part[0] != "_":
        return False
    return part == "**" or fnmatchcase(name, part)


def _parts(name: str) -> tuple[tuple[str, str | None], ...]:
    made = []
    for part in name.split("/")[:-1]:
        column, equals, value = part.partition("=")
        if equals:
            made.append((unquote(column), None if value == NO_VALUE else unquote(value)))
    return tuple(made)


def _same_parts(data: DataFiles, where: str) -> DataFiles:
    """The folders of every file name the same columns, each once."""
    first = data.files[0]
    columns = [column for column, _ in first.parts]
    if len(set(columns)) < len(columns) or "" in columns:
        what = f"the folders of {first.told!r} name a column twice, or none"
        raise DataError(what, where=where, hint="Name folders as column=value.")
    for file in data.files:
        own = [column for column, _ in file.parts]
        if own != columns:
            listed = [" and ".join(map(repr, each)) or "no column" for each in (own, columns)]
            what = f"the folders of {file.told!r} name {listed[0]}, those of {first.told!r} {listed[1]}"
            raise DataError(what, where=where, hint="Name the folders of all files alike: column=value.")
    return data
