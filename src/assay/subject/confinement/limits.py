"""Limits that the kernel keeps for this process: memory, files, descriptors, no picture of its memory on disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LARGEST_FILE = 10**9
"""Bytes of one file that it writes."""
OPEN_FILES = 256
MORE_PROCESSES = 64
"""Beside those of its user that run already. It counts threads too, and does not bind root: a last resort."""


def limit(memory: int, *, processes: bool) -> bool:
    """Set the limits for good. `processes`: limit their number too. Whether that of memory is kept by this system.

    Memory counts what was asked for to write into, not what libraries map to read: those map more than they use.
    """
    try:
        import resource
    except ImportError:  # not a POSIX system
        return False
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_DATA: memory,
    }
    if processes:
        limits[resource.RLIMIT_NPROC] = _running() + MORE_PROCESSES
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):
            if kind == resource.RLIMIT_DATA:
                return False
    return sys.platform == "linux"


def _running() -> int:
    """Threads of this user."""
    mine = 0
    for status in Path("/proc").glob("[0-9]*/task"):
        try:
            mine += len(os.listdir(status)) if status.stat().st_uid == os.getuid() else 0
        except OSError:  # it has ended
            continue
    return mine
