"""What differs between two audits: in Markdown, as a page or as a part of a comment, and whole in JSON."""

from __future__ import annotations

from collections.abc import Iterator

from assay.export.document import written
from assay.export.escaping import markdown
from assay.export.fitting import Sheet
from assay.record.comparison import AuditDifference
from assay.record.comparison_words import Section, Told, cut, gates, headline, sections, side, warnings
from assay.source.told import short

BUDGET = 600_000
_END = 100
MOST = 500
"""Lines of a section."""


def page(difference: AuditDifference) -> str:
    """The difference as a document."""
    sheet = Sheet(BUDGET - _END)
    sheet.add("# Two audits compared", "", *head(difference), "")
    sheet.add(f"- Old: {_text(side(difference.old))}", f"- New: {_text(side(difference.new))}")
    left = add(sheet, difference, most=MOST, level="##")
    end = f"\n{left} more not shown.\n" if left else ""
    return f"{sheet}{end}"


def document(difference: AuditDifference) -> str:
    """The difference as JSON: every field of `AuditDifference`, nothing cut, and what it comes to."""
    came_to = {"worse": difference.worse, "closed": difference.closed, "headline": headline(difference)}
    return written({**difference.model_dump(mode="json"), **came_to})


def head(difference: AuditDifference) -> Iterator[str]:
    """What has to be known first, the gates, and whether anything got worse."""
    for warning in warnings(difference):
        yield from (f"**{_text(warning)}**", "")
    gate = gates(difference)
    yield f"**{_text(headline(difference))}.**" + (f" Gate: {_text(gate)}." if gate else "")


def add(sheet: Sheet, difference: AuditDifference, *, most: int, level: str) -> int:
    """The sections as lists, as far as they fit; what is quiet is folded. How many lines are left out unsaid."""
    unsaid = 0
    for section in sections(difference):
        shown, more = cut(section.lines, most)
        title = f"{_text(section.title)} ({len(section.lines)})"
        more += sheet.rows([_line(line) for line in shown], *_around(section, title, level))
        if more and not sheet.add("", f"{title}: {more} more not shown."):
            unsaid += more
    return unsaid


def _around(section: Section, title: str, level: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if section.quiet:
        return ("", f"<details><summary>{title}</summary>", ""), ("", "</details>")
    return ("", f"{level} {title}", ""), ()


def _line(line: Told) -> str:
    why = f"<br>{_text(line.why, 300)}" if line.why else ""
    return f"- **{_text(line.name, 200)}**: {_text(line.change, 500)}{why}"


def _text(text: str, most: int = 600) -> str:
    return markdown(short(text, most))
