"""What Python itself refuses, where the kernel cannot: second best, for native code goes past it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROCESSES = {
    "os.fork",
    "os.forkpty",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.startfile",
    "os.killpg",
    "pty.spawn",
    "subprocess.Popen",
}
READS = {"os.listdir", "os.scandir"}
CHANGES = {
    "os.chmod",
    "os.chown",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.symlink",
    "os.truncate",
    "os.utime",
    "os.setxattr",
    "os.removexattr",
}
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse(*, network: bool, processes: bool, files: tuple[Sequence[Path], Sequence[Path]] | None) -> None:
    """Refuse these for good. `files`: what may be read, and what may be written, with all that is below."""
    reading, writing = ((), ()) if files is None else (_resolved(files[0]), _resolved(files[1]))
    own = os.getpid()

    def within(path: Any, places: tuple[str, ...]) -> bool:
        if isinstance(path, int) or path is None:
            return True
        real = os.path.realpath(os.fsdecode(path))
        return any(real == place or real.startswith(place.rstrip(os.sep) + os.sep) for place in places)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if network and event.startswith("socket."):
            raise PermissionError(f"{event} is refused to a model")
        if processes and (event in PROCESSES or (event == "os.kill" and arguments[0] != own)):
            raise PermissionError(f"{event} is refused to a model")
        if files is None:
            return
        if event == "open":
            path, _, flags = arguments
            places = writing if flags & TO_WRITE else reading + writing
            if not within(path, places):
                raise PermissionError(f"{os.fsdecode(path)} is closed to a model")
        elif event in READS and not within(arguments[0], reading + writing):
            raise PermissionError(f"{event} is refused to a model there")
        elif event in CHANGES:
            paths = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
            if not all(within(path, writing) for path in paths):
                raise PermissionError(f"{event} is refused to a model there")

    sys.addaudithook(look)


def _resolved(places: Sequence[Path]) -> tuple[str, ...]:
    return tuple(os.path.realpath(place) for place in places)
