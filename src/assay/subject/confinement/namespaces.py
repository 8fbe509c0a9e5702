"""A network of its own, without any device that leads out of it."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from assay.subject.confinement.system import CAPSET, call, machine, unshare

CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
CAPABILITIES_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2


def leave_network() -> bool:
    """A new network namespace: as root by itself, for others within a user namespace. It has no device but its own
    loopback, which is down. False where the system does not allow it. Needs a process without other threads.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        unshare(CLONE_NEWNET | CLONE_NEWIPC)
    except OSError:
        try:
            unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)
        except OSError:
            return False
        _map("setgroups", "deny")
        _map("uid_map", f"{user} {user} 1")
        _map("gid_map", f"{group} {group} 1")
    return True


def _map(name: str, text: str) -> None:
    try:
        (Path("/proc/self") / name).write_text(text)
    except OSError:  # the process is then called `nobody` inside; what it may do is the same
        return


def drop_capabilities(*, keep_reading: bool) -> bool:
    """Give up what root may do beyond others. `keep_reading`: files of others may be read, where Landlock says which;
    the model of an audit in a container often belongs to somebody else.
    """
    kept = 1 << CAP_DAC_READ_SEARCH if keep_reading and os.geteuid() == 0 else 0
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)  # effective, permitted, inheritable: low words, then high
    try:
        call(CAPSET[machine()], header, sets)
    except (OSError, KeyError):
        return False
    return True
