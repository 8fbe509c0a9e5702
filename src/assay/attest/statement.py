"""The in-toto statement of a bundle: a test result (predicate v0.1) over its files and the model, for pipelines.

A deployment pipeline that knows nothing of Assay reads from it which model was tested, by which policies, and whether
it may pass. It repeats record and gate and adds nothing, so verifying it means writing it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cryptography import x509
from pydantic import ValidationError

from assay.attest import layout
from assay.attest.canonical import canonical, digest
from assay.attest.contents import LARGEST_RECORD
from assay.attest.dsse import LARGEST_ENVELOPE, BrokenEnvelope, check_envelope, read_envelope, sign_envelope
from assay.attest.folder import Folder, Problem
from assay.attest.keys import Signer
from assay.errors import AssayError
from assay.record.audit import Audit
from assay.record.gate import Gate, GateLine

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def statement_of(files: Mapping[str, bytes]) -> bytes:
    """Write the statement over the files of a bundle that is about to be signed: RFC 8785 JSON.

    Its subjects are the files but for META-INF, SHA256SUMS and the statement itself, and the model.
    """
    audit = Audit.model_validate_json(files[layout.AUDIT], strict=True)
    gate = Gate.model_validate_json(files[layout.GATE], strict=True)
    return _render({name: digest(data) for name, data in files.items()}, audit, gate)


def sign_statement(files: Mapping[str, bytes], signer: Signer) -> bytes:
    """Write statement.dsse.json for the files of a bundle that is about to be signed."""
    return sign_envelope(PAYLOAD_TYPE, statement_of(files), signer)


def check_statement(folder: Folder, certificate: x509.Certificate, *, listed: Collection[str]) -> Iterator[Problem]:
    """Say what is wrong with a bundle's statement.

    It is signed by the bundle's first signer and says exactly what the files say that were there when that signer
    signed: those that the first ASiC manifest listed.
    """
    if layout.STATEMENT not in folder.digests:
        yield Problem(layout.STATEMENT, "is missing")
        return
    try:
        envelope = read_envelope(folder.read(layout.STATEMENT, at_most=LARGEST_ENVELOPE))
        check_envelope(envelope, certificate)
        if envelope.kind != PAYLOAD_TYPE:
            yield Problem(layout.STATEMENT, f"does not hold {PAYLOAD_TYPE}")
    except (BrokenEnvelope, OSError, ValueError) as error:
        yield Problem(layout.STATEMENT, f"cannot be relied on: {error}")
        return
    try:
        audit = Audit.model_validate_json(folder.read(layout.AUDIT, at_most=LARGEST_RECORD), strict=True)
        gate = Gate.model_validate_json(folder.read(layout.GATE, at_most=LARGEST_RECORD), strict=True)
        there = {name: folder.digests[name] for name in listed if name in folder.digests}
        again = _render(there, audit, gate)
    except (KeyError, OSError, ValidationError, ValueError, RecursionError, AssayError):
        yield Problem(layout.STATEMENT, "cannot be compared: audit.json or gate.json cannot be read")
        return
    if envelope.payload != again:
        yield Problem(layout.STATEMENT, "does not say what the files, the record and the gate of the bundle say")


def _render(digests: Mapping[str, str], audit: Audit, gate: Gate) -> bytes:
    subjects = [_named(name, digests[name]) for name in sorted(digests) if _is_subject(name)]
    model = _named(f"model:{audit.subject.id}@{audit.subject.version}", audit.subject.digest)
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [*subjects, model],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "result": _result(gate),
                "configuration": [_named(policy.path, policy.digest) for policy in audit.policies],
                "passedTests": [line.finding for line in gate.lines if _kind(line) == "PASSED"],
                "warnedTests": [line.finding for line in gate.lines if _kind(line) == "WARNED"],
                "failedTests": [line.finding for line in gate.lines if _kind(line) == "FAILED"],
            },
        }
    )


def _is_subject(name: str) -> bool:
    return name not in (layout.SUMS, layout.STATEMENT) and not name.startswith("META-INF/")


def _named(name: str, found: str) -> dict[str, object]:
    return {"digest": {"sha256": found.removeprefix("sha256:")}, "name": name}


def _result(gate: Gate) -> str:
    """PASSED means that the gate is open and there is nothing to say against any control that applies."""
    if gate.state != "open":
        return "FAILED"
    return "WARNED" if any(_kind(line) == "WARNED" for line in gate.lines) else "PASSED"


def _kind(line: GateLine) -> str | None:
    """How a control counts: a waived one, and one that need not pass here, is a warning; what blocks has failed."""
    if line.outcome == "not_applicable":
        return None
    if line.outcome == "pass":
        return "PASSED"
    return "FAILED" if line.effect in ("block", "sign_off") else "WARNED"
