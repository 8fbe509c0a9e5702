"""Landlock: the files that this process and all its threads may reach from now on (Linux 5.13 and later)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from assay.subject.confinement.system import (
    LANDLOCK_ADD_RULE,
    LANDLOCK_CREATE_RULESET,
    LANDLOCK_RESTRICT_SELF,
    call,
)

ASK_VERSION = 1
PATH_BENEATH = 1
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
MAKE_DIR, MAKE_REG, REFER, TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
READING = READ_FILE | READ_DIR
WRITING = READING | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
"""Files and folders; no links, pipes, sockets or devices, and nothing is run."""
OF_FILES = READ_FILE | WRITE_FILE | TRUNCATE
HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""First version → kinds of access to files that it can refuse; all of them are refused but for the rules."""
TCP = 0b11
"""To listen and to connect; from version 4."""
SCOPES = 0b11
"""Abstract sockets of, and signals to, processes outside; from version 6."""


def version() -> int:
    """Of Landlock in this kernel; 0 where there is none."""
    try:
        return call(LANDLOCK_CREATE_RULESET, None, 0, ASK_VERSION)
    except OSError:
        return 0


def restrict(reading: Iterable[Path], writing: Iterable[Path]) -> int:
    """Refuse all files but those at or below the given paths. The version that does it; 0 where there is none.

    The process must have said that it will get no new privileges. Paths that are not there are left out.
    """
    found = version()
    if not found:
        return 0
    files = HANDLED[max(first for first in HANDLED if first <= found)]
    attributes = struct.pack("QQQ", files, TCP if found >= 4 else 0, SCOPES if found >= 6 else 0)
    size = 8 if found < 4 else 16 if found < 6 else 24
    try:
        rules = call(LANDLOCK_CREATE_RULESET, ctypes.create_string_buffer(attributes), size, 0)
    except OSError:
        return 0
    try:
        for paths, access in ((reading, READING), (writing, WRITING)):
            for path in paths:
                _allow(rules, path, access & files)
        call(LANDLOCK_RESTRICT_SELF, rules, 0)
    except OSError:
        return 0
    finally:
        os.close(rules)
    return found


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = access if path.is_dir() else access & OF_FILES
        rule = struct.pack("=Qi", allowed, place)
        call(LANDLOCK_ADD_RULE, rules, PATH_BENEATH, ctypes.create_string_buffer(rule), 0)
    finally:
        os.close(place)
