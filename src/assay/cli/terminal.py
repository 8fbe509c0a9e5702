"""What may be shown on a terminal."""

from __future__ import annotations

import os
import sys


def printable(text: str) -> str:
    """Text from a manifest cannot move the cursor of a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def say(text: str, *, error: bool = False) -> None:
    """Print a line. A reader who has gone away changes no exit code."""
    stream = sys.stderr if error else sys.stdout
    if stream is None:
        return
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
