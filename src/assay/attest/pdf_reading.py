"""Reading a signed PDF that nobody has reason to trust.

The parsers run in a process of their own with limits on time and memory, so that no PDF, however made, can hang or
bring down a verification. That process reads the PDF from standard input and answers with JSON.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass

LARGEST_PDF = 100_000_000
_SECONDS = 60
_BYTES = 1_500_000_000


class UnreadablePdf(ValueError):
    """A file that cannot be read as a PDF; the text says why."""


@dataclass(frozen=True)
class PdfSignature:
    """What one signature of a PDF says, apart from trust."""

    field: str
    certificate: str
    """SHA-256 of the signer's certificate."""
    holds: bool
    """Digest and signature value fit."""
    covers_file: bool
    """Every byte of the file but the signature itself."""
    pades: bool


@dataclass(frozen=True)
class PdfReading:
    """The signatures of a PDF, and the digests of the files attached to it."""

    signatures: tuple[PdfSignature, ...]
    attachments: tuple[tuple[str, str], ...]
    """(file name, `sha256:…`) of each."""


def read_pdf(data: bytes) -> PdfReading:
    """Read signatures and attachments. Raises UnreadablePdf for damaged, endless or absurdly large files."""
    if len(data) > LARGEST_PDF:
        raise UnreadablePdf(f"it is larger than {LARGEST_PDF} bytes")
    command = [sys.executable, "-P", "-m", "assay.attest.pdf_reading"]
    try:
        answer = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise UnreadablePdf(f"reading it takes more than {_SECONDS} seconds") from error
    if answer.returncode != 0:
        last = answer.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        why = "".join(letter for letter in "".join(last) if letter.isprintable())[:200]
        raise UnreadablePdf(f"it cannot be read as a signed PDF ({why or 'reading it needs too much time or memory'})")
    found = json.loads(answer.stdout)
    signatures = tuple(PdfSignature(**one) for one in found["signatures"])
    return PdfReading(signatures, tuple((name, value) for name, value in found["attachments"]))


def _signatures(data: bytes) -> list[PdfSignature]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    return [_one(signature, len(data)) for signature in PdfFileReader(io.BytesIO(data)).embedded_signatures]


def _one(signature, size: int) -> PdfSignature:  # type: ignore[no-untyped-def]
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[], allow_fetching=False), skip_diff=True)
    first, length, second, rest = (int(number) for number in signature.byte_range)
    whole = first == 0 and second + rest == size and length < second
    return PdfSignature(
        field=str(signature.field_name),
        certificate=hashlib.sha256(signature.signer_cert.dump()).hexdigest(),
        holds=bool(status.intact and status.valid),
        covers_file=whole and status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        pades=signature.sig_object.get("/SubFilter") == "/ETSI.CAdES.detached",
    )


def _attachments(data: bytes) -> list[tuple[str, str]]:
    import pikepdf

    found = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for key, specification in pdf.attachments.items():
            content = specification.get_file().read_bytes()
            found.append((specification.filename or key, "sha256:" + hashlib.sha256(content).hexdigest()))
    return sorted(found)


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


def _answer() -> None:
    _limit()
    logging.disable(logging.CRITICAL)
    data = sys.stdin.buffer.read()
    reading = PdfReading(tuple(_signatures(data)), tuple(_attachments(data)))
    sys.stdout.write(json.dumps(asdict(reading)))


if __name__ == "__main__":
    _answer()
