"""SARIF for GitHub's code scanning, which shows every result as an open alert: here are those that are open."""

from __future__ import annotations

from assay.export.recorded import Recorded
from assay.export.sarif import document


def render(recorded: Recorded) -> str:
    """One run: what passes, does not apply or has been answered by people has a rule and no result."""
    return document(recorded, only_open=True)
