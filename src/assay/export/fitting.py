"""Markdown within a budget of bytes: what is in a page's head is kept, of its tables as many rows as fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Sheet:
    """Lines of text that never grow beyond a number of bytes."""

    def __init__(self, budget: int) -> None:
        self._lines: list[str] = []
        self._left = budget

    def add(self, *lines: str) -> bool:
        """Take all of the lines, or none where they do not fit."""
        size = sum(len(line.encode()) + 1 for line in lines)
        if size > self._left:
            return False
        self._lines += lines
        self._left -= size
        return True

    def rows(self, rows: Sequence[str], before: Iterable[str] = (), after: Iterable[str] = ()) -> int:
        """As many rows as fit, with the lines around them; how many are left out. Without a row, not a line."""
        around = sum(len(line.encode()) + 1 for line in (*before, *after))
        shown, room = 0, self._left - around
        for row in rows:
            room -= len(row.encode()) + 1
            if room < 0:
                break
            shown += 1
        if shown:
            self.add(*before, *rows[:shown], *after)
        return len(rows) - shown

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"
