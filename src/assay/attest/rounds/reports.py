"""The PDF reports of a bundle: each is the one before with one signature or timestamp more, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.attest import layout
from assay.attest.folder import Folder, Problem
from assay.attest.pdf.reading import LARGEST_PDF, PdfReading, UnreadablePdf, read_pdf
from assay.attest.rounds.reading import Round


def check_reports(folder: Folder, rounds: Sequence[Round]) -> Iterator[Problem]:
    """Check each report against the round it belongs to and against the others.

    Only the newest is parsed: its signatures say how long the file was when each was made, which is how long the report
    of each round has to be, and that nothing but signatures came later.
    """
    by_number = {one.number: one for one in rounds}
    numbers = [one for one in range(1, max(by_number, default=1) + 1) if layout.report(one) in folder.digests]
    sizes: dict[int, int] = {}
    newest = b""
    for number in numbers:
        try:
            data = folder.read(layout.report(number), at_most=LARGEST_PDF)
        except (OSError, ValueError) as error:
            yield Problem(layout.report(number), f"cannot be read: {error}")
            return
        if not data.startswith(newest) or len(data) == len(newest):
            yield Problem(layout.report(number), "is not the report before it with something added")
        sizes[number], newest = len(data), data
    if not numbers:
        return
    last = layout.report(numbers[-1])
    try:
        reading = read_pdf(newest)
    except UnreadablePdf as error:
        yield Problem(last, str(error))
        return
    for what in (*reading.faults, *_embedded(reading, folder.digests.get(layout.AUDIT))):
        yield Problem(last, what)
    if reading.signatures and len(reading.signatures) != len(numbers):
        told = f"carries {len(reading.signatures)} signatures and timestamps, where {len(numbers)} are expected"
        yield Problem(last, told)
    for one, number in zip(reading.signatures, numbers, strict=False):
        if one.end != sizes[number]:
            yield Problem(layout.report(number), "does not end where its own signature ends")
        if number in by_number:  # that a round does not hold has been said
            yield from _belonging(by_number[number], one.kind, one.certificate, one.meaning)


def _belonging(expected: Round, kind: str, certificate: str, meaning: str | None) -> Iterator[Problem]:
    """What is wrong with the signature that belongs to a round."""
    name = layout.report(expected.number)
    if expected.signature is None:
        if kind != "timestamp":
            yield Problem(name, f"carries a signature, where the timestamp of round {expected.number} is expected")
    elif kind != "signature" or certificate != expected.signature.fingerprint:
        yield Problem(name, "is signed by somebody else than the bundle")
    elif expected.signing is not None and meaning != expected.signing.meaning:
        yield Problem(name, f"its signature does not mean {expected.signing.meaning}, as that of the bundle does")


def _embedded(reading: PdfReading, audit_digest: str | None) -> Iterator[str]:
    embedded = [digest for name, digest in reading.attachments if name == layout.AUDIT]
    if len(embedded) != 1:
        yield f"holds {len(embedded)} embedded audit.json, where one is expected"
    elif embedded[0] != audit_digest:
        yield "embeds another audit.json than the one beside it"
