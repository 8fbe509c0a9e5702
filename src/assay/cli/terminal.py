"""What may be shown on a terminal."""

from __future__ import annotations

import os
import re
import sys

_MOVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls but for the line break and the tab, and overrides of the direction: what a terminal would obey."""
_COMMAND = re.compile(r"^(\s*:)(?=:)|(##)(?=\[)", re.MULTILINE)
"""What the log of a workflow would obey: `::command::` at the beginning of a line, `##[command]` anywhere."""


def printable(text: str) -> str:
    """Text from a manifest cannot move the cursor of a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def say(text: str, *, error: bool = False) -> None:
    """Print a line, also one with the name of a hostile file. A reader who has gone away changes no exit code."""
    stream = sys.stderr if error else sys.stdout
    if stream is None:
        return
    try:
        print(_COMMAND.sub("\\g<0>\u200b", _MOVING.sub("\N{REPLACEMENT CHARACTER}", text)), file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
