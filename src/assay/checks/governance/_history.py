"""What the checks of the ledger's history share."""

from __future__ import annotations

from collections.abc import Sequence

from assay.checks.exhibit import columns
from assay.evidence.history import History, PastAudit
from assay.evidence.request import HistoryRequest, Needs
from assay.evidence.view import SubjectView
from assay.record.estimate import Exhibit

MOST_ROWS = 50


def request(view: SubjectView, *, test_set: bool = False) -> Needs:
    """The ledger's history; of a manifest without test data nothing where one is needed."""
    missing = view.lacks(data=("test",)) if test_set else ()
    return Needs(() if missing else (HistoryRequest(),), missing)


def past_audits(history: History, shown: Sequence[PastAudit], title: str) -> Exhibit:
    """The newest of the given audits as a table."""
    newest = list(shown)[-MOST_ROWS:]
    left_out = len(shown) - len(newest)
    return Exhibit(
        name="earlier",
        title=f"{title} in the ledger {history.ledger}" + (f"; {left_out} older ones left out" if left_out else ""),
        columns=columns(
            ("entry", "Entry", "count"), ("what", "What", "text"), ("days", "Days before", "count"),
            ("model", "Model", "text"), ("version", "Version", "text"), ("gate", "Gate", "text"),
        ),
        rows=tuple((past.index, past.kind, past.days_before, past.model, past.version, past.gate) for past in newest),
    )  # fmt: skip
