"""Views of a record for one kind of reader: what he asks for, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from assay.errors import AssayError

View = Literal["ll144-summary"]
VIEWS: tuple[View, ...] = ("ll144-summary",)
ENDINGS = (".html", ".pdf")


def render_view(bundle: str | Path, view: View, *, ending: str = ".html") -> bytes:
    """A view of the record of a bundle, a folder or an archive, as `.html` or `.pdf`.

    `ll144-summary` is the summary of a bias audit that New York City asks to be published. Raises AssayError for a
    bundle that was changed after it was signed, and for a record that holds nothing of the view.
    """
    from assay.api.bundles import record_of
    from assay.report import ll144

    if view not in VIEWS:
        raise AssayError(f"there is no view {view!r}", hint=f"There is: {', '.join(VIEWS)}.")
    if ending not in ENDINGS:
        raise AssayError("a view is written as HTML or as PDF", hint="Give a file that ends in .html or .pdf.")
    record, found = record_of(bundle)
    if found.audit_digest is None:
        raise AssayError("there is no record", where=f"{bundle}/audit.json")
    if ending == ".pdf":
        return ll144.render_pdf(record, audit_digest=found.audit_digest)
    return ll144.render_html(record, audit_digest=found.audit_digest).encode()
