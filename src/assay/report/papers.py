"""Controls of papers: what was found of each one, so short that a row of a table holds it."""

from __future__ import annotations

from assay.record.finding import Finding
from assay.report.language import ngettext
from assay.report.words import count, plain

PAPERS = "governance.documents"
MOST = 30
"""Papers told of one control; the rest is in audit.json."""


def listed(finding: Finding) -> tuple[str, ...]:
    """`data_sheet: not in the manifest` for each paper, those that lack something first; nothing for other checks."""
    if finding.check is None or finding.check.id != PAPERS:
        return ()
    told = []
    for exhibit in finding.measured.exhibits:
        titles = [column.title.lower() for column in exhibit.columns[1:]]
        for name, *cells in sorted(exhibit.rows, key=lambda row: row[-1] == "complete"):
            said = (
                cell if isinstance(cell, str) else f"{plain(cell)} {of}"
                for cell, of in zip(cells, titles, strict=True)
                if cell is not None
            )
            told.append(f"{name}: {', '.join(said)}")
    more = len(told) - MOST
    if more <= 0:
        return tuple(told)
    cut = ngettext("%(n)s more is in audit.json", "%(n)s more are in audit.json", more, n=count(more))
    return (*told[:MOST], cut)
