"""What the parent sees of the process: its memory and its folder. Beyond a limit, the process is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import threading
from pathlib import Path

EVERY = 0.1
"""Seconds between two looks."""
SPACE = 2 * 10**9
"""Bytes of all files that it writes."""
MOST_FILES = 10_000
SHARED = (b"/dev/zero", b"/memfd:", b"/SYSV")
"""What memory without a file is called in the list of what a process maps."""
GONE = b" (deleted)"


class Watch(threading.Thread):
    """Ends when the process does."""

    def __init__(self, process: subprocess.Popen[bytes], work: Path, memory: int) -> None:
        super().__init__(daemon=True)
        self._process, self._work, self._memory = process, work, memory
        self._lock = threading.Lock()
        self._over = False
        self._sooner = threading.Event()
        self.reason: str | None = None
        """Why the process was ended; None: it was not, or ended by itself before."""

    def run(self) -> None:
        """Look until the process has ended; then nothing that it started is left."""
        while not _has_ended(self._process):
            if (why := self._beyond()) is not None:
                self.end(why)
            self._sooner.wait(EVERY)
        with self._lock:
            self._over = True
            self._kill()
            self._process.wait()

    def end(self, why: str) -> None:
        """Kill the process, with what it may have started."""
        with self._lock:
            if not self._over:
                if not _has_ended(self._process):
                    self.reason = self.reason or why
                self._kill()
        self._sooner.set()

    def _kill(self) -> None:
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _beyond(self) -> str | None:
        folder = Path("/proc") / str(self._process.pid)
        shared, hidden = _mapped(folder, os.fsencode(os.path.realpath(self._work)))
        if hidden:
            return "mapped a file after its name was removed"
        if _memory(folder, shared) > self._memory:
            return f"took more than {self._memory / 1e6:,.0f} MB of memory"
        try:
            files, size = _written(self._work)
        except OSError:  # too deep, or closed by the model
            return "wrote files that cannot be counted"
        if files > MOST_FILES:
            return f"wrote more than {MOST_FILES:,} files"
        if size + _nameless(folder) > SPACE:
            return f"wrote more than {SPACE / 1e9:.0f} GB of files"
        return None


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has; it is not waited for, so that its number is not given to another process."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _mapped(process: Path, work: bytes) -> tuple[int, bool]:
    """Bytes of shared memory that it maps, in use or not; whether it maps a file of its folder that has no name."""
    try:
        lines = (process / "maps").read_bytes().split(b"\n")
    except OSError:
        return 0, False
    size, hidden = 0, False
    for line in lines:
        if line.endswith(GONE):
            place, *_, name = line.split(maxsplit=5)
            hidden = hidden or name.startswith(work + b"/")
            if name.startswith(SHARED):
                begin, end = place.split(b"-")
                size += int(end, 16) - int(begin, 16)
    return size, hidden


def _memory(process: Path, shared: int) -> int:
    """Bytes that it holds by itself: not what it maps of files, such as libraries. 0 where the system does not say.

    The kernel counts shared memory only while it is in sight of the process: `shared` is what may stand behind it.
    """
    try:
        lines = (process / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    own, seen = (sum(1024 * int(line.split()[1]) for line in lines if line.startswith(name))
                 for name in ("RssAnon:", "RssShmem:"))  # fmt: skip
    return own + max(seen, shared)


def _written(folder: Path) -> tuple[int, int]:
    """Files and folders below, and their bytes on disk; counting ends beyond the limit. OSError for what is closed."""
    files = size = 0
    left = [folder]
    while left and files <= MOST_FILES:
        with contextlib.suppress(FileNotFoundError), os.scandir(left.pop()) as listed:
            for entry in listed:
                files += 1
                with contextlib.suppress(FileNotFoundError):
                    size += _on_disk(entry.stat(follow_symlinks=False))
                    if entry.is_dir(follow_symlinks=False):
                        left.append(Path(entry.path))
                if files > MOST_FILES:
                    break
    return files, size


def _nameless(process: Path) -> int:
    """Bytes of files that it holds open after their name was removed."""
    size = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(process / "fd"):
            with contextlib.suppress(OSError):
                found = os.stat(process / "fd" / name)
                size += _on_disk(found) if stat.S_ISREG(found.st_mode) and not found.st_nlink else 0
    return size


def _on_disk(found: os.stat_result) -> int:
    return getattr(found, "st_blocks", 0) * 512
