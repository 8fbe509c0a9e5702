"""What the views of a record have in common: head, style, digest, and how a page becomes HTML and PDF."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from assay.record.audit import Audit
from assay.report.language import speaking_as
from assay.report.page import environment, legible, on_paper, spoken, stylesheet
from assay.report.parts import part
from assay.report.view import LONGEST_NAME, organisation_of, versioned
from assay.report.words import day, hexadecimal, shortened


class Fact(NamedTuple):
    """A line of a table of facts."""

    name: str
    text: str
    recorded: bool = False
    """Whether the text is the record's own, and not ours."""


@dataclass(frozen=True)
class Head:
    """What stands at the head and at the foot of every view."""

    organisation: str | None
    model: str
    versioned: str
    running: str
    audit_id: str
    at: str
    created: str
    digest: str
    short_digest: str


def head(audit: Audit, audit_digest: str, shown: Callable[[str], str]) -> Head:
    """The head of a view of this record. `audit_digest` is the SHA-256 of audit.json; `shown` may lengthen texts."""
    subject = audit.subject
    return Head(
        organisation=organisation_of(audit),
        model=subject.name,
        versioned=versioned(subject.version),
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
    style = spoken(style)
    return (
        environment(shown)
        .get_template(f"{name}.html.j2")
        .render(
            style=Markup(style),  # noqa: S704  our own files, without anything of the audit
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
            **content,
        )
    )


def as_html(page_of: Callable[[Callable[[str], str]], str], audit: Audit) -> str:
    """The view on screen, in the language of the record where no other one was chosen."""
    with speaking_as(audit):
        return page_of(legible)


def as_pdf(page_of: Callable[[Callable[[str], str]], str], audit: Audit, audit_digest: str) -> bytes:
    """The view as PDF, without any file inside."""
    from assay.report.pdf import lay_out, printable

    with speaking_as(audit):
        before, _, rest = page_of(printable).partition("<style>")
    style, _, after = rest.partition("</style>")
    page = f"{before}<style>{on_paper(style)}</style>{after}"
    return lay_out(page, digest=hexadecimal(audit_digest), at=audit.at)
