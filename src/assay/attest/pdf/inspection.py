"""The process that parses a PDF for reading: one question on standard input, one answer on standard output."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import logging
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, get_args

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from assay.attest.keys import common_name, refused_key
from assay.attest.pdf.reading import LARGEST_ATTACHMENT, SECONDS, Evidence, PdfReading, PdfSignature, Stamp
from assay.attest.timestamps import BrokenTimestamp, Timestamp, read_timestamp
from assay.record.signature import Meaning

_BYTES = 1_500_000_000
_MOST_SIGNATURES = 100
_MOST_EVIDENCE = 1000
_COMPARING = 0.75 * SECONDS
"""How long comparing later revisions may take, for all signatures together."""


class _TooLongError(BaseException):
    """Comparing revisions takes too long. No parser in between may take it for an error of its own."""


class Budget:
    """Computing time for work that may need too much, all of it together."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = time.process_time() + seconds

    def spend(self, work: Callable[[], str]) -> str:
        """Do the work, or say that it takes too long. Where the system has no timer, the process is ended instead."""
        if not hasattr(signal, "setitimer"):
            return work()
        left = self.end - time.process_time()
        if left > 0:
            before = signal.signal(signal.SIGPROF, _stop)
            signal.setitimer(signal.ITIMER_PROF, left)
            try:
                return work()
            except _TooLongError:
                pass
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.signal(signal.SIGPROF, before)
        return f"not checked: comparing revisions takes more than {self.seconds:g} seconds"


def _stop(*_: object) -> None:
    raise _TooLongError


def main() -> None:
    """Answer one question."""
    _limit()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    if "attachment" in request:
        sys.stdout.buffer.write(_attachment(data, request["attachment"]))
    else:
        sys.stdout.write(json.dumps(asdict(inspect(data)), default=_as_text))


def inspect(data: bytes, *, seconds: float = _COMPARING) -> PdfReading:
    """Read a PDF in this process. Raises whatever a damaged file provokes; `seconds` is for comparing revisions."""
    signatures, evidence = _signatures(data, Budget(seconds))
    with _files(data) as files:
        digests = sorted((name, "sha256:" + hashlib.sha256(content()).hexdigest()) for name, content in files)
    return PdfReading(tuple(signatures), tuple(digests), evidence)


def _as_text(value: bytes | datetime) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


def _signatures(data: bytes, budget: Budget) -> tuple[list[PdfSignature], Evidence]:
    """Signatures and timestamps in the order they were made, and what the file carries to judge them."""
    from pyhanko.sign.fields import enumerate_sig_fields

    from assay.attest.pdf.objects import indexed_reader

    reader = indexed_reader(data)
    found = reader.embedded_signatures
    places = [getattr(value, "reference", None) for _, value, _ in enumerate_sig_fields(reader)]
    if len(found) != len(places) or None in places or len(set(places)) != len(places):
        raise ValueError("it holds a signature field that is empty, shared or of a kind that is not known")
    if len(found) > _MOST_SIGNATURES:
        raise ValueError(f"it holds more than {_MOST_SIGNATURES} signatures")
    return [_signature(one, data, budget) for one in found], _evidence(reader)


def _signature(embedded: Any, data: bytes, budget: Budget) -> PdfSignature:
    first, length, second, rest = (int(number) for number in embedded.byte_range)
    whole = first == 0 and second + rest == len(data) and length < second
    covers = whole and embedded.evaluate_signature_coverage().name == "ENTIRE_FILE"
    is_stamp = embedded.sig_object_type == "/DocTimeStamp"
    stamp, broken = None, ""
    try:
        message = _message(embedded.pkcs7_content)
        if is_stamp:
            stamp = read_timestamp(message, data[first : first + length] + data[second : second + rest])
        else:
            _check_signature(embedded)
            stamp = _stamp(embedded)
    except BrokenTimestamp as error:
        broken = str(error)
    certificate = x509.load_der_x509_certificate(embedded.signer_cert.dump())
    carried = dict.fromkeys(_loadable((embedded.signer_cert, *embedded.other_embedded_certs)))
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PdfSignature(
        field=_line(embedded.field_name),
        kind="timestamp" if is_stamp else "signature",
        certificate=certificate.fingerprint(hashes.SHA256()).hex(),
        public_key=hashlib.sha256(key).hexdigest(),
        certificates=tuple(carried),
        name=_line(common_name(certificate.subject)),
        meaning=_meaning(embedded.sig_object.get("/Reason")),
        claimed=None if is_stamp else _moment(embedded.self_reported_timestamp),
        stamp=None if stamp is None else Stamp(stamp.time, _ders(stamp)),
        holds=not broken,
        broken=broken,
        covers_file=covers,
        end=second + rest if first == 0 and length < second else 0,
        pades=embedded.sig_object.get("/SubFilter") == ("/ETSI.RFC3161" if is_stamp else "/ETSI.CAdES.detached"),
        certifies="/Reference" in embedded.sig_object,
        later_changes="none" if covers else budget.spend(lambda: _later_changes(embedded)),
    )


