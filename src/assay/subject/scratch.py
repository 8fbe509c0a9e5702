"""Temporary folders that carry their process in their name, so that those of killed runs are removed by the next."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Literal

_OURS = re.compile(r"assay-(?:data|model)-(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-\w+")


def scratch_folder(purpose: Literal["data", "model"]) -> tempfile.TemporaryDirectory[str]:
    """A private folder, as a `TemporaryDirectory`; the folders of dead processes of this machine and user go first."""
    with contextlib.suppress(OSError):
        _remove_abandoned(Path(tempfile.gettempdir()))
    return tempfile.TemporaryDirectory(prefix=f"assay-{purpose}-{_host()}-{os.getpid()}-")


def _remove_abandoned(folder: Path) -> None:
    for entry in list(folder.glob("assay-*")):
        match = _OURS.fullmatch(entry.name)
        if match is None or match["host"] != _host() or _is_running(int(match["pid"])):
            continue
        if entry.is_dir() and not entry.is_symlink() and entry.stat().st_uid == os.getuid():
            shutil.rmtree(entry, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if os.name != "posix":
        return True  # there, the question itself would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
