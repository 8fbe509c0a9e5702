"""What the process of a model may read beside the model: Python, its libraries, and what they ask of the system."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/System/Library",
    "/Library/Frameworks",
    # What the loader, OpenSSL, clocks and Python's own library look at.
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies",
    # How many processors there are, and how much memory.
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
)
NOTHING = Path("/dev/null")
"""The one device that may be written."""


def installation(private: Sequence[Path]) -> Iterator[Path]:
    """Python, and every folder that it imports from, but for those that hold a private folder: a module of the user
    that stands beside the manifest would open the data beside it too.
    """
    yield from map(Path, SYSTEM)
    yield from {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)}
    libraries = [
        name for key in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") for name in os.environ.get(key, "").split(":")
    ]
    for name in (*sys.path, *libraries):
        folder = Path(name)
        if folder.is_absolute() and not any(own.is_relative_to(folder.resolve()) for own in private):
            yield folder
