"""Documents and digests: whether what the manifest names is there and is what it says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.evidence.value import Artefact, Document, Papers
from assay.record.manifest import Section
from assay.subject.subject import Subject, named_files

MAXIMUM_BYTES = 20 << 20
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def read_papers(subject: Subject) -> Papers:
    """The documents of `docs.sections` as found, and the digests of everything the manifest names, by role."""
    manifest = subject.manifest
    sections = manifest.docs.sections if manifest.docs else {}
    documents = tuple(_document(subject, name, section) for name, section in sorted(sections.items()))
    artefacts = tuple(
        Artefact(".".join(named.loc).replace("docs.sections.", "docs."), named.path, named.declared, found)
        for named in named_files(manifest)
        if not named.role.startswith("docs.") or named.declared is not None
        for found in [subject.computed.get(named.path)]
    )
    return Papers(documents, artefacts)


def _document(subject: Subject, name: str, section: Section) -> Document:
    path = subject.path(section.path)

    def missing(problem: str) -> Document:
        return Document(name, section.path, found=False, words=0, problem=problem)

    if path.is_dir():
        return missing("it is a folder, not a file")
    if not path.is_file():
        return missing("there is no such file")
    text = _text(path)
    if text is None:
        if section.anchor:
            return missing("it is not UTF-8 text, so the heading cannot be looked for")
        return Document(name, section.path, found=True, words=0, problem="it is not UTF-8 text: words not counted")
    if section.anchor is None:
        return Document(name, section.path, found=True, words=count_words(text))
    anchor = section.anchor.removeprefix("#")
    headings = {heading.anchor: heading for heading in headings_of(text)}
    if anchor not in headings:
        near = difflib.get_close_matches(anchor, list(headings), 1)
        beside = f"; the nearest is {near[0]!r}" if near else ""
        return missing(f"it has no heading with the anchor {anchor!r}{beside}")
    return Document(name, section.path, found=True, words=count_words(part_under(text, headings[anchor])))


def _text(path: Path) -> str | None:
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
