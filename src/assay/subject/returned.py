"""An array that the worker wrote. A model may have written it instead: nothing is believed before it is looked at."""

from __future__ import annotations

import math
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"(?P<text>\{'descr': '<f8', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': (?P<shape>\([0-9, ]{0,99}\)), \} *\n)",
    re.DOTALL,
)
"""What NumPy writes before the numbers, to the letter: version 1.0 of its format, with a dictionary in Python."""
LONGEST_HEADER = 10_000


class Nonsense(ValueError):
    """What was given back is not what was asked for. The message says how."""


def read_array(path: Path, shape: tuple[int, ...]) -> Floats:
    """The array of a .npy file. Nonsense where it is of another shape or type."""
    import numpy as np

    size = 8 * math.prod(shape)
    content = _content(path, size + LONGEST_HEADER)
    header = HEADER.match(content[:LONGEST_HEADER])
    if header is None or len(header["text"]) != int.from_bytes(header["length"], "little"):
        raise Nonsense("no array of float64 that can be read")
    if header["shape"] != str(shape).encode():
        raise Nonsense(f"an array of shape {header['shape'].decode()} where shape {shape} was asked for")
    if len(content) - header.end() != size:
        raise Nonsense("an array that is cut short or too long")
    numbers: npt.NDArray[Any] = np.frombuffer(content, dtype="<f8", offset=header.end())
    return numbers.reshape(shape, order="F" if header["fortran"] == b"True" else "C").astype(np.float64)


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
