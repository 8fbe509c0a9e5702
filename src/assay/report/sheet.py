"""What the views of a record have in common: head, style, digest, and how a page becomes HTML and PDF."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from assay.record.audit import Audit
from assay.report.page import environment, legible, part, stylesheet
from assay.report.view import UNVERSIONED
from assay.report.words import day, hexadecimal

LONGEST_NAME = 64
"""Letters of a model's name in the head of each page."""
LONGEST_END = 15
"""Letters of a word that is left out rather than cut."""
_WIDE = {**dict.fromkeys("WM@%\u2026", 2.2), **dict.fromkeys("mw", 1.6)}


@dataclass(frozen=True)
class Head:
    """What stands at the head and at the foot of every view."""

    model: str
    versioned: str
    running: str
    audit_id: str
    at: str
    created: str
    digest: str
    short_digest: str


def shortened(text: str, most: int) -> str:
    """As much of the text as is about as wide as so many letters."""
    room = float(most)
    for place, letter in enumerate(text):
        room -= _WIDE.get(letter, 1.35 if letter.isupper() else 1)
        if room < 0:
            words = text[:place].rpartition(" ")[0]
            return (words if len(words) > place - LONGEST_END else text[:place]).rstrip() + "\u2026"
    return text


def head(audit: Audit, audit_digest: str, shown: Callable[[str], str]) -> Head:
    """The head of a view of this record. `audit_digest` is the SHA-256 of audit.json; `shown` may lengthen texts."""
    subject = audit.subject
    versioned = "no version stated" if subject.version == UNVERSIONED else f"version {subject.version}"
    return Head(
        model=subject.name,
        versioned=versioned,
        running=shortened(shown(f"{subject.name} {subject.version}"), LONGEST_NAME),
        audit_id=audit.id,
        at=day(audit.at.date()),
        created=f"{audit.at:%Y-%m-%dT%H:%M:%SZ}",
        digest=hexadecimal(audit_digest),
        short_digest=hexadecimal(audit_digest)[:16],
    )


def page(name: str, shown: Callable[[str], str], **content: object) -> str:
    """The template of a view, filled. `shown` is applied to every text before it is escaped."""
    from markupsafe import Markup

    sheets = (part(file) for file in ("view.css", f"{name}.css"))
    style = "\n".join([stylesheet(), *(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())])
    return (
        environment(shown)
        .get_template(f"{name}.html.j2")
        .render(
            style=Markup(style),  # noqa: S704  our own files, without anything of the audit
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
            **content,
        )
    )


def as_html(page_of: Callable[[Callable[[str], str]], str]) -> str:
    """The view on screen."""
    return page_of(legible)


def as_pdf(page_of: Callable[[Callable[[str], str]], str], audit: Audit, audit_digest: str) -> bytes:
    """The view as PDF, without any file inside."""
    from assay.report.pdf import lay_out, printable

    return lay_out(page_of(printable), digest=hexadecimal(audit_digest), at=audit.at)
