"""Documents of the manifest, and the digests of what it names."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import table
from assay.record.artefact import SignatureState

PAPERS = (
    "kind", "id", "path", "found", "words", "declared", "computed", "problem", "signature"
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A section of `docs.sections`, as found."""

    id: str
    path: str
    found: bool
    """The file is there and, where an anchor is given, so is the heading."""
    words: int
    """Of the file, or of the part under the heading."""
    problem: str | None = None
    text: str | None = None
    """Digest of its words, one blank between them: two sections with the same one say the same."""


@dataclass(frozen=True)
class Artefact:
    """Something the manifest names, with its declared and its computed digest."""

    role: str
    path: str
    declared: str | None
    computed: str | None
    """None: not found."""
    signature: SignatureState | None = None
    """Whether its signature holds; None: the manifest names none."""
    signed: str | None = None
    """By which key or certificate, or why the signature does not hold or was not verified."""


@dataclass(frozen=True)
class Papers:
    """Documents and digests."""

    documents: tuple[Document, ...]
    artefacts: tuple[Artefact, ...]

    def csv(self) -> bytes:
        """Canonical bytes: one line per document and artefact."""
        rows: list[tuple[object, ...]] = [
            ("document", d.id, d.path, d.found, d.words, None, d.text, d.problem, None) for d in self.documents
        ]
        rows += [
            ("artefact", a.role, a.path, a.computed is not None, None, a.declared, a.computed, a.signed, a.signature)
            for a in self.artefacts
        ]
        return table(PAPERS, rows)
