"""What lies in a model's folder: data, models, documents, lock files. Found by name, bounded, nothing is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.errors import DataError

DATA = (".csv", ".csv.gz", ".parquet", ".pq", ".arrow", ".feather")
MODELS = (
    ".skops", ".joblib", ".pkl", ".pickle", ".onnx", ".ubj", ".pmml", ".cbm", ".keras", ".safetensors", ".pt", ".pth",
)  # fmt: skip
"""Suffixes that only models have; `.json` and `.txt` are models too, and most of them are not."""
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml", "pixi.lock")
DOCUMENTS = (".md", ".markdown")
MOST_FILES = 200_000
DEEPEST = 32


@dataclass(frozen=True)
class Surroundings:
    """Files below a folder, by what their names say they are; sorted, as paths from there with `/`."""

    data: tuple[str, ...]
    models: tuple[str, ...]
    documents: tuple[str, ...]
    """README and the Markdown files of docs/."""
    locks: tuple[str, ...]
    """Lock files and requirements*.txt of the folder itself."""


def look_around(folder: Path) -> Surroundings:
    """Raises DataError where the folder cannot be read or holds too many files."""
    names = [path.relative_to(folder).as_posix() for path in walk(folder) if path.suffix]
    return Surroundings(
        data=tuple(name for name in names if name.lower().endswith(DATA)),
        models=tuple(name for name in names if is_model(name)),
        documents=tuple(name for name in names if name.lower().endswith(DOCUMENTS) and _is_paper(name)),
        locks=tuple(name for name in names if "/" not in name and _is_lock(name)),
    )


def is_model(name: str) -> bool:
    """Whether the name is that of a model file."""
    return name.lower().endswith(MODELS)


def _is_paper(name: str) -> bool:
    return ("/" not in name and name.lower().startswith("readme")) or name.lower().startswith(("docs/", "doc/"))


def _is_lock(name: str) -> bool:
    return name in LOCKS or (name.startswith("requirements") and name.endswith(".txt"))


def walk(folder: Path, *, refuse: tuple[Path, ...] = (), unread: list[Path] | None = None) -> Iterator[Path]:
    """Every regular file below the folder, sorted within its folder; a folder's files stand before its folders.

    Hidden files and folders are left out, and those of `refuse`. A link to a folder is not followed; one to a file
    counts where the file lies below `folder`. What cannot be read goes to `unread`, or is a DataError where there is
    no such list.
    """
    root, seen = folder.resolve(), 0
    refused = {path.resolve() for path in refuse}
    open_ = [(folder, 0)]
    while open_:
        here, depth = open_.pop()
        inner: list[Path] = []
        for entry in _entries(here, unread):
            seen += 1
            if seen > MOST_FILES or depth > DEEPEST:
                what = f"more than {MOST_FILES:,} files" if seen > MOST_FILES else f"deeper than {DEEPEST} folders"
                raise DataError(f"this holds {what}", where=str(here), hint="Give a smaller folder.")
            path = here / entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    inner.append(path)
                elif entry.is_file() and (not entry.is_symlink() or path.resolve().is_relative_to(root)):
                    yield path
            except (OSError, RuntimeError):
                _tell(path, unread)
        open_ += [(path, depth + 1) for path in reversed(inner) if path.resolve() not in refused]


def _entries(folder: Path, unread: list[Path] | None) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        if unread is None:
            reason = (error.strerror or str(error)).lower()
            raise DataError(f"cannot be read: {reason}", where=str(folder), hint="Give a folder.") from None
        unread.append(folder)
        return []


def _tell(path: Path, unread: list[Path] | None) -> None:
    if unread is not None:
        unread.append(path)
