"""What an audit gives: the record, the gate, and both for a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from assay.record.audit import Audit
    from assay.record.gate import Gate


@dataclass(frozen=True, repr=False)
class Evaluation:
    """An audit, the gate drawn from it, and where the bundle was written."""

    audit: Audit
    gate: Gate
    bundle: Path | None
    notes: tuple[str, ...] = ()
    """What the bundle lacks, and why; what of the cache could not be used; how a model that was handed over was asked.
    """

    def findings(self) -> pd.DataFrame:
        """A row for each control, worst first. What is not known is missing, never 0."""
        from assay.api.frames import findings

        return findings(self.audit, self.gate)

    def estimates(self) -> pd.DataFrame:
        """A row for each number of each control, with its intervals and how it was judged."""
        from assay.api.frames import estimates

        return estimates(self.audit)

    def __repr__(self) -> str:
        subject = self.audit.subject
        written = f"\nbundle: {self.bundle}" if self.bundle is not None else ""
        return f"{_line(subject.name)} {subject.version}: {self.gate.told()}{written}"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from assay.report.notebook import render_notebook

        return render_notebook(self.audit, self.gate, notes=self.notes)


def _line(text: str) -> str:
    """Foreign text in one line that cannot turn the reader's."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
