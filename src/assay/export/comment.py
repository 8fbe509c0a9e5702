"""A comment on a change: what differs from the base, then what is not well. A bot finds its own by a hidden marker."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

from assay.export import delta
from assay.export.fitting import Sheet
from assay.export.overview import TABLE, add_end, add_gate, counted, row, text, worst_first
from assay.export.recorded import Recorded
from assay.record.audit import Audit
from assay.record.comparison_words import side

BUDGET = 60_000
"""Bytes. GitHub refuses a comment of more than 65 536 characters."""
_END, _DELTA = 3_000, 30_000
_REASONS, _LINES, _LONGEST = 10, 10, 200


def render(recorded: Recorded) -> str:
    """Markdown that begins with the marker. The same model and policies give the same marker in every audit."""
    sheet = Sheet(BUDGET - _END)
    sheet.add(marker(recorded.audit), "### Assay", "")
    add_gate(sheet, recorded, _REASONS)
    left = 0
    if recorded.difference is not None:
        told = Sheet(_DELTA)
        told.add("", f"Compared with {text(side(recorded.difference.old), 300)}:", "", *delta.head(recorded.difference))
        left += delta.add(told, recorded.difference, most=_LINES, level="####")
        sheet.add(str(told))
    sheet.add("", f"{counted(recorded)}.")
    found = [row(*one) for one in worst_first(recorded) if one[0].outcome not in ("pass", "not_applicable")]
    left += sheet.rows(found, ("", *TABLE))
    end = Sheet(_END)
    add_end(end, recorded, left)
    return f"{sheet}{end}"


def marker(audit: Audit) -> str:
    """`<!-- assay:credit-default/ml-governance+retail-credit -->`; no name of a model or policy can end it early."""
    names = [_harmless(audit.subject.id), "+".join(sorted(_harmless(policy.id) for policy in audit.policies))]
    told = "/".join(names)
    if len(told) > _LONGEST:
        told = f"{told[: _LONGEST - 17]}~{sha256(told.encode()).hexdigest()[:16]}"
    return f"<!-- assay:{told} -->"


def _harmless(name: str) -> str:
    """Letters, digits, `_`, `.`, and a `-` that stands alone; all else as `%2D`."""
    return quote(name, safe="").replace("~", "%7E").replace("--", "%2D%2D")
