"""Ctrl-C and SIGTERM end a run, wherever the signal arrives."""

from __future__ import annotations

import contextlib
import signal
import sys
from types import FrameType
from typing import Any


class Interruption:
    """Remembers that somebody asked to stop: libraries swallow a KeyboardInterrupt, or raise an error of their own."""

    def __init__(self) -> None:
        self.asked = False

    def listen(self) -> None:
        """Take both signals, and print nothing of an interrupt that a finalizer swallowed."""
        with contextlib.suppress(ValueError):  # not the main thread: whoever runs it there handles signals
            signal.signal(signal.SIGINT, self._stop)
            signal.signal(signal.SIGTERM, self._stop)
        told = sys.unraisablehook

        def quiet(unraisable: Any) -> None:
            if not isinstance(unraisable.exc_value, KeyboardInterrupt):
                told(unraisable)

        sys.unraisablehook = quiet

    def check(self) -> None:
        """Raise KeyboardInterrupt where somebody asked."""
        if self.asked:
            raise KeyboardInterrupt

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.asked = True
        raise KeyboardInterrupt
