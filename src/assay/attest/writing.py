"""Files of a bundle on disk: written beside their place and put there whole, so that a killed run leaves no half."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from assay.attest import layout
from assay.errors import AssayError
from assay.processes import host, is_running

_ABANDONED_AFTER = 24 * 3600.0
"""Seconds after which the partial folder of a run on another machine counts as left behind."""


@contextlib.contextmanager
def beside(target: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """Write files into a partial folder beside `target`, synced; it is removed at the end if it is still there."""
    partial = target.parent / f".{target.name}.partial-{host()}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        partial.mkdir()
        folders = {partial}
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.update(partial / parent for parent in parents(name))
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for folder in sorted(folders, reverse=True):
            sync(folder)
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def parents(name: str) -> Iterator[str]:
    """The folders above a name, outermost first."""
    parts = name.split("/")[:-1]
    for length in range(1, len(parts) + 1):
        yield "/".join(parts[:length])


def put(folder: Path, staged: Path, names: list[str]) -> None:
    """Move staged files into a folder, on disk too in this order. Raises FileExistsError for one that is there."""
    for name in names:
        target = folder / name
        for parent in parents(name):
            (folder / parent).mkdir(exist_ok=True)
        _put_one(staged / name, target)
        sync(target.parent)
        if target.parent != folder:
            sync(folder)


def _put_one(staged: Path, target: Path) -> None:
    try:
        os.link(staged, target)  # unlike a rename, never over a file that is there
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        staged.rename(target)


def replace(folder: Path, staged: Path, names: list[str]) -> None:
    """Move staged files over those of a folder, one by one."""
    for name in names:
        (staged / name).replace(folder / name)
    sync(folder)


def sync(folder: Path) -> None:
    """Have the entries of a folder written to disk."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one writer. The lock ends with the process, however it ends. AssayError: another has it."""
    try:
        import fcntl
    except ImportError:  # Windows: two at once still cannot write over each other
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AssayError(
                "somebody else is signing this bundle at this moment",
                where=str(folder),
                hint="run the command again when they have finished, and look at what they signed",
            ) from None
        except OSError:  # a file system without locks: two at once still cannot write over each other
            pass
        yield
    finally:
        os.close(descriptor)


def remove_abandoned(folder: Path) -> None:
    """Remove the partial folders of runs that are dead: here by their process, from elsewhere by their age."""
    for entry in list(folder.iterdir()):
        match = layout.PARTIAL.match(entry.name)
        if match is None or entry.is_symlink() or not entry.is_dir():
            continue
        dead = match["host"] == host() and not is_running(int(match["pid"]))
        if dead or _age(entry) > _ABANDONED_AFTER:
            shutil.rmtree(entry, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
