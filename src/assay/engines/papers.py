"""Papers: the documents of the manifest as found, and the digests of everything it names."""

from __future__ import annotations

import difflib
from dataclasses import replace
from hashlib import sha256

from assay.evidence.papers import Artefact, Document, Papers
from assay.record.manifest import Section
from assay.subject.model_signing import check_signature
from assay.subject.papers import count_words, headings_of, part_under, text_of
from assay.subject.subject import Named, Subject, named_files


def read_papers(subject: Subject) -> Papers:
    """The documents of `docs.sections` as found, and the digests of everything the manifest names, by role."""
    manifest = subject.manifest
    sections = manifest.docs.sections if manifest.docs else {}
    documents = tuple(_document(subject, name, section) for name, section in sorted(sections.items()))
    artefacts = tuple(
        _artefact(subject, named)
        for named in named_files(manifest)
        if named.role.split(".")[0] not in ("docs", "signature") or named.declared is not None
    )
    return Papers(documents, artefacts)


def _artefact(subject: Subject, named: Named) -> Artefact:
    role = ".".join(map(str, named.loc)).replace("docs.sections.", "docs.")
    found = Artefact(role, named.path, named.declared, subject.computed.get(named.path))
    if named.signature is None:
        return found
    checked = check_signature(subject.path(named.path), named.signature, subject.path)
    return replace(found, signature=checked.state, signed=checked.told)


def _document(subject: Subject, name: str, section: Section) -> Document:
    path = subject.path(section.path)

    def missing(problem: str) -> Document:
        return Document(name, section.path, found=False, words=0, problem=problem)

    if path.is_dir():
        return missing("it is a folder, not a file")
    if not path.is_file():
        return missing("there is no such file")
    text = text_of(path)
    if text is None:
        if section.anchor:
            return missing("it is not UTF-8 text, so the heading cannot be looked for")
        return Document(name, section.path, found=True, words=0, problem="it is not UTF-8 text: words not counted")
    if section.anchor is None:
        return _written(name, section.path, text)
    anchor = section.anchor.removeprefix("#")
    headings = {heading.anchor: heading for heading in headings_of(text)}
    if anchor not in headings:
        near = difflib.get_close_matches(anchor, list(headings), 1)
        beside = f"; the nearest is {near[0]!r}" if near else ""
        return missing(f"it has no heading with the anchor {anchor!r}{beside}")
    return _written(name, section.path, part_under(text, headings[anchor]))


def _written(name: str, path: str, text: str) -> Document:
    digest = "sha256:" + sha256(" ".join(text.split()).encode()).hexdigest()
    return Document(name, path, found=True, words=count_words(text), text=digest)
