"""Calls of the Linux kernel that Python has no function for. On other systems every one of them is refused."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
"""Numbers that are the same on every machine."""
SECCOMP, CAPSET = {"x86_64": 317, "aarch64": 277}, {"x86_64": 126, "aarch64": 91}


def machine() -> str:
    """`x86_64` or `aarch64` where calls can be made by number; else the empty text."""
    known = sys.platform == "linux" and sys.maxsize > 1 << 32 and platform.machine() in SECCOMP
    return platform.machine() if known else ""


def call(number: int, *arguments: Any) -> int:
    """A system call by its number. OSError where it is refused."""
    if not machine():
        raise OSError("system calls by number are known for Linux on x86-64 and 64-bit ARM only")
    return _checked(_libc().syscall(ctypes.c_long(number), *map(_wide, arguments)))


def prctl(option: int, value: int) -> None:
    """An attribute of this process. OSError where it is refused."""
    _checked(_function("prctl")(option, *map(_wide, (value, 0, 0, 0))))


def unshare(flags: int) -> None:
    """Leave namespaces for new ones. OSError where it is refused."""
    _checked(_function("unshare")(flags))


def _function(name: str) -> Any:
    function = getattr(_libc(), name, None) if sys.platform == "linux" else None
    if function is None:
        raise OSError(f"this system has no {name}")
    return function


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _wide(value: Any) -> Any:
    """Numbers in the width of a register; ctypes would pass the upper half of it as it happens to be."""
    return ctypes.c_ulong(value) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
