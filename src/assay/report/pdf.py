"""The report as PDF/A-3a and PDF/UA-1 in one file, unsigned, with audit.json inside. Same input, same bytes."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from threading import Lock
from typing import Any

from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.gate import Gate
from assay.record.signature import Signing
from assay.report.labels import labels_in_one_piece
from assay.report.page import FACES, code, legible, print_stylesheet, render
from assay.report.parts import fonts, own
from assay.report.words import hexadecimal

_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
"""WeasyPrint declares one standard per file; PDF/UA-1 is declared here, with the schema that PDF/A asks for."""
DOCTYPE = "<!doctype html>"
_environment = Lock()


def render_pdf(
    audit: Audit,
    gate: Gate,
    *,
    audit_json: bytes,
    signing: Signing | None,
    gate_json: bytes | None = None,
    ledger: str | None = None,
) -> bytes:
    """The unsigned PDF. `audit_json` is embedded byte for byte, gate.json too where it is given.

    Raises AssayError where the libraries that lay out pages are not installed, or where the gate was drawn from
    another audit.
    """
    digest = sha256(audit_json).hexdigest()
    if hexadecimal(gate.audit) != digest:
        raise AssayError("the gate was drawn from another audit.json", where="report.pdf")
    page = render(
        audit, gate, audit_digest=digest, signing=signing, ledger=ledger, shown=printable, style=print_stylesheet()
    )
    files = [("audit.json", "The audit, canonical JSON", audit_json)]
    if gate_json is not None:
        files.append(("gate.json", "The gate drawn on the audit", gate_json))
    return lay_out(page, digest=digest, at=audit.at, files=files)


def lay_out(page: str, *, digest: str, at: datetime, files: Sequence[tuple[str, str, bytes]] = ()) -> bytes:
    """A page as PDF/A-3a and PDF/UA-1. `digest` is the SHA-256 of what it shows; `files` are name, words and content.

    Shortcuts that hold for our own templates are not taken with somebody else's: these may hold anything.

    Raises AssayError where the libraries that lay out pages are not installed.
    """
    weasyprint = load_weasyprint()
    attached = [
        weasyprint.Attachment(string=data, name=name, description=told, created=at, modified=at,
                              relationship="Data", url_fetcher=_fetcher(weasyprint))
        for name, told, data in files
    ]  # fmt: skip
    labels = labels_in_one_piece() if own() is None else nullcontext()
    with _fixed_clock(int(at.timestamp())), labels, _collector_at_rest():
        made = _parsed(weasyprint, page).write_pdf(
            uncompressed_pdf=True,
            pdf_variant="pdf/a-3a",
            pdf_identifier=bytes.fromhex(digest)[:16],
            attachments=attached,
            finisher=_declare_ua,
        )
    return _repacked(made)


def load_weasyprint() -> Any:
    """WeasyPrint, which needs Pango; without it a clear error, so that the HTML report still gets written."""
    try:
        import weasyprint
    except OSError as error:
        raise AssayError(
            "the PDF report needs the Pango libraries, which are not installed",
            where="report.pdf",
            hint=(
                "Debian or Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
                "macOS: brew install pango. The HTML report works without them."
            ),
        ) from error
    return weasyprint


def _parsed(weasyprint: Any, page: str) -> Any:
    """The page for WeasyPrint. Ours are well-formed XML, which is read in a tenth of the time that HTML takes.

    One of somebody else's templates is read as a browser reads it, also where it happens to be well-formed.
    """
    from xml.etree import ElementTree

    if own() is not None:
        return weasyprint.HTML(string=page, url_fetcher=_fetcher(weasyprint))
    try:
        root = ElementTree.fromstring(page.lstrip().removeprefix(DOCTYPE))  # noqa: S314  the page is our own
    except ElementTree.ParseError:
        return weasyprint.HTML(string=page, url_fetcher=_fetcher(weasyprint))
    parsed = weasyprint.HTML(string="", url_fetcher=_fetcher(weasyprint))
    parsed.wrapper_element = type(parsed.wrapper_element).from_html_root(root, content_language=None)
    parsed.etree_element = parsed.wrapper_element.etree_element
    return parsed


def _fetcher(weasyprint: Any) -> Any:
    """Only `data:` addresses; anything else stops the render, so that no text can pull in a file."""
    from weasyprint.urls import URLFetcher

    del weasyprint
    return URLFetcher(allowed_protocols=["data"], fail_on_errors=True)


def _declare_ua(document: Any, pdf: Any) -> None:
    del document
    for thing in pdf.objects:
        if getattr(thing, "extra", {}).get("Type") == "/Metadata":
            thing.stream = [part.replace(b"</rdf:RDF>", _UA + b"</rdf:RDF>") for part in thing.stream]


def _repacked(pdf: bytes) -> bytes:
    """Small object streams: verifying a later signature is many times faster than on one huge stream."""
    import pikepdf

    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@contextmanager
def _fixed_clock(seconds: int) -> Iterator[None]:
    """Font subsetting may write the time into the file; SOURCE_DATE_EPOCH fixes it, for this block only."""
    name = "SOURCE_DATE_EPOCH"
    with _environment:
        before = os.environ.get(name)
        os.environ[name] = str(seconds)
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Hundreds of thousands of boxes live until the end of a render: looking through them for garbage finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def printable(text: str) -> str:
    """Characters no embedded font has become visible codes: the PDF looks the same on every machine."""
    text = legible(text)
    if text.isascii():
        return text
    covered = _covered()
    return "".join(c if c in covered or c in "\n\t" else code(c) for c in text)


@cache
def _covered() -> frozenset[str]:
    """Characters of the serif and sans faces, and of those they fall back to."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    def characters(file: str) -> set[str]:
        return {chr(point) for point in TTFont(fonts() / f"{file}.woff").getBestCmap()}

    text = [characters(file) for family, _, _, file in FACES if family in ("Assay Serif", "Assay Sans")]
    return frozenset(set.intersection(*text) | characters("math") | characters("symbols"))
