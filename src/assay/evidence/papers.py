"""Documents of the manifest, and the digests of what it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from assay.evidence.table import UnreadableTable, as_count, as_name, as_text, as_yes, lines_of, table
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


def read_papers(data: bytes) -> Papers:
    """Documents, then artefacts."""
    header, *lines = lines_of(data)
    if tuple(header) != PAPERS:
        raise UnreadableTable("its header is not that of papers")
    documents, artefacts = [], []
    for kind, name, path, found, words, declared, computed, problem, signature in lines:
        if kind == "document":
            documents.append(
                Document(
                    as_name(name), as_name(path), as_yes(found), as_count(words), as_text(problem), as_text(computed)
                )
            )
            continue
        state: SignatureState | None = next((one for one in get_args(SignatureState) if one == signature), None)
        artefacts.append(
            Artefact(as_name(name), as_name(path), as_text(declared), as_text(computed), state, as_text(problem))
        )
    return Papers(tuple(documents), tuple(artefacts))
