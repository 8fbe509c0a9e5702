"""Which process made a temporary folder, and whether it still runs: so that those of killed runs can be removed."""

from __future__ import annotations

import hashlib
import os
import socket


def host() -> str:
    """What stands for this machine in the name of a temporary folder."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def is_running(pid: int) -> bool:
    """Whether a process of this machine still runs; yes where that cannot be asked."""
    if os.name != "posix":
        return True  # there, the question itself would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
