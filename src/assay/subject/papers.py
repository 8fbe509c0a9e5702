"""Documents of the manifest as text: headings, their parts, and words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAXIMUM_BYTES = 20 << 20
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def text_of(path: Path) -> str | None:
    """UTF-8 text; None for anything else, and for files over 20 MiB."""
    if path.stat().st_size > MAXIMUM_BYTES:
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def count_words(text: str) -> int:
    """Runs of characters between blanks that hold a letter or digit; comments of Markdown and HTML do not count."""
    return sum(any(c.isalnum() for c in word) for word in _COMMENT.sub(" ", text).split())


def slug(heading: str) -> str:
    """The anchor GitHub gives a heading: lower case, punctuation dropped, blanks to hyphens."""
    plain = _LINK.sub(r"\1", heading).strip().lower()
    kept = "".join(c for c in plain if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


@dataclass(frozen=True)
class Heading:
    """A heading of a Markdown file, with the lines of its part: up to the next one of the same or a higher level."""

    anchor: str
    level: int
    line: int
    """Its first line."""
    begin: int
    """The first line after it."""


def headings_of(text: str) -> tuple[Heading, ...]:
    """All headings; an anchor that repeats gets `-1`, `-2`, …, as on GitHub."""
    seen: dict[str, int] = {}
    headings = []
    for line, begin, level, title in _headings(_lines(text)):
        anchor = slug(title)
        repeated = seen[anchor] = seen.get(anchor, -1) + 1
        headings.append(Heading(f"{anchor}-{repeated}" if repeated else anchor, level, line, begin))
    return tuple(headings)


def part_under(text: str, heading: Heading) -> str:
    """The lines from a heading to the next one of the same or a higher level."""
    ends = (other.line for other in headings_of(text) if other.begin > heading.begin and other.level <= heading.level)
    return "\n".join(_lines(text)[heading.begin : next(ends, None)])


def _lines(text: str) -> list[str]:
    return _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text).splitlines()


def _headings(lines: list[str]) -> Iterator[tuple[int, int, int, str]]:
    """First line, first line of the part, level, title; fenced code holds none."""
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif mark:
            fence = mark.group(1)
        elif atx := _ATX.match(line):
            yield number, number + 1, len(atx.group(1)), atx.group(2) or ""
        elif number and _SETEXT.match(line) and _is_paragraph(lines[number - 1]):
            yield number - 1, number + 1, 1 if "=" in line else 2, lines[number - 1]


def _is_paragraph(line: str) -> bool:
    return bool(line.strip()) and not _ATX.match(line) and not line.lstrip().startswith((">", "-", "*", "+", "|"))
