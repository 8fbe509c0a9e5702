"""What the process of a model may read beside the model: Python, its libraries, and what they ask of the system."""

from __future__ import annotations

import contextlib
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
    "/dev/random",
    "/dev/urandom",
)
OF_PREFIX = ("bin", "lib", "lib64", "share", "pyvenv.cfg")
"""What Python keeps below its prefix. The prefix itself may be a folder of the user: `python -m venv .`"""
NOTHING = Path("/dev/null")
"""The one device that may be written."""


def installation(private: Sequence[Path]) -> Iterator[Path]:
    """Python, and every folder that it imports from, without any private folder that lies in them.

    A folder on Python's path that holds a private one is left out as a whole: a module of the user that stands beside
    the manifest would open the data beside it too.
    """
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)}
    for place in (*map(Path, SYSTEM), *(prefix / part for prefix in prefixes for part in OF_PREFIX)):
        yield from without(place.resolve(), private)
    libraries = [
        name for key in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") for name in os.environ.get(key, "").split(":")
    ]
    for name in (*sys.path, *libraries):
        folder = Path(name)
        if folder.is_absolute() and not any(own.is_relative_to(folder.resolve()) for own in private):
            yield folder


def without(folder: Path, private: Sequence[Path]) -> Iterator[Path]:
    """The folder, or what is in it but for private folders; all paths are resolved. What lies below a private folder
    is asked for by its own name, as a virtual environment in a home is.
    """
    if not any(own.is_relative_to(folder) for own in private):
        yield folder
        return
    with contextlib.suppress(OSError):
        for child in folder.iterdir():
            if child not in private and not child.is_symlink():  # a link gives no more than where it leads
                yield from without(child, private)
