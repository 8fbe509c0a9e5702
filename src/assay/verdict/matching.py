"""Regular expressions in time linear in the text: the engine has neither look-around nor back-references."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

NO_PATTERN = "Look-around and back-references do not exist here; large repetitions such as {1000}{1000} are refused."

MOST = 1500
"""Characters that a pattern asks for, repetitions counted; a class of a hundred thousand letters counts as 20."""
MANY = 20
_TOKEN = re.compile(
    r"(?P<wide>\\[wW]|\\[pP](?:\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*?\\[pPwW](?:\\.|[^\]\\])*\]|\])|\[(?:\\.|[^\]\\])*\]|\\."
    r"|(?P<open>\()|(?P<close>\))|\{(?P<least>\d+)(?:,(?P<most>\d*))?\}|.",
    re.DOTALL,
)
"""A bracket that closes nothing ends classes inside of classes, of which nothing is known here: they are wide."""


def whole_text_matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches from the first to the last character. ValueError where it is no valid pattern."""
    return _compiled(pattern).isinstance_python(text)


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a pattern, in a few words."""
    try:
        _compiled(pattern)
    except ValueError as problem:
        return str(problem)
    return None


@lru_cache(maxsize=100)
def _compiled(pattern: str) -> SchemaValidator:
    """By itself first: `a)|(b` is only valid once it stands between brackets."""
    if _size(pattern) > MOST:
        raise ValueError("it is too large")
    _schema(pattern)
    return _schema(f"^(?:{pattern})$")


def _size(pattern: str) -> int:
    """About how many characters the pattern asks for: what it costs to read it."""
    sizes, last = [0], 0
    for token in _TOKEN.finditer(pattern):
        if token["least"]:
            counted = max(int(token["most"] or 0), int(token["least"]), 1)
            sizes[-1] += last * (counted - 1)
            last *= counted
        elif token["open"]:
            sizes.append(0)
        elif token["close"] and len(sizes) > 1:
            last = sizes.pop()
            sizes[-1] += last
        else:
            last = MANY if token["wide"] else 1
            sizes[-1] += last
    return sum(sizes)


def _schema(pattern: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, strict=True))
    except SchemaError as problem:
        last = str(problem).strip().splitlines()[-1].strip()
        if "size limit" in last:
            raise ValueError("it is too large") from None
        raise ValueError(last.removeprefix("error: ") or "it cannot be read") from None
