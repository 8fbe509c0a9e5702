"""How errors are told: nearest names, found values in words, all errors of a file at once."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from assay.errors import AssayError, Problems

MOST = 50
"""Errors told at once; a hostile file could hold a hundred thousand."""

LONGEST = 100
"""Characters of a line that are shown."""
BREAK = re.compile(r"\r\n|\r|\n")


class Text(Protocol):
    """A file as errors know it."""

    @property
    def name(self) -> str:
        """What `where` begins with."""

    @property
    def data(self) -> bytes:
        """Its bytes."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint: the nearest valid name, or all of them where none is near."""
    names = sorted(set(known))
    lowered = {candidate.lower(): candidate for candidate in names}
    near = difflib.get_close_matches(name[:100].lower(), list(lowered), n=1)
    if near:
        return f"Did you mean `{lowered[near[0]]}`?"
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"Known here: {shown}." if names else ""


def short(text: str, length: int = 60) -> str:
    """Foreign text for one line of a message: cut, without line breaks."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def found(value: Any) -> str:
    """A value of a YAML tree in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{short(value)}"'
        case list():
            return "a list"
        case _:
            return "a mapping of keys to values"


def in_order(problems: Iterable[AssayError]) -> list[AssayError]:
    """Problems of one file in the order of its lines, each place and text once."""
    once = {(problem.where, problem.what): problem for problem in problems}

    def position(problem: AssayError) -> tuple[int, ...]:
        return tuple(int(part) for part in problem.where.rsplit(":", 2)[1:] if part.isdigit())

    return sorted(once.values(), key=position)


def raise_all(problems: Sequence[AssayError], *texts: Text) -> None:
    """Raise the problem, or all of them at once; nothing happens where there is none.

    Problems whose place lies in one of the texts show its line.
    """
    shown = list(problems[:MOST])
    for text in texts:
        quote(shown, text)
    if len(problems) == 1:
        raise shown[0]
    if problems:
        if len(problems) > MOST:
            shown.append(type(problems[0])(f"and {len(problems) - MOST} more errors"))
        raise Problems(shown)


def quote(problems: Iterable[AssayError], text: Text) -> None:
    """Give every problem with a line and column of the text its excerpt."""
    place = re.compile(re.escape(text.name) + r":([0-9]+):([0-9]+)")
    lines: list[str] | None = None
    for problem in problems:
        if problem.excerpt or not (at := place.fullmatch(problem.where)):
            continue
        if lines is None:
            lines = BREAK.split(text.data.decode("utf-8", "replace").removeprefix("\ufeff"))
        line, column = int(at[1]), int(at[2])
        if line <= len(lines) and lines[line - 1].strip():
            problem.excerpt = excerpt(lines[line - 1], line, column)


@contextmanager
def quoting(*texts: Text) -> Iterator[None]:
    """Errors that are raised inside show their line of the texts."""
    try:
        yield
    except AssayError as told:
        for text in texts:
            quote(told.problems if isinstance(told, Problems) else [told], text)
        raise


def excerpt(text: str, line: int, column: int) -> str:
    """A line of a file and, below its character at `column`, a caret. A long line is cut on both sides of it."""
    start = max(0, min(column - LONGEST // 2, len(text) - LONGEST))
    shown = text[start : start + LONGEST]
    before, after = "…" if start else "", "…" if start + LONGEST < len(text) else ""
    visible = before + "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)
    blanks = sum(_cells(char) for char in visible[: len(before) + column - 1 - start])
    margin = " " * (len(str(line)) + 3)
    return f"   {line} | {visible.rstrip()}{after}\n{margin} | {' ' * blanks}^"


def _cells(char: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
