r"""Tables as CSV: what a spreadsheet opens without running anything, and what is read back to the very same values.

One form for each table. A cell is empty for None. A text that begins as a formula does, or with a quote, or that is
empty, has a quote `'` before it. What is not seen is written `\u{202E}`; so is a backslash that stands before `u{`.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from functools import cache

LARGEST_TABLE = 256 << 20
"""Bytes of a table that is read back."""
MOST_LINES = 2_100_000
MOST_COLUMNS = 5_000
LARGEST_COUNT = 2**53

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]|\\(?=u\{)")
"""Control characters, line ends, those that turn the direction of writing, byte order marks, halves of characters."""
_WRITTEN = re.compile(r"\\u\{([0-9A-F]{4})\}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")


class UnreadableTable(ValueError):
    """Bytes that no table of this kind has. The message says why."""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV table: UTF-8, newline ends, empty for None, floats in full."""
    out, guarded = io.StringIO(), cache(_guarded)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([guarded(name) for name in header])
    writer.writerows([guarded(value) if isinstance(value, str) else value for value in row] for row in rows)
    return out.getvalue().encode()


def seen(text: str) -> str:
    r"""The text with `\u{202E}` for what is not seen."""
    return _UNSEEN.sub(lambda match: f"\\u{{{ord(match[0]):04X}}}", text)


def _guarded(text: str) -> str:
    return "'" + seen(text) if not text or text.startswith(_FORMULA) else seen(text)


def lines_of(data: bytes) -> list[list[str]]:
    """The cells of a table as they are written, the header first; every line is as long as the header."""
    if len(data) > LARGEST_TABLE:
        raise UnreadableTable(f"it is larger than {LARGEST_TABLE} bytes")
    if data.count(b"\n") > MOST_LINES:
        raise UnreadableTable(f"it has more than {MOST_LINES} lines")
    try:
        lines = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableTable(f"it is no CSV in UTF-8: {error}") from error
    if not lines or not 0 < len(lines[0]) <= MOST_COLUMNS:
        raise UnreadableTable("it has no header" if not lines or not lines[0] else "it has too many columns")
    width = len(lines[0])
    for number, line in enumerate(lines, 1):
        if len(line) != width:
            raise UnreadableTable(f"line {number} has {len(line)} cells where the header has {width}")
    return lines


def as_text(cell: str) -> str | None:
    """What a text was before it was written."""
    if not cell:
        return None
    return _WRITTEN.sub(lambda match: chr(int(match[1], 16)), cell.removeprefix("'"))


def as_name(cell: str) -> str:
    """A text that has to be there."""
    text = as_text(cell)
    if text is None:
        raise UnreadableTable("a cell is empty that has to hold a text")
    return text


def as_count(cell: str) -> int:
    """A whole number, from 0 on."""
    if not _WHOLE.fullmatch(cell) or int(cell) > LARGEST_COUNT:
        raise UnreadableTable(f"{cell[:40]!r} is no count")
    return int(cell)


def as_optional_count(cell: str) -> int | None:
    """A count, or nothing."""
    return as_count(cell) if cell else None


def as_number(cell: str) -> float:
    """A finite number."""
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UnreadableTable(f"{cell[:40]!r} is no number")
    return number


def as_optional_number(cell: str) -> float | None:
    """A number, or nothing."""
    return as_number(cell) if cell else None


def as_yes(cell: str) -> bool:
    """`True` or `False`."""
    if cell not in ("True", "False"):
        raise UnreadableTable(f"{cell[:40]!r} is neither True nor False")
    return cell == "True"
