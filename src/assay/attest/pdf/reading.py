"""Reading a signed PDF that nobody has reason to trust.

The parsers run in a process of their own (inspection) with limits on time and memory, so that no PDF, however made,
can hang or bring down a verification. That process reads the PDF from standard input and answers with JSON.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from assay.record.signature import Meaning

if TYPE_CHECKING:
    from assay.attest.trust.file import LoadedTrust

LARGEST_PDF = 100_000_000
LARGEST_ATTACHMENT = 50_000_000
SECONDS = 60
"""How much computing time reading one PDF may take."""
_WAIT = 300
"""How long to wait for it: a busy machine gives the time slowly."""


class UnreadablePdf(ValueError):
    """A file that cannot be read as a PDF; the text says why."""


@dataclass(frozen=True)
class Stamp:
    """A timestamp that holds, apart from trust."""

    time: datetime
    certificates: tuple[bytes, ...]
    """The authority's certificate in DER, then those above it that the timestamp carries."""


@dataclass(frozen=True)
class Evidence:
    """What the file itself carries for judging its signers (its document security store), each in DER."""

    certificates: tuple[bytes, ...] = ()
    revocation: tuple[bytes, ...] = ()
    """Revocation lists and OCSP answers."""


@dataclass(frozen=True)
class PdfSignature:
    """What one signature or document timestamp of a PDF says."""

    field: str
    kind: Literal["signature", "timestamp"]
    certificate: str
    """SHA-256 of the signer's certificate."""
    public_key: str
    """SHA-256 of the subject public key info: the same key in another certificate is the same signer."""
    certificates: tuple[bytes, ...]
    """The signer's certificate in DER, then the others that the signature carries."""
    name: str
    """The certificate's common name."""
    meaning: Meaning | None
    """The first word of /Reason, where it is one of ours."""
    claimed: datetime | None
    """When the signer says it was made."""
    stamp: Stamp | None
    """The timestamp inside a signature; of a document timestamp, itself. None where there is none that holds."""
    holds: bool
    """Digest and signature value fit, and the timestamp inside, where there is one."""
    broken: str
    """Why it does not hold."""
    covers_file: bool
    """Every byte of the file but the signature itself."""
    end: int
    """How many bytes the file had when it was made; 0 where it does not cover the file from its beginning."""
    pades: bool
    certifies: bool
    """It says which later changes are allowed; only the first signature may."""
    later_changes: str
    """`none`, `allowed` (further signatures, timestamps, revocation information), `forbidden`, or why not checked."""
    trusted: bool | None = None
    """Whether the trust file believes its signer at the time that is proven for it; None: there was no trust file."""
    why: str = ""
    """Why it is trusted or not, and whether revocation was checked."""
    person: str | None = None
    """Id of the person whom the trust file knows by this certificate."""
    proven: datetime | None = None
    """The earliest trusted timestamp over it: it existed then."""


@dataclass(frozen=True)
class PdfReading:
    """The signatures of a PDF in the order they were made, and the digests of the files attached to it."""

    signatures: tuple[PdfSignature, ...]
    """Signatures and document timestamps."""
    attachments: tuple[tuple[str, str], ...]
    """(file name, `sha256:…`) of each."""
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that keeps the file from being signed and unchanged since; says nothing about trust."""
        return tuple(dict.fromkeys(self._faults()))

    def _faults(self) -> Iterator[str]:
        if not any(one.kind == "signature" for one in self.signatures):
            yield "is not signed"
        for index, one in enumerate(self.signatures):
            what = "signature" if one.kind == "signature" else "document timestamp"
            if not one.holds:
                yield f"was changed after signing: its own {what} does not hold" + (
                    f" ({one.broken})" * bool(one.broken)
                )
            if not one.pades:
                yield f"carries a {what} that is not PAdES"
            if index and one.certifies:
                yield "carries a later signature that certifies, where only the first may"
            if one.later_changes == "forbidden":
                yield f"was changed after signing, in a way that its {what} {one.field} does not allow"
            elif one.later_changes not in ("none", "allowed"):
                yield f"what came after its {what} {one.field} was {one.later_changes}"
        if self.signatures and not self.signatures[-1].covers_file:
            yield "holds more than was signed: the signature does not cover the entire file"


def read_pdf(data: bytes, trust: LoadedTrust | None = None, *, now: datetime | None = None) -> PdfReading:
    """Read signatures and attachments; with a trust file, judge each signer as of `now`.

    Raises UnreadablePdf for damaged, endless or absurdly large files.
    """
    found = json.loads(_ask(data, {}))
    reading = PdfReading(
        signatures=tuple(_signature(one) for one in found["signatures"]),
        attachments=tuple((name, value) for name, value in found["attachments"]),
        evidence=Evidence(**{name: _bytes(values) for name, values in found["evidence"].items()}),
    )
    if trust is None:
        return reading
    if now is None:
        raise TypeError("a verdict of trust needs the time it is drawn at")
    from assay.attest.pdf.trust import judge

    return judge(reading, trust, now)


def pdf_attachment(data: bytes, name: str) -> bytes:
    """Give the one file attached under this name. Raises UnreadablePdf where there is none, several or a huge one."""
    return _ask(data, {"attachment": name})


def _ask(data: bytes, request: dict[str, Any]) -> bytes:
    if len(data) > LARGEST_PDF:
        raise UnreadablePdf(f"it is larger than {LARGEST_PDF} bytes")
    command = [sys.executable, "-P", "-m", "assay.attest.pdf.inspection"]
    question = json.dumps(request).encode() + b"\n" + data
    try:
        answer = subprocess.run(command, input=question, capture_output=True, timeout=_WAIT, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise UnreadablePdf(f"reading it takes more than {_WAIT} seconds") from error
    if answer.returncode != 0:
        last = answer.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        why = "".join(letter for letter in "".join(last) if letter.isprintable())[:200]
        raise UnreadablePdf(f"it cannot be read as a signed PDF ({why or 'reading it needs too much time or memory'})")
    return answer.stdout


def _signature(encoded: dict[str, Any]) -> PdfSignature:
    """What inspection wrote: a PdfSignature with bytes in base64 and times in ISO 8601."""
    claimed, stamp = encoded["claimed"], encoded["stamp"]
    return PdfSignature(
        **{
            **encoded,
            "certificates": _bytes(encoded["certificates"]),
            "claimed": claimed and datetime.fromisoformat(claimed),
            "stamp": stamp and Stamp(datetime.fromisoformat(stamp["time"]), _bytes(stamp["certificates"])),
        }
    )


def _bytes(encoded: list[str]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(one) for one in encoded)
