"""A check's published docstring as paragraphs with headings."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^([A-Z][A-Za-z ]{2,28}):(?:\s+|$)(.*)")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; the first of a section carries the section's heading."""

    heading: str | None
    text: str

    @property
    def segments(self) -> tuple[tuple[bool, str], ...]:
        """The text cut at backticks: (is it code, text)."""
        parts = self.text.replace("``", "`").split("`")
        return tuple((index % 2 == 1, part) for index, part in enumerate(parts) if part)


def paragraphs(docstring: str) -> tuple[Paragraph, ...]:
    """Headed sections and blank lines separate paragraphs; lines within one are joined."""
    found: list[Paragraph] = []
    heading: str | None = None
    lines: list[str] = []

    def close() -> None:
        nonlocal heading, lines
        if lines or heading:
            found.append(Paragraph(heading, " ".join(lines)))
        heading, lines = None, []

    for line in docstring.strip().splitlines():
        headed = _HEADING.match(line)
        if headed or not line.strip():
            close()
        if headed:
            heading = headed.group(1)
            lines = [headed.group(2).strip()] if headed.group(2).strip() else []
        elif line.strip():
            lines.append(line.strip())
    close()
    return tuple(found)
