"""Files that a file of the user names: they lie beside it or below its folder, and are read up to a limit."""

from __future__ import annotations

from pathlib import Path


class UnusablePath(ValueError):
    """A path that names no file to be read; the text says why."""


def below(folder: Path, relative: str) -> Path:
    """The resolved path of `relative`, which neither `..` nor a link leads out of the folder. Raises UnusablePath."""
    if Path(relative).is_absolute():
        raise UnusablePath("is an absolute path")
    try:
        root = folder.resolve()
        resolved = (root / relative).resolve()
    except (ValueError, OSError, RuntimeError) as error:
        raise UnusablePath("is not a valid path") from error
    if not resolved.is_relative_to(root):
        raise UnusablePath("leads out of the folder")
    return resolved


def read_below(folder: Path, relative: str, *, at_most: int) -> bytes:
    """The bytes of a file beside or below. Raises UnusablePath where there is none, or a larger one."""
    path = below(folder, relative)
    try:
        if not path.is_file():
            raise UnusablePath("is no file" if path.exists() else "is not there")
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as error:
        raise UnusablePath(f"cannot be read: {(error.strerror or 'error').lower()}") from error
    if len(data) > at_most:
        raise UnusablePath(f"is larger than {at_most} bytes")
    return data