def _ders(stamp: Timestamp) -> tuple[bytes, ...]:
    return tuple(one.public_bytes(Encoding.DER) for one in (stamp.certificate, *stamp.chain))


def _message(contents: bytes) -> bytes:
    """The CMS message in /Contents, behind which there are zeros only."""
    from asn1crypto.parser import peek

    length: int = peek(contents)
    if contents[length:].strip(b"\0"):
        raise BrokenTimestamp("there are bytes behind it")
    return contents[:length]


def _check_signature(embedded: Any) -> None:
    """Digest and signature value, and that the key is of a kind that every verifier knows."""
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    nobody = ValidationContext(trust_roots=[], allow_fetching=False)
    status = validate_pdf_signature(embedded, nobody, skip_diff=True)
    if not (status.intact and status.valid):
        raise BrokenTimestamp("digest or signature value does not fit")
    reason = refused_key(x509.load_der_x509_certificate(embedded.signer_cert.dump()).public_key())
    if reason is not None:
        raise BrokenTimestamp(f"it was made with {reason}")


def _stamp(embedded: Any) -> Timestamp | None:
    """The timestamp inside a signature, over the signature's value."""
    value = embedded.signer_info["signature"].native
    tokens = [
        token
        for attribute in embedded.signer_info["unsigned_attrs"]
        if attribute["type"].native == "signature_time_stamp_token"
        for token in attribute["values"]
    ]
    if len(tokens) > 1:
        raise BrokenTimestamp(f"it carries {len(tokens)} timestamps, where one is expected")
    try:
        return read_timestamp(tokens[0].dump(), value) if tokens else None
    except BrokenTimestamp as error:
        raise BrokenTimestamp(f"its timestamp: {error}") from error


def _later_changes(embedded: Any) -> str:
    """Whether the revisions after this one hold only what a signature allows: signatures, timestamps, evidence."""
    from pyhanko.sign.diff_analysis import ModificationLevel

    embedded.compute_integrity_info()
    status = embedded.summarise_integrity_info()
    level = getattr(status["diff_result"], "modification_level", ModificationLevel.OTHER)
    return "allowed" if status["docmdp_ok"] and level <= ModificationLevel.FORM_FILLING else "forbidden"


def _evidence(reader: Any) -> Evidence:
    """Certificates and revocation information in the file's document security store."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return Evidence()
    streams = [*store.crls, *store.ocsps]
    if len(streams) + len(store.certs) > _MOST_EVIDENCE:
        raise ValueError(f"it carries more than {_MOST_EVIDENCE} certificates and revocation lists")
    return Evidence(tuple(_loadable(store.load_certs())), tuple(one.get_object().data for one in streams))


def _loadable(certificates: Iterable[Any]) -> Iterator[bytes]:
    """Those in DER which the other parser loads too: asn1crypto looks at nothing before it is asked for."""
    for one in certificates:
        with contextlib.suppress(ValueError, x509.InvalidVersion):
            x509.load_der_x509_certificate(one.dump())
            yield one.dump()


def _meaning(reason: object) -> Meaning | None:
    word = str(reason).partition(":")[0].strip().lower()
    return next((one for one in get_args(Meaning) if one == word), None)


def _moment(said: datetime | None) -> datetime | None:
    return None if said is None or said.tzinfo is None else said.astimezone(UTC)


def _line(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:200]


def _attachment(data: bytes, wanted: str) -> bytes:
    with _files(data) as files:
        found = [content for name, content in files if name == wanted]
        if len(found) != 1:
            raise ValueError(f"it holds {len(found)} attached files of the name {wanted}, where one is expected")
        content = found[0]()
    if len(content) > LARGEST_ATTACHMENT:
        raise ValueError(f"its {wanted} is larger than {LARGEST_ATTACHMENT} bytes")
    return content


@contextlib.contextmanager
def _files(data: bytes) -> Iterator[list[tuple[str, Callable[[], bytes]]]]:
    """The attached files: names, and how to read them as long as the PDF is open."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        attached = pdf.attachments.items()
        yield [(one.filename or key, one.get_file().read_bytes) for key, one in attached]


if __name__ == "__main__":
    main()
