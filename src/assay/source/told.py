"""How errors are told: nearest names, found values in words, all errors of a file at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from assay.errors import AssayError, Problems

MOST = 50
"""Errors told at once; a hostile file could hold a hundred thousand."""


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


def raise_all(problems: Sequence[AssayError]) -> None:
    """Raise the problem, or all of them at once; nothing happens where there is none."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        told = list(problems[:MOST])
        if len(problems) > MOST:
            told.append(type(problems[0])(f"and {len(problems) - MOST} more errors"))
        raise Problems(told)
