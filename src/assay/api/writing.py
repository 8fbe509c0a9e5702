"""Files that a command writes beside what it decides: whole or not at all, and never over another one."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from tempfile import NamedTemporaryFile

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

    A pipe or a device is written to, and no file is put in its place.
    """
    target = Path(path)
    beside: str | None = None
    try:
        if _flows(target):
            target.write_bytes(content.encode() if isinstance(content, str) else content)
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


def _flows(target: Path) -> bool:
    """Whether it is no file: a pipe, a device, or `/dev/stdout` and its like, wherever these lead."""
    try:
        plain = stat.S_ISREG(target.stat().st_mode)
    except OSError:
        return False
    return not plain or (target.is_symlink() and target.absolute().is_relative_to("/dev"))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
