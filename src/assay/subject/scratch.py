"""Temporary folders that carry their process in their name, so that those of killed runs are removed by the next."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from itertools import count
from pathlib import Path
from typing import Literal

from assay.errors import WriteError
from assay.processes import host, is_running

_OURS = re.compile(r"assay-(?:data|model)-(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-\w+")


class Scratch(tempfile.TemporaryDirectory[str]):
    """A temporary folder that goes away whatever a model has put into it."""

    def cleanup(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            remove(Path(self.name))
        super().cleanup()


def scratch_folder(purpose: Literal["data", "model"], *, below: Path | None = None) -> Scratch:
    """A private folder, as a `TemporaryDirectory`, in `below` or among the system's temporary files.

    The folders of dead processes of this machine and user go first. Raises WriteError where none can be made.
    """
    place = below or Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        _remove_abandoned(place)
    try:
        return Scratch(prefix=f"assay-{purpose}-{host()}-{os.getpid()}-", dir=place.absolute())
    except OSError as error:
        what = f"no folder for temporary files can be made: {error.strerror or error}"
        raise WriteError(what, where=str(place), hint="Name a folder with --spill.") from None


def remove(folder: Path) -> None:
    """Remove a folder, however deep it is nested and whatever its folders allow. Links are not followed.

    What is deep is moved up before it is removed: neither the length of a path nor a stack limits it.
    """
    os.chmod(folder, 0o700)
    names = (f"{folder.name}-{number}" for number in count())
    while inner := _emptied(folder):
        for each in inner:
            for deeper in _emptied(each):
                os.rename(deeper, folder / next(name for name in names if not os.path.lexists(folder / name)))
            os.rmdir(each)
    os.rmdir(folder)


def _emptied(folder: Path) -> list[Path]:
    """The folders in it, opened; everything else in it is removed."""
    folders = []
    with os.scandir(folder) as listed:
        for entry in list(listed):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                folders.append(Path(entry.path))
            else:
                os.unlink(entry.path)
    return folders


def _remove_abandoned(folder: Path) -> None:
    for entry in list(folder.glob("assay-*")):
        match = _OURS.fullmatch(entry.name)
        if match is None or match["host"] != host() or is_running(int(match["pid"])):
            continue
        if entry.is_dir() and not entry.is_symlink() and entry.stat().st_uid == os.getuid():
            with contextlib.suppress(OSError):
                remove(entry)
