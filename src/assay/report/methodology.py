"""A check's published docstring as paragraphs with headings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assay.record.finding import Finding

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


@dataclass(frozen=True)
class Method:
    """A check as it describes itself, and the controls that use it."""

    anchor: str
    check: str
    version: int
    paragraphs: tuple[Paragraph, ...]
    controls: tuple[str, ...]


def method_anchor(check: str) -> str:
    """`method-fairness-impact_ratio`."""
    return f"method-{re.sub('[^A-Za-z0-9_]+', '-', check)}"


def methods(findings: Iterable[Finding]) -> tuple[Method, ...]:
    """Every check that measured something, once, by name."""
    used: dict[tuple[str, int, str], list[str]] = {}
    for finding in findings:
        if finding.check is not None and finding.outcome != "not_applicable":
            check = finding.check
            used.setdefault((check.id, check.version, check.docstring), []).append(finding.control)
    names = [name for name, _, _ in used]
    return tuple(
        Method(
            anchor=method_anchor(name) if names.count(name) == 1 else f"{method_anchor(name)}-{place}",
            check=name,
            version=version,
            paragraphs=paragraphs(docstring),
            controls=tuple(dict.fromkeys(controls)),
        )
        for place, ((name, version, docstring), controls) in enumerate(sorted(used.items()))
    )
