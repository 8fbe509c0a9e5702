"""Values as codes: how a value of a column, of the manifest and of a model's classes are found to be the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_WHOLE = re.compile(r"(-?\d+)\.0+")
_BOOLEANS = {True: ("true", "True", "TRUE"), False: ("false", "False", "FALSE")}


def code(value: Any) -> str:
    """The text of a value: `1`, `"1"`, `1.0` and `"1.0"` are all `1`; true is `true`."""
    if isinstance(value, bool):
        return _BOOLEANS[value][0]
    text = repr(value) if isinstance(value, float) else str(value)
    whole = _WHOLE.fullmatch(text)
    return whole.group(1) if whole else text


def spellings(value: Any) -> tuple[str, ...]:
    """The codes which mean a value of the manifest: three ways to write a truth value, one for all else."""
    return _BOOLEANS[value] if isinstance(value, bool) else (code(value),)


def place_of(value: Any, among: Sequence[Any]) -> int | None:
    """Where the value stands among others, compared as codes; None where it does not."""
    wanted = spellings(value)
    return next((place for place, other in enumerate(among) if code(other) in wanted), None)
