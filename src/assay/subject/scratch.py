"""Temporary folders that carry their process in their name, so that those of killed runs are removed by the next."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Literal

from assay.processes import host, is_running

_OURS = re.compile(r"assay-(?:data|model)-(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-\w+")


def scratch_folder(purpose: Literal["data", "model"]) -> tempfile.TemporaryDirectory[str]:
    """A private folder, as a `TemporaryDirectory`; the folders of dead processes of this machine and user go first."""
    with contextlib.suppress(OSError):
        _remove_abandoned(Path(tempfile.gettempdir()))
    return tempfile.TemporaryDirectory(prefix=f"assay-{purpose}-{host()}-{os.getpid()}-")


def _remove_abandoned(folder: Path) -> None:
    for entry in list(folder.glob("assay-*")):
        match = _OURS.fullmatch(entry.name)
        if match is None or match["host"] != host() or is_running(int(match["pid"])):
            continue
        if entry.is_dir() and not entry.is_symlink() and entry.stat().st_uid == os.getuid():
            shutil.rmtree(entry, ignore_errors=True)
