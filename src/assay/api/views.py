"""Views of a record for one kind of reader: what he asks for, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Literal

from assay.api.bundles import html, record_of, rendered_pdf
from assay.errors import AssayError
from assay.record.report import LANGUAGES, Language

if TYPE_CHECKING:
    from assay.attest.verify import Verification
    from assay.record.audit import Audit
    from assay.record.signature import Signing

View = Literal["full", "executive", "annex-iv", "fair-lending", "model-card", "ll144-summary"]
VIEWS: tuple[View, ...] = ("full", "executive", "annex-iv", "fair-lending", "model-card", "ll144-summary")
PUBLIC: tuple[View, ...] = ("model-card", "ll144-summary")
"""Views that may be published: they leave out what would give few people away. The others are internal."""
ENDINGS = (".html", ".pdf")


def render_view(
    bundle: str | Path,
    view: View,
    *,
    ending: str = ".html",
    minimum_cell: int | None = None,
    templates: str | Path | None = None,
    language: Language | None = None,
    logo: str | Path | None = None,
) -> bytes:
    """A view of the record of a bundle, a folder or an archive, as `.html` or `.pdf`.

    `full` is the report of the bundle written again; `executive` one page for those who decide; `annex-iv` the
    technical documentation of the EU AI Act; `fair-lending` the analysis of lending by protected attribute.
    `model-card` and `ll144-summary`, what New York City asks to be published of a bias audit, are public: they leave
    out groups with counts under `minimum_cell` (default 5, and 0 leaves out none). What lies in the folder `templates`
    stands in for our template or style sheet of the same name; it runs in a sandbox, and what it makes is no longer
    what assay prints. `language` is that of our texts, `en` or `de`; where it is not given, the one that the manifest
    asks for. `logo` is a PNG or JPEG file that stands at the head. Raises AssayError for a bundle that was changed
    after it was signed, for a record that holds nothing of the view, and for templates that cannot be filled.
    """
    if view not in VIEWS:
        raise AssayError(f"there is no view {view!r}", hint=f"There is: {', '.join(VIEWS)}.")
    if ending not in ENDINGS:
        raise AssayError("a view is written as HTML or as PDF", hint="Give a file that ends in .html or .pdf.")
    if minimum_cell is not None and view not in PUBLIC:
        raise AssayError(f"{view} leaves nothing out", hint=f"A minimum belongs to: {', '.join(PUBLIC)}.")
    if minimum_cell is not None and minimum_cell < 0:
        raise AssayError("the minimum of a count is 0 or more")
    if language is not None and language not in LANGUAGES:
        raise AssayError(f"there is no language {language!r}", hint=f"There is: {', '.join(LANGUAGES)}.")
    wanted = _Wanted(Path(bundle), ending == ".pdf", templates, language, logo)
    if view in PUBLIC:
        return wanted.public(view, minimum_cell)
    return wanted.full() if view == "full" else wanted.internal(view)


@contextmanager
def _templates_of(folder: str | Path | None) -> Iterator[None]:
    """What goes wrong in foreign templates is told with the place in them."""
    from assay.report.parts import own_templates

    if folder is None:
        yield
        return
    own = Path(folder).resolve()
    if not own.is_dir():
        raise AssayError(
            "is no folder", where=str(folder), hint="`templates` names a folder of .html.j2 and .css files."
        )
    try:
        with own_templates(own):
            yield
    except AssayError:
        raise
    except Exception as error:
        told = " ".join(str(error).split())[:200] or type(error).__name__
        raise AssayError(f"the templates cannot be filled: {told}", where=_place(error, own)) from error


def _place(error: Exception, folder: Path) -> str:
    """File and line in the folder where it went wrong, as Jinja tells them."""
    if isinstance(name := getattr(error, "filename", None), str) and isinstance(getattr(error, "lineno", None), int):
        return f"{name}:{error.lineno}"  # type: ignore[attr-defined]  # of a TemplateSyntaxError
    lines = [frame for frame in extract_tb(error.__traceback__) if frame.filename.startswith(str(folder))]
    return f"{lines[-1].filename}:{lines[-1].lineno}" if lines else str(folder)


@dataclass(frozen=True)
class _Wanted:
    bundle: Path
    pdf: bool
    templates: str | Path | None
    language: Language | None
    logo: str | Path | None

    def full(self) -> bytes:
        """The report of the bundle, written again from its record and gate."""
        from assay.attest.archive import opened

        with opened(self.bundle) as folder:
            record, found, _ = self._read(folder)
            if found.gate is None:
                raise AssayError("the bundle holds no gate", where=f"{self.bundle}/gate.json")
            file = folder / "ledger" / "proof.txt"
            proof, signing = file.read_bytes() if file.exists() else None, _signing(found)
            with self._chosen():
                if not self.pdf:
                    return html(record, found.gate, signing, proof)
                return rendered_pdf(
                    record,
                    found.gate,
                    audit_json=(folder / "audit.json").read_bytes(),
                    gate_json=(folder / "gate.json").read_bytes(),
                    signing=signing,
                    proof=proof,
                )

    def internal(self, view: View) -> bytes:
        """A view for those who may see the record."""
        from assay.report import annex_iv, executive, fair_lending

        record, found, digest = self._read(self.bundle)
        signing = _signing(found)
        with self._chosen():
            if view == "executive":
                if self.pdf:
                    return executive.render_pdf(record, found.gate, audit_digest=digest, signing=signing)
                return executive.render_html(record, found.gate, audit_digest=digest, signing=signing).encode()
            if view == "annex-iv":
                if self.pdf:
                    return annex_iv.render_pdf(record, audit_digest=digest, signing=signing)
                return annex_iv.render_html(record, audit_digest=digest, signing=signing).encode()
            if self.pdf:
                return fair_lending.render_pdf(record, audit_digest=digest)
            return fair_lending.render_html(record, audit_digest=digest).encode()

    def public(self, view: View, minimum_cell: int | None) -> bytes:
        """A view for everybody."""
        from assay.report import ll144, model_card
        from assay.report.disclosure import MINIMUM_CELL

        minimum = MINIMUM_CELL if minimum_cell is None else minimum_cell
        record, _, digest = self._read(self.bundle)
        with self._chosen():
            if view == "model-card":
                if self.pdf:
                    return model_card.render_pdf(record, audit_digest=digest, minimum_cell=minimum)
                return model_card.render_html(record, audit_digest=digest, minimum_cell=minimum).encode()
            if self.pdf:
                return ll144.render_pdf(record, audit_digest=digest, minimum_cell=minimum)
            return ll144.render_html(record, audit_digest=digest, minimum_cell=minimum).encode()

    @contextmanager
    def _chosen(self) -> Iterator[None]:
        """What was chosen holds for the view alone, not while the bundle is verified, which makes its report again."""
        from assay.report.language import speaking
        from assay.report.logo import bearing

        with bearing(self.logo), _templates_of(self.templates), speaking(self.language):
            yield

    def _read(self, place: Path) -> tuple[Audit, Verification, str]:
        record, found = record_of(place)
        if found.audit_digest is None:
            raise AssayError("there is no record", where=f"{self.bundle}/audit.json")
        return record, found, found.audit_digest


def _signing(found: Verification) -> Signing | None:
    return found.signers[0].said if found.signers else None
