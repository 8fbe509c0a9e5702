"""Version ranges of `extends`: `1.2.3`, `^1.2`, `~1.2`, or comparisons joined by commas such as `>=1.2, <3`."""

from __future__ import annotations

import re

Triple = tuple[int, int, int]

EXAMPLES = 'For example "1.2.3", "^1.2" (below 2.0.0), "~1.2" (below 1.3.0) or ">=1.2, <3".'
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_PART = re.compile(rf"\s*(\^|~|>=|<=|>|<|)\s*({_NUMBER}(?:\.{_NUMBER}){{0,2}})\s*")


def in_range(version: str, wanted: str) -> bool:
    """Whether a version `1.2.3` lies in the range. Raises ValueError where the range cannot be read."""
    found = _triple(version)
    return all(_holds(found, comparison, bound) for comparison, bound in _bounds(wanted))


def check_range(wanted: str) -> None:
    """Raise ValueError, with what is wrong, where the range cannot be read."""
    _bounds(wanted)


def _bounds(wanted: str) -> list[tuple[str, Triple]]:
    """The range as comparisons that must all hold."""
    bounds: list[tuple[str, Triple]] = []
    parts = wanted.split(",")
    for part in parts:
        read = _PART.fullmatch(part)
        if read is None:
            raise ValueError(f"`{part.strip()[:40]}` is no version range")
        sign, text = read.groups()
        if sign in ("", "^", "~") and len(parts) > 1:
            raise ValueError("only comparisons (>=, >, <=, <) can be joined by commas")
        if sign == "" and text.count(".") != 2:
            raise ValueError(f"`{text}` is no whole version")
        low = _triple(text)
        if sign == "":
            bounds += [(">=", low), ("<=", low)]
        elif sign in ("^", "~"):
            bounds += [(">=", low), ("<", _caret(text) if sign == "^" else _tilde(text))]
        else:
            bounds.append((sign, low))
    return bounds


def _triple(text: str) -> Triple:
    numbers = [int(number) for number in text.split(".")]
    major, minor, patch = numbers + [0] * (3 - len(numbers))
    return major, minor, patch


def _caret(text: str) -> Triple:
    """The next version that may break: the leftmost number that is not 0 grows, or the last one that is given."""
    given = text.count(".")
    major, minor, patch = _triple(text)
    if major or given == 0:
        return major + 1, 0, 0
    if minor or given == 1:
        return 0, minor + 1, 0
    return 0, 0, patch + 1


def _tilde(text: str) -> Triple:
    major, minor, _ = _triple(text)
    return (major, minor + 1, 0) if "." in text else (major + 1, 0, 0)


def _holds(found: Triple, comparison: str, bound: Triple) -> bool:
    match comparison:
        case ">=":
            return found >= bound
        case "<=":
            return found <= bound
        case ">":
            return found > bound
        case _:
            return found < bound
