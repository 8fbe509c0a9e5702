"""Files that a command writes beside what it decides: whole or not at all, and never over another one."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from assay.errors import AssayError, WriteError


def write_new(path: str | Path, content: str | bytes) -> None:
    """Write a file that is not there yet. Raises AssayError where it is, WriteError where it cannot be written."""
    target = Path(path)
    try:
        with NamedTemporaryFile("wb", dir=target.parent, prefix=".", suffix="~") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            os.link(file.name, target)
    except FileExistsError:
        raise AssayError("the file is there already", where=str(target), hint="Give another name.") from None
    except ValueError:
        raise AssayError("the path is not valid", where=str(target)[:200]) from None
    except OSError as error:
        raise WriteError(f"cannot be written: {(error.strerror or 'error').lower()}", where=str(target)) from None


def write_over(path: str | Path, content: str | bytes) -> None:
    """Write a file, also over one that is there: readers see the old one or the new one, never a part of one.

    A pipe, a device or a descriptor such as `/dev/stdout` is written to, and no file is put in its place.
    """
    target = Path(path)
    beside: str | None = None
    try:
        if (stream := _stream(target)) is not None:
            with stream:
                stream.write(content.encode() if isinstance(content, str) else content)
            return
        with NamedTemporaryFile("wb", dir=target.parent, prefix=".", suffix="~", delete=False) as file:
            beside = file.name
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(beside, target)
        beside = None
    except ValueError:
        raise AssayError("the path is not valid", where=str(target)[:200]) from None
    except OSError as error:
        raise WriteError(f"cannot be written: {(error.strerror or 'error').lower()}", where=str(target)) from None
    finally:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)


_DESCRIPTOR = re.compile(r"/dev/(?:std(?P<name>out|err)|fd/(?P<fd>[0-9]{1,9}))|/proc/self/fd/(?P<own>[0-9]{1,9})")


def _stream(target: Path) -> BinaryIO | None:
    """What is no file, opened: a pipe, a device, or a descriptor of this process.

    A descriptor is written on where it stands: opened by its name, a file behind it would lose what it holds.
    """
    if found := _DESCRIPTOR.fullmatch(os.path.abspath(target)):
        for held in (sys.stdout, sys.stderr):
            if held is not None:
                held.flush()  # what was said before stands before
        standard = {"out": 1, "err": 2}.get(found["name"])
        return open(os.dup(int(found["fd"] or found["own"]) if standard is None else standard), "wb")
    try:
        plain = stat.S_ISREG(target.stat().st_mode)
    except OSError:
        return None
    return None if plain else target.open("wb")


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
