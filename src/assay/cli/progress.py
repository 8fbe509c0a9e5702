"""Progress on stderr: the stage and a bar on a terminal, one line per stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Self, TextIO

WIDTH = 24


class Bar:
    """Called with `(stage, done, total)`; asks `stop` each time, which raises where the run is to end."""

    def __init__(self, stop: Callable[[], None], stream: TextIO | None = None) -> None:
        self._stop = stop
        self._stream = stream or sys.stderr
        self._stage = ""
        self._live = self._stream.isatty()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage has come."""
        self._stop()
        if not self._live:
            if stage != self._stage:
                self._write(f"{stage}\n")
        else:
            filled = WIDTH * done // total if total else WIDTH
            if self._stage and stage != self._stage:
                self._write("\n")
            self._write(f"\r{stage:<20} {'█' * filled}{'░' * (WIDTH - filled)} {done}/{total}\x1b[K")
        self._stage = stage

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._live and self._stage:
            self._write("\n")

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
