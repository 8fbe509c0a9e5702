"""Verifying a PDF report away from its bundle: its signatures, and the record and gate that are attached to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from assay.attest import layout
from assay.attest.canonical import digest
from assay.attest.contents import check_gate, check_outcomes, read_record
from assay.attest.folder import Problem
from assay.attest.keys import chain_of
from assay.attest.pdf.reading import LARGEST_PDF, PdfReading, PdfSignature, UnreadablePdf, pdf_attachment, read_pdf
from assay.attest.rounds.signers import SignedBy, TimestampedBy, signed_by, statements_of
from assay.attest.verify import Verification
from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.gate import Gate
from assay.record.signature import FoundSignature, Meaning

if TYPE_CHECKING:
    from assay.attest.trust.file import LoadedTrust

_UNSHOWN = (
    "a PDF alone does not show the evidence tables, the policies, the waivers or the HTML report; the record names "
    "them by digest, and verifying the bundle compares them"
)


def is_pdf(path: Path) -> bool:
    """Say whether a path is to be read as a PDF report: a plain file, called .pdf or one that begins as a PDF does."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        if path.suffix.lower() == ".pdf":
            return True
        with path.open("rb") as file:
            return file.read(5) == b"%PDF-"
    except (OSError, ValueError):
        return False


def verify_pdf(path: Path, *, trust: LoadedTrust | None = None, now: datetime) -> Verification:
    """Check the signatures of a PDF report, the record and the gate in it, and every outcome of the record.

    With a trust file it is also said whether to believe who signed; `now` is the time at which certificates must hold.
    Raises AssayError for a file that cannot be read as a PDF.
    """
    data = _read(path)
    try:
        reading = read_pdf(data, trust, now=now)
    except UnreadablePdf as error:
        raise AssayError(str(error), where=str(path), hint="give a report.pdf that `assay audit` wrote") from error
    problems = [Problem(path.name, what) for what in reading.faults]
    audit, found, gate = _attached(data, reading, path.name, problems)
    signers, stamps = _signers(reading, path.name, problems)
    return Verification(
        path=path,
        audit=None if audit is None else audit.id,
        audit_digest=found,
        problems=tuple(dict.fromkeys(problems)),
        signers=signers,
        statements=tuple(_statements(signers, stamps, gate, trust)),
        timestamps=stamps,
        gate=gate,
        doubts=_doubts(signers, trust),
    )


def _read(path: Path) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb") as file:
            data = file.read(LARGEST_PDF + 1)
    except OSError as error:
        raise AssayError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    return data  # one that is too large is refused by whoever reads it


def _attached(
    data: bytes, reading: PdfReading, name: str, problems: list[Problem]
) -> tuple[Audit | None, str | None, Gate | None]:
    """Record with its digest, and gate, as far as they are attached and agree; none of a file that is not as signed."""
    if problems:
        return None, None, None
    there = [attached for attached, _ in reading.attachments]
    missing = [one for one in (layout.AUDIT, layout.GATE) if there.count(one) != 1]
    problems += [Problem(name, f"holds {there.count(one)} embedded {one}, where one is expected") for one in missing]
    if missing:
        return None, None, None
    try:
        record, drawn = pdf_attachment(data, layout.AUDIT), pdf_attachment(data, layout.GATE)
    except UnreadablePdf as error:
        problems.append(Problem(name, f"its attachments cannot be read: {error}"))
        return None, None, None
    audit = read_record(record, layout.AUDIT, Audit, problems)
    gate = read_record(drawn, layout.GATE, Gate, problems)
    if gate is not None and gate.audit != digest(record):
        problems.append(Problem(layout.GATE, "was drawn from another audit.json"))
    if audit is not None:
        problems += check_outcomes(audit)
        if gate is not None:
            problems += check_gate(audit, gate)
    return audit, digest(record), gate


def _signers(
    reading: PdfReading, name: str, problems: list[Problem]
) -> tuple[tuple[SignedBy, ...], tuple[TimestampedBy, ...]]:
    """The signatures and document timestamps that hold."""
    signers, stamps = [], []
    for number, one in enumerate(reading.signatures, 1):
        if not one.holds:
            continue  # which has been said
        if one.kind == "timestamp":
            if one.stamp is not None:
                stamps.append(TimestampedBy(number, one.name, one.certificate, one.stamp.time, one.trusted, one.why))
        elif one.meaning is None or one.claimed is None:
            told = f"its signature {one.field} does not say when it was made, or what is meant by it"
            problems.append(Problem(name, told))
        else:
            signers.append(_signer(number, one, one.meaning, one.claimed))
    return tuple(signers), tuple(stamps)


def _signer(number: int, one: PdfSignature, meaning: Meaning, claimed: datetime) -> SignedBy:
    certificate, *others = (x509.load_der_x509_certificate(each) for each in one.certificates)
    found = FoundSignature(
        number=number,
        meaning=meaning,
        name=one.name,
        certificate=one.certificate,
        public_key=one.public_key,
        claimed=claimed,
        proven=one.proven,
        trusted=one.trusted,
        person=one.person,
        why=one.why,
    )
    return signed_by(found, certificate, chain_of(certificate, others), None)


def _doubts(signers: Sequence[SignedBy], trust: LoadedTrust | None) -> tuple[str, ...] | None:
    if trust is None:
        return None
    from assay.attest.trust.standing import doubts

    unproven = "a PDF alone proves no place in a ledger, and the trust file asks for one: give the bundle"
    return (*doubts([one.found for one in signers], trust), *([unproven] if trust.trust.bundle.ledger else []))


def _statements(
    signers: Sequence[SignedBy], stamps: Sequence[TimestampedBy], gate: Gate | None, trust: LoadedTrust | None
) -> Iterator[str]:
    if gate is not None:
        made = gate.as_of or f"made {gate.made:%Y-%m-%dT%H:%M:%SZ}"
        yield f"{made}, by the clock of the machine that made it"
        yield f"gate {gate.state} at stage {gate.stage} (exit code {gate.exit_code})"
    if gate is not None and any(line.waived_by is not None for line in gate.lines):
        yield "the gate counts waivers, which a PDF alone does not hold: nobody has compared them"
    yield _UNSHOWN
    yield from statements_of(signers, stamps)
    if not signers:
        return
    if trust is None:
        yield "trust not checked: no --trust given; intact does not mean trusted"
    if trust is None or not trust.checks_revocation:
        yield "revocation not checked"
