"""The summary of a job: the gate, then one table of controls, worst first, within a budget of bytes."""

from __future__ import annotations

from assay.export.fitting import Sheet
from assay.export.overview import TABLE, add_end, add_gate, counted, row, text, worst_first
from assay.export.recorded import Recorded

BUDGET = 250_000
"""Bytes. GitHub drops the whole summary of a step above 1024 KiB, and a step may write more than this."""
_END = 4_000
"""Bytes for what stands below the tables."""
_REASONS = 50


def render(recorded: Recorded) -> str:
    """Markdown. What passes is folded, what does not apply is one line, and what does not fit is counted."""
    sheet = Sheet(BUDGET - _END)
    sheet.add("## Assay", "")
    add_gate(sheet, recorded, _REASONS)
    sheet.add("", f"{counted(recorded)}.")
    found = worst_first(recorded)
    open_ = [row(*one) for one in found if one[0].outcome not in ("pass", "not_applicable")]
    left = sheet.rows(open_, ("", *TABLE))
    passed = [
        f"| **{text(finding.id, 120)}** {text(finding.title, 200)} | pass | {text(finding.sentence)} |"
        for finding, _ in found
        if finding.outcome == "pass"
    ]
    heads = (
        "",
        f"<details><summary>{len(passed)} pass</summary>",
        "",
        "| Control | Outcome | Why |",
        "| --- | --- | --- |",
    )
    left += sheet.rows(passed, heads, ("", "</details>"))
    end = Sheet(_END)
    add_end(end, recorded, left)
    return f"{sheet}{end}"
