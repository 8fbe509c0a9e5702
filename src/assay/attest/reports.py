"""The PDF reports of a bundle: each is the one before with one signature or timestamp more, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.attest import layout
from assay.attest.folder import Folder, Problem
from assay.attest.pdf_reading import LARGEST_PDF, PdfReading, UnreadablePdf, read_pdf
from assay.attest.rounds_reading import Round


def check_reports(folder: Folder, rounds: Sequence[Round]) -> Iterator[Problem]:
    """Check each report against the round it belongs to, and against the report before it."""
    if layout.PDF not in folder.digests:
        return
    before = b""
    made: list[Round | None] = []
    by_number = {one.number: one for one in rounds}
    for number in range(1, max(by_number, default=1) + 1):
        name = layout.report(number)
        if name not in folder.digests:
            continue
        made.append(by_number.get(number))
        try:
            data = folder.read(name, at_most=LARGEST_PDF)
            if not data.startswith(before) or len(data) == len(before):
                yield Problem(name, "is not the report before it with something added")
            reading = read_pdf(data)
        except (UnreadablePdf, OSError, ValueError) as error:
            yield Problem(name, str(error))
            continue
        before = data
        for what in _faults(reading, made, folder.digests.get(layout.AUDIT)):
            yield Problem(name, what)


def _faults(reading: PdfReading, rounds: Sequence[Round | None], audit_digest: str | None) -> Iterator[str]:
    """What is wrong with a report that should carry a signature or timestamp of each of these rounds."""
    yield from reading.faults
    if reading.signatures and len(reading.signatures) != len(rounds):
        yield f"carries {len(reading.signatures)} signatures and timestamps, where {len(rounds)} are expected"
    for one, belonging in zip(reading.signatures, rounds, strict=False):
        if belonging is None:
            continue  # its round does not hold, which has been said
        if belonging.signature is None:
            if one.kind != "timestamp":
                yield f"carries a signature, where the timestamp of round {belonging.number} is expected"
        elif one.kind != "signature" or one.certificate != belonging.signature.fingerprint:
            yield "is signed by somebody else than the bundle"
        elif belonging.signing is not None and one.meaning != belonging.signing.meaning:
            yield f"its signature does not mean {belonging.signing.meaning}, as that of the bundle does"
    embedded = [digest for name, digest in reading.attachments if name == layout.AUDIT]
    if len(embedded) != 1:
        yield f"holds {len(embedded)} embedded audit.json, where one is expected"
    elif embedded[0] != audit_digest:
        yield "embeds another audit.json than the one beside it"
