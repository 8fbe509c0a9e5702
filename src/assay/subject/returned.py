"""Arrays that the worker wrote. A model may have written them instead: nothing is believed before it is looked at."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FRAME = 10_000
"""Bytes that a file may have beside the numbers."""


class Nonsense(ValueError):
    """What was given back is not what was asked for. The message says how."""


def read_array(path: Path, shape: tuple[int, ...]) -> Floats:
    """The array of a .npy file. Nonsense where it is of another shape or type."""
    return _array(_content(path, _room(shape)), shape)


def read_arrays(path: Path, shapes: dict[str, tuple[int, ...]]) -> list[Floats]:
    """The arrays of a .npz file, in the order of `shapes`. Nonsense where one is of another shape or type."""
    content = _content(path, sum(map(_room, shapes.values())))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [_array(_member(archive, f"{name}.npy", _room(shape)), shape) for name, shape in shapes.items()]
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError, OSError) as error:
        raise Nonsense(f"arrays that cannot be read: {type(error).__name__}") from error


def _room(shape: tuple[int, ...]) -> int:
    size = 8
    for length in shape:
        size *= length
    return size + FRAME


def _content(path: Path, room: int) -> bytes:
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise Nonsense("no array") from error
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise Nonsense("no array")
    with os.fdopen(opened, "rb") as file:
        content = file.read(room + 1)
    if len(content) > room:
        raise Nonsense("more than the array that was asked for")
    return content


def _member(archive: zipfile.ZipFile, name: str, room: int) -> bytes:
    if archive.getinfo(name).file_size > room:
        raise Nonsense("more than the arrays that were asked for")
    return archive.read(name)


def _array(content: bytes, shape: tuple[int, ...]) -> Floats:
    import numpy as np

    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        found, fortran_order, dtype = np.lib.format.read_array_header_1_0(file)
    except ValueError as error:
        raise Nonsense("an array that cannot be read") from error
    if version != (1, 0) or found != shape or dtype != np.dtype("<f8"):
        raise Nonsense(f"an array of {dtype} of shape {found} where float64 of shape {shape} was asked for")
    numbers = content[file.tell() :]
    if len(numbers) != _room(shape) - FRAME:
        raise Nonsense("an array that is cut short")
    array: npt.NDArray[Any] = np.frombuffer(numbers, dtype="<f8").reshape(shape, order="F" if fortran_order else "C")
    return array.astype(np.float64)
