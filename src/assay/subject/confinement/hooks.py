"""What Python itself refuses, where the kernel cannot: second best. Native code goes past it, and Python code that
tries does; the record says so.
"""

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
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((0, 2), (1, 3)),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.symlink": ((0, 2), (1, 2)),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
    "os.setxattr": ((0, None),),
    "os.removexattr": ((0, None),),
}
"""Event → the places of its paths, each with that of the open folder (`dir_fd`) which it is relative to."""
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse(*, network: bool, processes: bool, files: tuple[Sequence[Path], Sequence[Path]] | None) -> None:
    """Refuse these for good. `files`: what may be read, and what may be written, with all that is below."""
    reading, writing = ((), ()) if files is None else (_resolved(files[0]), _resolved(files[1]))
    own = os.getpid()
    # Bound here: a model may put others in their place.
    realpath, fsdecode, readlink, isabs, join = os.path.realpath, os.fsdecode, os.readlink, os.path.isabs, os.path.join
    to_write, up, below = TO_WRITE, os.pardir, os.sep

    def within(path: Any, places: tuple[str, ...], folder: Any = None) -> bool:
        if isinstance(path, int) or path is None:
            return True
        path = fsdecode(path)
        if not isabs(path):
            if up in path.split(below):
                return False  # out of which folder is not told for every event
            if isinstance(folder, int) and folder >= 0:
                try:
                    path = join(readlink(f"/proc/self/fd/{folder}"), path)
                except OSError:
                    return False
        real = realpath(path)
        return any(real == place or real.startswith(place.rstrip(below) + below) for place in places)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if network and event.startswith("socket."):
            raise PermissionError(f"{event} is refused to a model")
        if processes and (event in PROCESSES or (event == "os.kill" and arguments[0] != own)):
            raise PermissionError(f"{event} is refused to a model")
        if files is None:
            return
        if event == "open":
            path, _, flags = arguments
            if not within(path, writing if flags & to_write else reading + writing):
                raise PermissionError(f"{fsdecode(path)} is closed to a model")
        elif event in READS and not within(arguments[0], reading + writing):
            raise PermissionError(f"{event} is refused to a model there")
        elif event in CHANGES:
            told = [(arguments[path], None if at is None else arguments[at]) for path, at in CHANGES[event]]
            if not all(within(path, writing, folder) for path, folder in told):
                raise PermissionError(f"{event} is refused to a model there")

    sys.addaudithook(look)


def _resolved(places: Sequence[Path]) -> tuple[str, ...]:
    return tuple(os.path.realpath(place) for place in places)
