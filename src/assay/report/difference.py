"""The difference between two audits as one self-contained HTML page."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from assay.record.comparison import AuditDifference
from assay.record.comparison_words import gates, headline, sections, side, warnings
from assay.report.page import environment, legible, stylesheet

MOST = 500
"""Rows of a table; the records hold all."""


def page(difference: AuditDifference) -> str:
    """One HTML document: no script, no external address, all text escaped."""
    from markupsafe import Markup

    style = stylesheet()
    return (
        environment(legible)
        .get_template("difference.html.j2")
        .render(
            difference=difference,
            headline=headline(difference),
            warnings=warnings(difference),
            gate=gates(difference),
            sides=(("Old", side(difference.old), difference.old), ("New", side(difference.new), difference.new)),
            sections=sections(difference),
            most=MOST,
            style=Markup(style),  # noqa: S704  our own file, without anything of the audits
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        )
    )
